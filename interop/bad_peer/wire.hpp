// The pieces of calls that good and bad frames are made of: header lists and messages, with every
// part replaceable by a wrong one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/header.hpp>
#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::bad_peer {

using fields = std::vector<codec::header_view>;

inline constexpr std::string_view empty_call = "/grpc.testing.TestService/EmptyCall";
inline constexpr std::string_view unary_call = "/grpc.testing.TestService/UnaryCall";

/// HEADERS that are whole and the last frame of their side.
inline constexpr std::uint8_t whole =
    transport::http2::flag::end_headers | transport::http2::flag::end_stream;

fields call_to(std::string_view path);
/// The head of a good response.
fields response_head();
fields ok_trailers();

/// A copy in which this field has this value; added at the end when there is none.
fields with(fields list, std::string_view name, std::string_view value);
fields without(fields list, std::string_view name);
/// A copy with one more field, whether there is one of this name or not.
fields plus(fields list, std::string_view name, std::string_view value);

/// A copy with one more field in front.
fields led_by(std::string_view name, std::string_view value, fields list);

/// A length-prefixed message; `length` may lie.
std::string message(std::string_view payload, char flag_byte, std::uint32_t length);
std::string message(std::string_view payload = {}, char flag_byte = 0);

/// A SimpleResponse with this many zero bytes.
std::string simple_response(std::size_t size);
std::string gzipped(std::string_view text);

/// A call to EmptyCall with this head and body on this stream.
transport::raw_frames request(std::uint32_t stream, const fields& head,
                              std::string_view body = message());
inline transport::raw_frames good_request(std::uint32_t stream) {
  return request(stream, call_to(empty_call));
}

}  // namespace grpcwire::bad_peer
