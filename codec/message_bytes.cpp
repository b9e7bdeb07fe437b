#include "message_bytes.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <grpcwire/codec/message_coding.hpp>
#include <grpcwire/codec/message_framer.hpp>

namespace grpcwire::codec {

message_bytes::message_bytes(const message_view& payload) {
  framed_.reserve(message_prefix_size + payload.size());
  framed_.resize(message_prefix_size);
  payload.append_to(framed_);
}

const_bytes message_bytes::view() const noexcept {
  return framed_.empty() ? const_bytes() : framed_.view().subspan(message_prefix_size);
}

buffer message_bytes::take_frame() && {
  if (framed_.empty()) framed_.resize(message_prefix_size);
  write_prefix(framed_.data(), false, static_cast<std::uint32_t>(size()));
  return std::move(framed_);
}

result<buffer, status> encode_message(message_bytes&& message, std::size_t max_size,
                                      encoding coding, const codings& own) {
  if (message.size() > max_size || message.size() > std::numeric_limits<std::int32_t>::max()) {
    return unexpected{status(status_code::resource_exhausted,
                             "the message has " + std::to_string(message.size()) +
                                 " bytes, the limit for sending is " + std::to_string(max_size))};
  }
  if (auto packed = compress_message(message.view(), coding, own)) return *std::move(packed);
  return std::move(message).take_frame();
}

status decode_message(message_bytes& to, const message_view& payload, encoding coding,
                      std::size_t max_size, const codings& own) {
  buffer room;
  if (coding == encoding::identity) {
    to = message_bytes(payload);
    return {};
  }
  const auto plain = inflate_message(gathered(payload, room), coding, max_size, own);
  if (!plain) return plain.error();
  to = message_bytes(plain->view());
  return {};
}

}  // namespace grpcwire::codec
