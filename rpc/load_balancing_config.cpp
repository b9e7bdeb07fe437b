// What the configurations of load balancing policies may say.
#include "load_balancing_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/rpc/json_fields_internal.hpp>

namespace grpcwire {
namespace detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using policies = std::span<const std::string>;
using config = decltype(load_balancing_policy::config);

/// Keeps `value` as it is when the field is not there.
template <class T>
void set(T& value, std::optional<T> field) {
  if (field) value = std::move(*field);
}

void lower(std::string& text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

config decode_pick_first(const json_object& fields, policies) {
  pick_first_config c;
  set(c.shuffle_address_list, fields.boolean("shuffleAddressList"));
  return c;
}

config decode_round_robin(const json_object&, policies) {
  return round_robin_config{};
}

config decode_weighted_round_robin(const json_object& fields, policies) {
  weighted_round_robin_config c;
  const auto time = [&](const char* name) {
    return fields.duration(name, duration_rule::not_negative);
  };
  set(c.enable_oob_load_report, fields.boolean("enableOobLoadReport"));
  set(c.oob_reporting_period, time("oobReportingPeriod"));
  set(c.blackout_period, time("blackoutPeriod"));
  set(c.weight_expiration_period, time("weightExpirationPeriod"));
  set(c.weight_update_period, time("weightUpdatePeriod"));
  c.weight_update_period = std::max<nanoseconds>(c.weight_update_period, 100ms);
  set(c.error_utilization_penalty, fields.number("errorUtilizationPenalty"));
  if (c.error_utilization_penalty < 0) {
    fields.fail("errorUtilizationPenalty",
                "must not be negative, is " + shown(fields.value()["errorUtilizationPenalty"]));
  }
  return c;
}

config decode_least_request(const json_object& fields, policies) {
  least_request_config c;
  set(c.choice_count, fields.integer("choiceCount", 2));
  c.choice_count = std::min<std::uint32_t>(c.choice_count, 10);
  return c;
}

config decode_ring_hash(const json_object& fields, policies) {
  constexpr std::uint32_t size_max = 8'388'608;
  ring_hash_config c;
  set(c.min_ring_size, fields.integer("minRingSize", 1, size_max));
  set(c.max_ring_size, fields.integer("maxRingSize", 1, size_max));
  if (c.min_ring_size > c.max_ring_size) {
    fields.fail("minRingSize", "must not be above maxRingSize, is " +
                                   std::to_string(c.min_ring_size) + " and " +
                                   std::to_string(c.max_ring_size));
  }
  set(c.request_hash_header, fields.text("requestHashHeader"));
  if (c.request_hash_header.empty()) return c;
  lower(c.request_hash_header);
  const auto problem = codec::check_metadata(c.request_hash_header, "");
  // Headers that an application may not set can be there all the same.
  const bool is_name = !problem || *problem == codec::metadata_error::reserved_name;
  if (!is_name || c.request_hash_header.starts_with(':') ||
      codec::is_binary_name(c.request_hash_header)) {
    fields.fail("requestHashHeader", "must be the name of a header that is not binary, is " +
                                         shown(fields.value()["requestHashHeader"]));
  }
  return c;
}

/// What both kinds of ejection say.
template <class Rule>
void decode_ejection(const json_object& fields, Rule& rule) {
  set(rule.enforcement_percentage, fields.integer("enforcementPercentage", 0, 100));
  set(rule.minimum_hosts, fields.integer("minimumHosts"));
  set(rule.request_volume, fields.integer("requestVolume"));
}

config decode_outlier_detection(const json_object& fields, policies custom) {
  outlier_detection_config c;
  const auto time = [&](const char* name) {
    return fields.duration(name, duration_rule::not_negative);
  };
  set(c.interval, time("interval"));
  c.interval = std::max<nanoseconds>(c.interval, 1ms);
  set(c.base_ejection_time, time("baseEjectionTime"));
  c.max_ejection_time = std::max(c.max_ejection_time, c.base_ejection_time);
  set(c.max_ejection_time, time("maxEjectionTime"));
  set(c.max_ejection_percent, fields.integer("maxEjectionPercent", 0, 100));
  if (const auto rule = fields.object("successRateEjection")) {
    auto& r = c.success_rate.emplace();
    set(r.stdev_factor, rule->integer("stdevFactor"));
    decode_ejection(*rule, r);
  }
  if (const auto rule = fields.object("failurePercentageEjection")) {
    auto& r = c.failure_percentage.emplace();
    set(r.threshold, rule->integer("threshold", 0, 100));
    decode_ejection(*rule, r);
  }
  fields.require({"childPolicy"});
  if (fields.has("childPolicy")) {
    auto child = first_supported_policy(fields, "childPolicy", custom);
    if (child) c.child = child_policy(std::move(*child));
  }
  return c;
}

struct built_in_policy {
  std::string_view name;
  config (*decode)(const json_object&, policies);
};
constexpr std::array<built_in_policy, 6> built_in = {{
    {"pick_first", decode_pick_first},
    {"round_robin", decode_round_robin},
    {"weighted_round_robin", decode_weighted_round_robin},
    {"least_request_experimental", decode_least_request},
    {"ring_hash_experimental", decode_ring_hash},
    {"outlier_detection_experimental", decode_outlier_detection},
}};

/// Nothing: no such policy.
std::optional<load_balancing_policy> decode(const std::string& name, const json_object& fields,
                                            policies custom) {
  // A program may replace what is built in.
  if (std::find(custom.begin(), custom.end(), name) != custom.end()) {
    return load_balancing_policy{name, custom_policy_config{fields.value().dump()}};
  }
  for (const built_in_policy& policy : built_in) {
    if (policy.name == name) return load_balancing_policy{name, policy.decode(fields, custom)};
  }
  return std::nullopt;
}

bool is_supported(const std::string& name, policies custom) {
  return is_built_in_policy(name) || std::find(custom.begin(), custom.end(), name) != custom.end();
}

}  // namespace

std::optional<load_balancing_policy> first_supported_policy(const json_object& owner,
                                                            const char* name, policies custom) {
  const auto entries = owner.list(name);
  if (!entries) return std::nullopt;
  std::string others;
  for (const json_field& entry : *entries) {
    const auto fields = entry.object();
    if (!fields) return std::nullopt;
    if (fields->value().size() != 1) {
      entry.fail("must have one field, which is the name of a policy, has " +
                 std::to_string(fields->value().size()));
      return std::nullopt;
    }
    const std::string& policy = fields->value().begin().key();
    if (is_supported(policy, custom)) {
      const nlohmann::json no_config = nlohmann::json::object();
      const nlohmann::json& config = fields->value().begin().value();
      const auto inner = json_field(config.is_null() ? no_config : config,
                                    fields->path_of(policy.c_str()), owner.problems())
                             .object();
      return inner ? decode(policy, *inner, custom) : std::nullopt;
    }
    if (others.size() < 200) others += (others.empty() ? "" : ", ") + shown(policy);
  }
  owner.fail(name,
             others.empty() ? "must not be empty" : "has no supported policy, only " + others);
  return std::nullopt;
}

std::optional<load_balancing_policy> named_policy(const json_object& owner, const char* name,
                                                  policies custom) {
  auto text = owner.text(name);
  if (!text) return std::nullopt;
  if (!is_supported(*text, custom)) lower(*text);
  const nlohmann::json no_config = nlohmann::json::object();
  auto policy =
      decode(*text, json_object(no_config, owner.path_of(name), owner.problems()), custom);
  if (!policy) {
    owner.fail(name, "must be the name of a supported policy, is " + shown(owner.value()[name]));
  }
  return policy;
}

}  // namespace detail

child_policy::child_policy() : policy_(std::make_shared<const load_balancing_policy>()) {}

child_policy::child_policy(load_balancing_policy policy)
    : policy_(std::make_shared<const load_balancing_policy>(std::move(policy))) {}

bool operator==(const child_policy& a, const child_policy& b) {
  return a.policy_ == b.policy_ || *a.policy_ == *b.policy_;
}

bool is_built_in_policy(std::string_view name) noexcept {
  return std::any_of(detail::built_in.begin(), detail::built_in.end(),
                     [&](const auto& policy) { return policy.name == name; });
}

}  // namespace grpcwire
