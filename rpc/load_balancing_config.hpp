// The configurations of load balancing policies, as a service config gives them (gRPC A2, A24).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace grpcwire {

struct load_balancing_policy;

/// `pick_first` (gRPC A62).
struct pick_first_config {
  bool shuffle_address_list = false;
  friend bool operator==(const pick_first_config&, const pick_first_config&) = default;
};

/// `round_robin`: nothing can be set.
struct round_robin_config {
  friend bool operator==(const round_robin_config&, const round_robin_config&) = default;
};

/// `weighted_round_robin` (gRPC A58). No time is negative.
struct weighted_round_robin_config {
  bool enable_oob_load_report = false;  ///< instead of reports in trailers
  std::chrono::nanoseconds oob_reporting_period = std::chrono::seconds(10);
  /// How long reports must have come before a weight is used.
  std::chrono::nanoseconds blackout_period = std::chrono::seconds(10);
  /// After the last report.
  std::chrono::nanoseconds weight_expiration_period = std::chrono::seconds(180);
  /// At least 100 ms: less is raised to that.
  std::chrono::nanoseconds weight_update_period = std::chrono::seconds(1);
  double error_utilization_penalty = 1.0;  ///< not negative
  friend bool operator==(const weighted_round_robin_config&,
                         const weighted_round_robin_config&) = default;
};

/// `least_request_experimental` (gRPC A48).
struct least_request_config {
  std::uint32_t choice_count = 2;  ///< 2 to 10: more is lowered to that
  friend bool operator==(const least_request_config&, const least_request_config&) = default;
};

/// `ring_hash_experimental` (gRPC A42, A76). The policy caps both sizes at 4096 by itself.
struct ring_hash_config {
  std::uint32_t min_ring_size = 1024;  ///< 1 to 8388608, not above the maximum
  std::uint32_t max_ring_size = 4096;
  /// Lower-case; empty: none. Not a binary one.
  std::string request_hash_header{};
  friend bool operator==(const ring_hash_config&, const ring_hash_config&) = default;
};

/// A policy in the configuration of another one: a value, compared by what is in it.
class child_policy {
 public:
  /// Its default, pick_first.
  child_policy();
  explicit child_policy(load_balancing_policy policy);

  const load_balancing_policy& operator*() const noexcept { return *policy_; }
  const load_balancing_policy* operator->() const noexcept { return policy_.get(); }

  friend bool operator==(const child_policy& a, const child_policy& b);

 private:
  std::shared_ptr<const load_balancing_policy> policy_;
};

/// `successRateEjection` of outlier detection.
struct success_rate_ejection {
  std::uint32_t stdev_factor = 1900;  ///< in thousandths
  std::uint32_t enforcement_percentage = 100;
  std::uint32_t minimum_hosts = 5;
  std::uint32_t request_volume = 100;
  friend bool operator==(const success_rate_ejection&, const success_rate_ejection&) = default;
};

/// `failurePercentageEjection` of outlier detection.
struct failure_percentage_ejection {
  std::uint32_t threshold = 85;  ///< percent
  std::uint32_t enforcement_percentage = 100;
  std::uint32_t minimum_hosts = 5;
  std::uint32_t request_volume = 50;
  friend bool operator==(const failure_percentage_ejection&,
                         const failure_percentage_ejection&) = default;
};

/// `outlier_detection_experimental` (gRPC A50). No time is negative, percentages are 0 to 100.
struct outlier_detection_config {
  /// At least 1 ms: less is raised to that.
  std::chrono::nanoseconds interval = std::chrono::seconds(10);
  std::chrono::nanoseconds base_ejection_time = std::chrono::seconds(30);
  /// When the JSON has none: 300 s, or base_ejection_time if that is more.
  std::chrono::nanoseconds max_ejection_time = std::chrono::seconds(300);
  std::uint32_t max_ejection_percent = 10;
  /// Null: this algorithm is off. With both off nothing is counted.
  std::optional<success_rate_ejection> success_rate{};
  std::optional<failure_percentage_ejection> failure_percentage{};
  child_policy child{};  ///< `childPolicy`, which has to be there
  friend bool operator==(const outlier_detection_config&,
                         const outlier_detection_config&) = default;
};

/// A policy that the program brought: its configuration is not looked into.
struct custom_policy_config {
  std::string json = "{}";  ///< a JSON object without line breaks; the names are sorted
  friend bool operator==(const custom_policy_config&, const custom_policy_config&) = default;
};

struct load_balancing_policy {
  std::string name = "pick_first";  ///< as the service config spells it
  std::variant<pick_first_config, round_robin_config, weighted_round_robin_config,
               least_request_config, ring_hash_config, outlier_detection_config,
               custom_policy_config>
      config{};
  friend bool operator==(const load_balancing_policy&, const load_balancing_policy&) = default;
};

/// Has this policy its own member of the variant?
bool is_built_in_policy(std::string_view name) noexcept;

}  // namespace grpcwire
