// How many bytes the content of a message takes in other formats.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace grpcwire::tools {

struct encoded_size {
  std::string_view format;
  std::size_t bytes = 0;
};

/// Smallest first: protobuf, Thrift's compact and binary protocols, MessagePack, and JSON twice:
/// with protobuf's JSON names and no spaces, and with the names of the .proto and the spaces that
/// Python's json.dumps makes. Fields that protobuf leaves out are left out everywhere, unknown
/// fields are counted in protobuf only. 64-bit integers are numbers in JSON here.
std::vector<encoded_size> sizes_of(const google::protobuf::Message& message);

/// A line for each.
std::string sizes_text(const std::vector<encoded_size>& sizes);

}  // namespace grpcwire::tools
