#include "error.hpp"

#include <array>
#include <string_view>

namespace grpcwire::transport {
namespace {

constexpr std::array<std::string_view, 14> http2_texts = {
    "closed without an error (NO_ERROR)",
    "HTTP/2 protocol violation (PROTOCOL_ERROR)",
    "internal error (INTERNAL_ERROR)",
    "flow-control violation (FLOW_CONTROL_ERROR)",
    "SETTINGS were not acknowledged in time (SETTINGS_TIMEOUT)",
    "frame for a closed stream (STREAM_CLOSED)",
    "frame of a wrong size (FRAME_SIZE_ERROR)",
    "stream refused before any processing (REFUSED_STREAM)",
    "stream cancelled (CANCEL)",
    "header compression failed (COMPRESSION_ERROR)",
    "tunnel connection failed (CONNECT_ERROR)",
    "peer misbehaves or sends too much (ENHANCE_YOUR_CALM)",
    "transport security is too weak (INADEQUATE_SECURITY)",
    "peer wants HTTP/1.1 (HTTP_1_1_REQUIRED)",
};

struct http2_category_type final : std::error_category {
  const char* name() const noexcept override { return "http2"; }
  std::string message(int value) const override {
    const auto index = static_cast<std::size_t>(value);
    return index < http2_texts.size() ? std::string(http2_texts[index])
                                      : "unknown HTTP/2 error code " + std::to_string(value);
  }
  // NO_ERROR is a reason for an end, not success: an error_code with it must not equal none.
};

struct transport_category_type final : std::error_category {
  const char* name() const noexcept override { return "transport"; }
  std::string message(int value) const override {
    switch (static_cast<transport_errc>(value)) {
      case transport_errc::closed_by_peer:
        return "the peer closed the connection";
      case transport_errc::not_http2:
        return "the peer does not speak HTTP/2";
      case transport_errc::shut_down:
        return "this side closed the connection";
      case transport_errc::connect_timeout:
        return "no connection within the connect timeout";
      case transport_errc::no_address:
        return "the name has no address";
      case transport_errc::bad_address:
        return "not a usable address";
      case transport_errc::peer_speaks_tls:
        return "the peer speaks TLS, this side does not";
      case transport_errc::keepalive_timeout:
        return "keepalive timeout";
      case transport_errc::too_many_connections:
        return "too many connections";
    }
    return "unknown transport error";
  }
};

}  // namespace

const std::error_category& http2_category() noexcept {
  static const http2_category_type category;
  return category;
}

const std::error_category& transport_category() noexcept {
  static const transport_category_type category;
  return category;
}

}  // namespace grpcwire::transport
