// The heads and trailers of a gRPC call, for tests that write frames.
#pragma once

#include <string_view>
#include <vector>

#include <grpcwire/codec/header.hpp>

namespace grpcwire::tests {

/// The fields of an ordinary request and of an ordinary response.
inline std::vector<codec::header_view> request_fields(std::string_view path = "/a.B/C") {
  return {{":method", "POST"},         {":scheme", "http"}, {":path", path},
          {":authority", "localhost"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
}
inline std::vector<codec::header_view> response_fields() {
  return {{":status", "200"}, {"content-type", "application/grpc"}};
}
inline std::vector<codec::header_view> trailer_fields() {
  return {{"grpc-status", "0"}};
}

}  // namespace grpcwire::tests
