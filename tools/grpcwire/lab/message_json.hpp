// The set fields of a message as a JSON value, to be written as JSON or MessagePack.
#pragma once

#include <nlohmann/json.hpp>

namespace google::protobuf {
class Message;
}

namespace grpcwire::tools {

enum class json_names { lower_camel_case, of_the_proto };
enum class json_bytes { base64, binary };

/// Keeps the order of the fields. Unlike protobuf's own JSON, 64-bit integers are numbers and
/// well-known types are messages like others.
nlohmann::ordered_json json_of(const google::protobuf::Message& message, json_names names,
                               json_bytes bytes);

/// With a space behind each comma and colon, and nothing but ASCII: as Python's json.dumps writes.
std::string spaced(const nlohmann::ordered_json& value);

}  // namespace grpcwire::tools
