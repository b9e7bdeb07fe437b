// A message that this program does not read: bytes that are passed on as they are.
#pragma once

#include <cstddef>
#include <utility>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/message_pieces.hpp>
#include <grpcwire/codec/result.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {

/// The serialised form of any message, of protobuf or not; uncompressed. Stands for a message type
/// in calls that know no service (rpc/generic_stub.hpp, rpc/generic_service.hpp). Move-only: its
/// bytes are copied once, when they come, and sent from where they lie.
class message_bytes {
 public:
  /// An empty message.
  message_bytes() = default;
  explicit message_bytes(const message_view& payload);

  const_bytes view() const noexcept;
  std::size_t size() const noexcept { return view().size(); }

  /// With the five bytes that go before it on the wire.
  buffer take_frame() &&;

 private:
  buffer framed_;  // room for the prefix, then the payload; or nothing at all
};

/// As the functions of codec/protobuf.hpp.
result<buffer, status> encode_message(message_bytes&& message, std::size_t max_size,
                                      encoding coding, const codings& own);
status decode_message(message_bytes& to, const message_view& payload, encoding coding,
                      std::size_t max_size, const codings& own);

}  // namespace grpcwire::codec

namespace grpcwire {
using codec::message_bytes;
}  // namespace grpcwire
