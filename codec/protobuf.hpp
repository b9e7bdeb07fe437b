// The only file of the wire protocol that knows protobuf: messages to length-prefixed bytes and
// back.
#pragma once

#include <cstddef>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/message_pieces.hpp>
#include <grpcwire/codec/result.hpp>
#include <grpcwire/codec/spare_buffers.hpp>
#include <grpcwire/codec/status.hpp>

namespace google::protobuf {
class MessageLite;
}

namespace grpcwire::codec {

/// The message with its five-byte prefix. With another `coding` than identity the payload is
/// compressed, unless that would make it longer. Fails with INTERNAL when a required field is
/// missing, with RESOURCE_EXHAUSTED above `max_size` bytes (before compression). Memory for it
/// comes from `room` if that is much; null: always from the heap.
result<buffer, status> encode_message(const google::protobuf::MessageLite& message,
                                      std::size_t max_size = 0x7fff'ffff,
                                      encoding coding = encoding::identity,
                                      const codings& own = built_in_codings(),
                                      buffer_source* room = nullptr);

/// Reads the payload of one message, which is compressed with `coding` if that is not identity.
/// At most `max_size` bytes come out of the inflater.
status decode_message(google::protobuf::MessageLite& to, const message_view& payload,
                      encoding coding, std::size_t max_size,
                      const codings& own = built_in_codings());

}  // namespace grpcwire::codec
