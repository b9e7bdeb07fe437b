// The service config: what the owner of a service wants its clients to do (gRPC
// doc/service_config.md), read from JSON and checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <grpcwire/codec/result.hpp>
#include <grpcwire/codec/status_code.hpp>
#include <grpcwire/rpc/load_balancing_config.hpp>

namespace grpcwire {

/// A set of status codes.
class status_code_set {
 public:
  constexpr status_code_set() noexcept = default;
  constexpr bool contains(status_code code) const noexcept {
    return (bits_ >> static_cast<unsigned>(code) & 1U) != 0;
  }
  constexpr void insert(status_code code) noexcept { bits_ |= 1U << static_cast<unsigned>(code); }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  friend bool operator==(status_code_set, status_code_set) = default;

 private:
  std::uint32_t bits_ = 0;  // bit n is the code with number n
};

/// `retryPolicy` (gRPC A6). All times are positive.
struct retry_policy {
  /// At least 2, the first attempt included. More than 5 acts as 5; the number here is the
  /// configured one.
  std::uint32_t max_attempts = 2;
  std::chrono::nanoseconds initial_backoff{};
  std::chrono::nanoseconds max_backoff{};
  double backoff_multiplier = 1;  ///< positive
  /// Not empty, unless there is a per_attempt_receive_timeout.
  status_code_set retryable_codes{};
  /// `perAttemptRecvTimeout`: how long an attempt may stay without an answer.
  std::optional<std::chrono::nanoseconds> per_attempt_receive_timeout{};
  friend bool operator==(const retry_policy&, const retry_policy&) = default;
};

/// `hedgingPolicy` (gRPC A6).
struct hedging_policy {
  std::uint32_t max_attempts = 2;            ///< as in retry_policy
  std::chrono::nanoseconds hedging_delay{};  ///< not negative
  status_code_set non_fatal_codes{};
  friend bool operator==(const hedging_policy&, const hedging_policy&) = default;
};

/// One entry of `methodConfig`, without its names.
struct method_config {
  std::optional<bool> wait_for_ready{};  ///< what the call says counts more
  /// For the whole call; the shorter one of this and what the call says. May be 0, not negative.
  std::optional<std::chrono::nanoseconds> timeout{};
  /// The smaller one of this and what the channel says counts. May be 0.
  std::optional<std::uint32_t> max_request_message_bytes{};
  std::optional<std::uint32_t> max_response_message_bytes{};
  std::optional<retry_policy> retry{};  ///< never together with `hedging`
  std::optional<hedging_policy> hedging{};
  friend bool operator==(const method_config&, const method_config&) = default;
};

/// `retryThrottling` (gRPC A6).
struct retry_throttling {
  std::uint32_t max_tokens = 10;  ///< 1 to 1000
  double token_ratio = 0.1;       ///< 0.001 to 1000, cut after three decimals
  friend bool operator==(const retry_throttling&, const retry_throttling&) = default;
};

/// A value; an empty one is what `{}` means. Looking up needs no allocation, and may be done by
/// many threads at a time.
class service_config {
 public:
  /// The configuration of `/pkg.Service/Method`: that of the method, else that of its service, else
  /// the default one; null when there is none of them. Lives as long as this service_config.
  const method_config* find(std::string_view path) const;

  /// The first entry of `loadBalancingConfig` that is supported, or what the deprecated
  /// `loadBalancingPolicy` says. Null: neither is there, which means pick_first.
  std::optional<load_balancing_policy> load_balancing{};
  std::optional<retry_throttling> throttling{};
  /// `healthCheckConfig.serviceName` (gRPC A17); may be empty. Null: no health checks.
  std::optional<std::string> health_check_service{};
  /// `connectionScaling` (gRPC A105): at least 1, as configured. A channel clamps it to its own
  /// limit, which is 10 by default.
  std::optional<std::uint32_t> max_connections_per_subchannel{};

  /// Makes `config` that of a method, or of a service when `method` is empty, or the default one
  /// when both are. False: there is one already, which stays. Several names that are given one
  /// configuration in JSON have copies of it here.
  bool add(std::string_view service, std::string_view method, method_config config);

  friend bool operator==(const service_config&, const service_config&) = default;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  // "/service/method", "/service/", and "" for the default.
  std::unordered_map<std::string, method_config, text_hash, std::equal_to<>> methods_{};
};

struct service_config_limits {
  std::size_t text_size = 1U << 20;  ///< bytes of JSON
  std::size_t depth = 64;            ///< objects and arrays inside each other
};

/// Reads a service config by the JSON mapping of proto3: durations such as "1.5s" with up to nine
/// decimals, numbers also as strings, null as if the field were not there, unknown fields ignored.
/// One known field that is not valid makes the whole text invalid (gRPC A21).
///
/// `custom_policies` are the load balancing policies that the caller has besides the built-in ones
/// (is_built_in_policy()). The first entry of `loadBalancingConfig` with a policy of either kind is
/// taken, and those after it are not looked at.
///
/// The error names each field that is not valid by its path, up to ten of them:
/// `methodConfig[1].retryPolicy.maxAttempts: must be an integer of at least 2, is 1`. Text that is
/// not JSON gives `line 2, column 7: …`. It is UTF-8 without line breaks.
codec::result<service_config, std::string> parse_service_config(
    std::string_view json, std::span<const std::string> custom_policies = {},
    const service_config_limits& limits = {});

}  // namespace grpcwire
