// A method of a service: its path and how many messages go each way.
#pragma once

#include <string_view>

namespace grpcwire {

/// Generated code of another version does not compile against these headers.
inline constexpr int generated_code_version = 1;

enum class method_kind { unary, client_streaming, server_streaming, bidi_streaming };

constexpr bool single_request(method_kind kind) noexcept {
  return kind == method_kind::unary || kind == method_kind::server_streaming;
}
constexpr bool single_response(method_kind kind) noexcept {
  return kind == method_kind::unary || kind == method_kind::client_streaming;
}

/// `path` is `/package.Service/Method` and lives forever (generated code holds literals).
template <class Request, class Response>
struct method {
  std::string_view path;
  method_kind kind;
};

}  // namespace grpcwire
