#include "protobuf.hpp"

#include <limits>
#include <string>
#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/codec/message_coding.hpp>
#include <grpcwire/codec/message_framer.hpp>

namespace grpcwire::codec {

result<buffer, status> encode_message(const google::protobuf::MessageLite& message,
                                      std::size_t max_size, encoding coding, const codings& own) {
  if (!message.IsInitialized()) {
    return unexpected{status(
        status_code::internal,
        message.GetTypeName() + " lacks required fields: " + message.InitializationErrorString())};
  }
  const std::size_t size = message.ByteSizeLong();
  if (size > max_size || size > std::numeric_limits<std::int32_t>::max()) {
    return unexpected{status(status_code::resource_exhausted,
                             message.GetTypeName() + " has " + std::to_string(size) +
                                 " bytes, the limit for sending is " + std::to_string(max_size))};
  }
  buffer framed(message_prefix_size + size);
  message.SerializeWithCachedSizesToArray(framed.data() + message_prefix_size);
  if (coding != encoding::identity) {
    auto packed = compress_message(framed.view().subspan(message_prefix_size), coding, own);
    if (packed) return *std::move(packed);
  }
  write_prefix(framed.data(), false, static_cast<std::uint32_t>(size));
  return framed;
}

status decode_message(google::protobuf::MessageLite& to, const_bytes payload, encoding coding,
                      std::size_t max_size, const codings& own) {
  buffer inflated;
  if (coding != encoding::identity) {
    auto plain = inflate_message(payload, coding, max_size, own);
    if (!plain) return std::move(plain.error());
    inflated = *std::move(plain);
    payload = inflated;
  }
  if (to.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return {};
  std::string why = "the bytes are no " + to.GetTypeName();
  if (!to.IsInitialized()) why += "; missing: " + to.InitializationErrorString();
  return status(status_code::internal, std::move(why));
}

}  // namespace grpcwire::codec
