#include "status_code.hpp"

#include <array>
#include <cstddef>

namespace grpcwire::codec {
namespace {

constexpr std::array<std::string_view, 17> code_names = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

constexpr std::array<std::string_view, 17> decimals = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"};

constexpr std::array<std::string_view, 14> error_names = {
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
};

}  // namespace

std::string_view name(status_code code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < code_names.size() ? code_names[index] : "UNKNOWN";
}

std::optional<status_code> status_code_from_name(std::string_view text) noexcept {
  for (std::size_t i = 0; i < code_names.size(); ++i) {
    if (code_names[i] == text) return static_cast<status_code>(i);
  }
  return std::nullopt;
}

std::optional<status_code> parse_status_code(std::string_view text) noexcept {
  if (text.empty() || text.size() > 2) return std::nullopt;
  if (text.size() == 2 && text[0] == '0') return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value >= code_names.size()) return std::nullopt;
  return static_cast<status_code>(value);
}

std::string_view decimal(status_code code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < decimals.size() ? decimals[index] : "2";
}

status_code status_code_from_http(int http_status) noexcept {
  switch (http_status) {
    case 400:
      return status_code::internal;
    case 401:
      return status_code::unauthenticated;
    case 403:
      return status_code::permission_denied;
    case 404:
      return status_code::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return status_code::unavailable;
    default:
      return status_code::unknown;
  }
}

status_code status_code_from_http2_error(std::uint32_t error_code) noexcept {
  switch (error_code) {
    case 7:
      return status_code::unavailable;  // REFUSED_STREAM: never processed
    case 8:
      return status_code::cancelled;  // CANCEL
    case 11:
      return status_code::resource_exhausted;  // ENHANCE_YOUR_CALM
    case 12:
      return status_code::permission_denied;  // INADEQUATE_SECURITY
    default:
      return error_code < error_names.size() ? status_code::internal : status_code::unknown;
  }
}

std::string_view http2_error_name(std::uint32_t error_code) noexcept {
  return error_code < error_names.size() ? error_names[error_code] : "unknown error code";
}

}  // namespace grpcwire::codec
