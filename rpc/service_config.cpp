// Reading a service config, and looking methods up in it.
#include "service_config.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include <grpcwire/rpc/json_fields_internal.hpp>

namespace grpcwire {
namespace {

using detail::duration_rule;
using detail::json_field;
using detail::json_object;
using detail::json_problems;
using detail::shown;

std::string key_of(std::string_view service, std::string_view method) {
  if (service.empty()) return {};
  std::string key = "/";
  key.append(service).append("/").append(method);
  return key;
}

/// A name in any case, or a number.
std::optional<status_code> to_status_code(const nlohmann::json& value) {
  if (value.is_string()) {
    std::string name = value.get<std::string>();
    for (char& c : name) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return codec::status_code_from_name(name);
  }
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  if (!(number >= 0 && number <= 16) || number != std::floor(number)) return std::nullopt;
  return static_cast<status_code>(static_cast<int>(number));
}

status_code_set decode_codes(const json_object& fields, const char* name) {
  status_code_set codes;
  const auto entries = fields.list(name);
  if (!entries) return codes;
  for (const json_field& entry : *entries) {
    const auto code = to_status_code(entry.value());
    if (code) {
      codes.insert(*code);
    } else {
      entry.fail("must be a status code like \"UNAVAILABLE\" or 14, is " + shown(entry.value()));
    }
  }
  return codes;
}

retry_policy decode_retry(const json_object& fields) {
  retry_policy policy;
  fields.require({"maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier"});
  policy.max_attempts = fields.integer("maxAttempts", 2).value_or(2);
  const auto time = [&](const char* name) {
    return fields.duration(name, duration_rule::positive);
  };
  policy.initial_backoff = time("initialBackoff").value_or(policy.initial_backoff);
  policy.max_backoff = time("maxBackoff").value_or(policy.max_backoff);
  policy.backoff_multiplier = fields.number("backoffMultiplier").value_or(1);
  if (!(policy.backoff_multiplier > 0)) {
    fields.fail("backoffMultiplier",
                "must be greater than 0, is " + shown(fields.value()["backoffMultiplier"]));
  }
  policy.per_attempt_receive_timeout = time("perAttemptRecvTimeout");
  const std::size_t before = fields.problems().count();
  policy.retryable_codes = decode_codes(fields, "retryableStatusCodes");
  if (fields.problems().count() == before && policy.retryable_codes.empty() &&
      !fields.has("perAttemptRecvTimeout")) {
    fields.fail("retryableStatusCodes",
                fields.has("retryableStatusCodes") ? "must not be empty" : "is missing");
  }
  return policy;
}

hedging_policy decode_hedging(const json_object& fields) {
  hedging_policy policy;
  fields.require({"maxAttempts"});
  policy.max_attempts = fields.integer("maxAttempts", 2).value_or(2);
  policy.hedging_delay =
      fields.duration("hedgingDelay", duration_rule::not_negative).value_or(policy.hedging_delay);
  policy.non_fatal_codes = decode_codes(fields, "nonFatalStatusCodes");
  return policy;
}

method_config decode_method(const json_object& fields) {
  method_config config;
  config.wait_for_ready = fields.boolean("waitForReady");
  config.timeout = fields.duration("timeout", duration_rule::not_negative);
  config.max_request_message_bytes = fields.integer("maxRequestMessageBytes");
  config.max_response_message_bytes = fields.integer("maxResponseMessageBytes");
  if (const auto policy = fields.object("retryPolicy")) config.retry = decode_retry(*policy);
  if (const auto policy = fields.object("hedgingPolicy")) config.hedging = decode_hedging(*policy);
  if (fields.has("retryPolicy") && fields.has("hedgingPolicy")) {
    fields.fail("hedgingPolicy", "must not be there together with retryPolicy");
  }
  return config;
}

/// Reads the names of one method config. `seen` has the paths of all names so far.
void decode_names(const json_object& fields, const method_config& config,
                  std::unordered_map<std::string, std::string>& seen, service_config& into) {
  const auto names = fields.list("name");
  if (!names) return;
  for (const json_field& entry : *names) {
    const auto name = entry.object();
    if (!name) continue;
    const std::size_t before = name->problems().count();
    const std::string service = name->text("service").value_or("");
    const std::string method = name->text("method").value_or("");
    if (name->problems().count() != before) continue;
    if (service.empty() && !method.empty()) {
      name->fail("method", "must not be there without a service, is " + shown(method));
      continue;
    }
    const auto [other, is_new] = seen.emplace(key_of(service, method), entry.path());
    if (is_new) {
      (void)into.add(service, method, config);
    } else {
      entry.fail("must not name the same as " + other->second);
    }
  }
}

retry_throttling decode_throttling(const json_object& fields) {
  retry_throttling throttling;
  fields.require({"maxTokens", "tokenRatio"});
  throttling.max_tokens = fields.integer("maxTokens", 1, 1000).value_or(throttling.max_tokens);
  if (const auto ratio = fields.number("tokenRatio")) {
    // The little more keeps 0.003 from becoming 0.002.
    throttling.token_ratio = std::floor(std::min(*ratio, 1000.0) * 1000 + 1e-6) / 1000;
    if (!(throttling.token_ratio > 0)) {
      fields.fail("tokenRatio",
                  "must be at least 0.001, is " + shown(fields.value()["tokenRatio"]));
    }
  }
  return throttling;
}

service_config decode(const json_object& fields, std::span<const std::string> custom) {
  service_config config;
  if (fields.has("loadBalancingConfig")) {
    config.load_balancing = detail::first_supported_policy(fields, "loadBalancingConfig", custom);
  } else if (fields.has("loadBalancingPolicy")) {
    config.load_balancing = detail::named_policy(fields, "loadBalancingPolicy", custom);
  }
  std::unordered_map<std::string, std::string> seen;
  const auto methods = fields.list("methodConfig");
  for (const json_field& entry : methods.value_or(std::vector<json_field>())) {
    const auto method = entry.object();
    if (method) decode_names(*method, decode_method(*method), seen, config);
  }
  if (const auto object = fields.object("retryThrottling")) {
    config.throttling = decode_throttling(*object);
  }
  if (const auto object = fields.object("healthCheckConfig")) {
    config.health_check_service = object->text("serviceName");
  }
  if (const auto object = fields.object("connectionScaling")) {
    config.max_connections_per_subchannel = object->integer("maxConnectionsPerSubchannel", 1);
  }
  return config;
}

}  // namespace

const method_config* service_config::find(std::string_view path) const {
  if (methods_.empty()) return nullptr;  // as for most channels: three hashes less per call
  auto found = methods_.find(path);
  if (found == methods_.end()) found = methods_.find(path.substr(0, path.rfind('/') + 1));
  if (found == methods_.end()) found = methods_.find(std::string_view());
  return found == methods_.end() ? nullptr : &found->second;
}

bool service_config::add(std::string_view service, std::string_view method, method_config config) {
  if (service.empty() && !method.empty()) return false;
  return methods_.try_emplace(key_of(service, method), std::move(config)).second;
}

codec::result<service_config, std::string> parse_service_config(
    std::string_view text, std::span<const std::string> custom_policies,
    const service_config_limits& limits) {
  nlohmann::json tree;
  if (auto problem = detail::parse_json(text, limits, tree); !problem.empty()) {
    return codec::unexpected{std::move(problem)};
  }
  json_problems problems;
  service_config config;
  if (const auto fields = json_field(tree, "", problems).object()) {
    config = decode(*fields, custom_policies);
  }
  if (!problems.empty()) return codec::unexpected{problems.text()};
  return config;
}

}  // namespace grpcwire
