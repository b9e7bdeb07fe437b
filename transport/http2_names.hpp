// The numbers of HTTP/2 and their names (RFC 9113 §6, §7), for whoever reads or writes raw frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace grpcwire::transport::http2 {

/// What a client sends first (RFC 9113 §3.4).
inline constexpr std::string_view client_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes in front of every payload, and the most that their length field can say.
inline constexpr std::size_t frame_header_size = 9;
inline constexpr std::uint32_t frame_length_max = (1U << 24) - 1;

// Plain integers and no enums: the wire may carry any number, and so may a test.
namespace frame_type {
inline constexpr std::uint8_t data = 0x0;
inline constexpr std::uint8_t headers = 0x1;
inline constexpr std::uint8_t priority = 0x2;
inline constexpr std::uint8_t rst_stream = 0x3;
inline constexpr std::uint8_t settings = 0x4;
inline constexpr std::uint8_t push_promise = 0x5;
inline constexpr std::uint8_t ping = 0x6;
inline constexpr std::uint8_t goaway = 0x7;
inline constexpr std::uint8_t window_update = 0x8;
inline constexpr std::uint8_t continuation = 0x9;
}  // namespace frame_type

namespace flag {
inline constexpr std::uint8_t none = 0x00;
inline constexpr std::uint8_t end_stream = 0x01;   // DATA, HEADERS
inline constexpr std::uint8_t ack = 0x01;          // SETTINGS, PING
inline constexpr std::uint8_t end_headers = 0x04;  // HEADERS, PUSH_PROMISE, CONTINUATION
inline constexpr std::uint8_t padded = 0x08;       // DATA, HEADERS, PUSH_PROMISE
inline constexpr std::uint8_t priority = 0x20;     // HEADERS
}  // namespace flag

namespace setting {
inline constexpr std::uint16_t header_table_size = 0x1;
inline constexpr std::uint16_t enable_push = 0x2;
inline constexpr std::uint16_t max_concurrent_streams = 0x3;
inline constexpr std::uint16_t initial_window_size = 0x4;
inline constexpr std::uint16_t max_frame_size = 0x5;
inline constexpr std::uint16_t max_header_list_size = 0x6;
inline constexpr std::uint16_t enable_connect_protocol = 0x8;             // RFC 8441
inline constexpr std::uint16_t no_rfc7540_priorities = 0x9;               // RFC 9218
inline constexpr std::uint16_t grpc_allow_true_binary_metadata = 0xfe03;  // gRFC G1
}  // namespace setting

namespace error {
inline constexpr std::uint32_t no_error = 0x0;
inline constexpr std::uint32_t protocol_error = 0x1;
inline constexpr std::uint32_t internal_error = 0x2;
inline constexpr std::uint32_t flow_control_error = 0x3;
inline constexpr std::uint32_t settings_timeout = 0x4;
inline constexpr std::uint32_t stream_closed = 0x5;
inline constexpr std::uint32_t frame_size_error = 0x6;
inline constexpr std::uint32_t refused_stream = 0x7;
inline constexpr std::uint32_t cancel = 0x8;
inline constexpr std::uint32_t compression_error = 0x9;
inline constexpr std::uint32_t connect_error = 0xa;
inline constexpr std::uint32_t enhance_your_calm = 0xb;
inline constexpr std::uint32_t inadequate_security = 0xc;
inline constexpr std::uint32_t http_1_1_required = 0xd;
}  // namespace error

/// `HEADERS` and so on; `UNKNOWN` for a type this table does not have.
std::string_view frame_type_name(std::uint8_t type) noexcept;

/// `END_STREAM|END_HEADERS`: the flags that mean something for this type by name, other set bits
/// together in hex (`ACK|0x40`). Empty when no bit is set.
std::string flag_names(std::uint8_t type, std::uint8_t flags);

/// `INITIAL_WINDOW_SIZE` and so on, or `UNKNOWN`.
std::string_view setting_name(std::uint16_t id) noexcept;

/// `ENHANCE_YOUR_CALM` and so on, or `UNKNOWN`.
std::string_view error_name(std::uint32_t code) noexcept;

}  // namespace grpcwire::transport::http2
