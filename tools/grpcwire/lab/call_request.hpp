// From the command line of `grpcwire call` to what goes over the wire.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/codec/headers.hpp>
#include <grpcwire/codec/metadata.hpp>

namespace grpcwire::tools {

/// `1s`, `250ms`, `2min`, `1h`; and as gRPC writes it: `1S`, `250m`. Throws std::runtime_error.
std::chrono::nanoseconds parse_time(const std::string& text);

/// The value of `grpc-timeout` in the largest unit that says it exactly, if there is one: `1S`.
std::string timeout_in_words(std::chrono::nanoseconds time);

/// `name: value`; the value of a name that ends in `-bin` is Base64 and becomes bytes. Throws
/// std::runtime_error for what gRPC does not allow.
std::pair<std::string, std::string> parse_metadata(const std::string& line);

struct call_fields {
  std::string path{};  ///< `/package.Service/Method`
  std::string authority{};
  bool tls = false;
  std::string content_type = "application/grpc+proto";
  bool gzip = false;
  std::optional<std::chrono::nanoseconds> deadline{};
  codec::metadata metadata{};
};

/// The header list of the request.
codec::header_fields request_fields(const call_fields& call);

}  // namespace grpcwire::tools
