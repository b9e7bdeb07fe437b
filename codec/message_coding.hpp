// One message on its way out or in, compressed with the coding of its call.
#pragma once

#include <cstddef>
#include <optional>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/result.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {

/// The compressed payload with its five-byte prefix; nothing when that would not be shorter, or
/// for identity.
std::optional<buffer> compress_message(const_bytes payload, encoding coding, const codings& own);

/// What is in the payload of a compressed message, at most `max_size` bytes. Fails with
/// RESOURCE_EXHAUSTED above that, with INTERNAL when it is damaged.
result<buffer, status> inflate_message(const_bytes payload, encoding coding, std::size_t max_size,
                                       const codings& own);

}  // namespace grpcwire::codec
