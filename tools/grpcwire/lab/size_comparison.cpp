#include "size_comparison.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <google/protobuf/message.h>

#include "message_json.hpp"
#include "thrift_size.hpp"

namespace grpcwire::tools {

std::vector<encoded_size> sizes_of(const google::protobuf::Message& message) {
  using nlohmann::ordered_json;
  const ordered_json camel = json_of(message, json_names::lower_camel_case, json_bytes::base64);
  const ordered_json plain = json_of(message, json_names::of_the_proto, json_bytes::base64);
  const ordered_json binary = json_of(message, json_names::lower_camel_case, json_bytes::binary);
  const auto as_it_is = ordered_json::error_handler_t::replace;  // of proto2: strings of any bytes
  std::vector<encoded_size> sizes = {
      {"protobuf", message.ByteSizeLong()},
      {"Thrift compact", thrift_size(message, thrift_protocol::compact)},
      {"Thrift binary", thrift_size(message, thrift_protocol::binary)},
      {"MessagePack", ordered_json::to_msgpack(binary).size()},
      {"JSON", camel.dump(-1, ' ', false, as_it_is).size()},
      {"JSON of Python's json.dumps", spaced(plain).size()},
  };
  std::stable_sort(sizes.begin(), sizes.end(),
                   [](const encoded_size& a, const encoded_size& b) { return a.bytes < b.bytes; });
  return sizes;
}

std::string sizes_text(const std::vector<encoded_size>& sizes) {
  std::size_t width = 0;
  for (const encoded_size& size : sizes) width = std::max(width, size.format.size());
  std::string text;
  for (const encoded_size& size : sizes) {
    text += fmt::format("{:<{}}  {:>5} bytes\n", size.format, width, size.bytes);
  }
  return text;
}

}  // namespace grpcwire::tools
