#include "message_coding.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <grpcwire/codec/message_framer.hpp>

namespace grpcwire::codec {

std::optional<buffer> compress_message(const_bytes payload, encoding coding, const codings& own) {
  if (coding == encoding::identity) return std::nullopt;
  const auto packed = own.compress(coding, payload);
  if (!packed || packed->size() >= payload.size()) return std::nullopt;
  buffer framed(message_prefix_size);
  write_prefix(framed.data(), true, static_cast<std::uint32_t>(packed->size()));
  framed.append(packed->view());
  return framed;
}

result<buffer, status> inflate_message(const_bytes payload, encoding coding, std::size_t max_size,
                                       const codings& own) {
  auto plain = own.decompress(coding, payload, max_size);
  if (plain) return *std::move(plain);
  if (plain.error() == compression_error::too_large) {
    return unexpected{status(status_code::resource_exhausted,
                             "a compressed message inflates to more than the limit of " +
                                 std::to_string(max_size) + " bytes")};
  }
  return unexpected{status(status_code::internal,
                           "a message compressed with " + std::string(own.name(coding)) +
                               " cannot be read: " + std::string(describe(plain.error())))};
}

}  // namespace grpcwire::codec
