// The value of `grpc-timeout`: up to eight digits and a unit (gRPC doc/PROTOCOL-HTTP2.md,
// "Timeout").
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace grpcwire::codec {

/// The text of a timeout, held in place.
struct timeout_text {
  std::array<char, 9> data{};
  std::uint8_t size = 0;

  operator std::string_view() const noexcept { return {data.data(), size}; }
};

/// The most precise form that fits, rounded up, so that the peer never gives up before we do.
/// Precondition: `left` > 0; a deadline that has passed never goes on the wire. The longest
/// duration there is makes 2562048H, far below the 99999999H that would fit.
timeout_text format_timeout(std::chrono::nanoseconds left) noexcept;

/// The duration a peer asked for; nothing unless it is one to eight ASCII digits and one of
/// `HMSmun`. Zero is legal: such a call has expired. What a duration cannot hold becomes its
/// maximum.
std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text) noexcept;

}  // namespace grpcwire::codec
