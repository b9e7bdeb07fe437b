// What header fields mean to a gRPC call, and how HPACK carried them, in words for a newcomer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/transport/hpack_view.hpp>

namespace grpcwire::tools {

/// Who sent a frame.
enum class side : std::uint8_t { client, server };

constexpr side other(side s) noexcept {
  return s == side::client ? side::server : side::client;
}
constexpr std::string_view name(side s) noexcept {
  return s == side::client ? "client" : "server";
}

/// `application/grpc`, alone or with a subtype or parameters behind it.
bool is_grpc_content_type(std::string_view value);

/// `the server has 1 second`; empty when there is nothing to add to the field itself. `grpc` is
/// false for messages that are known not to be gRPC; their fields get HTTP's meaning only.
std::string field_meaning(std::string_view name, std::string_view value, side sender, bool grpc);

/// `static table 3, 1 byte`, `literal, name from static table 4, Huffman, added to the table,
/// 14 bytes`.
std::string encoding_words(const transport::hpack_field& field);

/// One aligned line for each field: name, value, meaning, encoding in parentheses.
std::vector<std::string> field_lines(const std::vector<transport::hpack_field>& fields, side sender,
                                     bool grpc);

}  // namespace grpcwire::tools
