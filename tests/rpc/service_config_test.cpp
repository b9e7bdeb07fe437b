// What a service config says once it is read, and what the error says when it cannot be.
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/service_config.hpp>

namespace grpcwire {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::HasSubstr;

service_config parsed(const std::string& json, const std::vector<std::string>& custom = {}) {
  auto result = parse_service_config(json, custom);
  EXPECT_TRUE(result) << json << "\n" << (result ? "" : result.error());
  return result ? *result : service_config();
}

std::string error_of(const std::string& json, const std::vector<std::string>& custom = {}) {
  const auto result = parse_service_config(json, custom);
  EXPECT_FALSE(result) << json;
  return result ? "" : result.error();
}

/// A config with this as its only method config, which is the default one.
std::string of_method(const std::string& fields) {
  return R"({"methodConfig":[{"name":[{}],)" + fields + "}]}";
}

method_config method(const std::string& fields) {
  const auto config = parsed(of_method(fields));
  const method_config* found = config.find("/a/b");
  EXPECT_NE(found, nullptr);
  return found != nullptr ? *found : method_config();
}

template <class T>
T balancing(const std::string& policy, const std::string& fields) {
  const auto config = parsed(R"({"loadBalancingConfig":[{")" + policy + "\":" + fields + "}]}");
  if (!config.load_balancing || !std::holds_alternative<T>(config.load_balancing->config)) {
    ADD_FAILURE() << "not the configuration of " << policy;
    return {};
  }
  EXPECT_EQ(config.load_balancing->name, policy);
  return std::get<T>(config.load_balancing->config);
}

TEST(service_config, may_say_nothing) {
  const auto config = parsed(" {} ");
  EXPECT_EQ(config, service_config());
  EXPECT_EQ(config.find("/a/b"), nullptr);
  EXPECT_EQ(config.find(""), nullptr);
  EXPECT_FALSE(config.load_balancing);
  EXPECT_EQ(parsed(R"({"methodConfig":null,"loadBalancingConfig":null,"retryThrottling":null,
                       "healthCheckConfig":null,"connectionScaling":{}})"),
            service_config());
}

TEST(service_config, ignores_fields_that_it_does_not_know) {
  EXPECT_EQ(parsed(R"({"later":[1,{"a":2}],"methodConfig":[{"name":[],"other":true}]})"),
            service_config());
}

TEST(service_config, finds_the_method_then_the_service_then_the_default) {
  const auto config = parsed(R"({"methodConfig":[
    {"name":[{}],"timeout":"1s"},
    {"name":[{"service":"p.S"},{"service":"p.T","method":""}],"timeout":"2s"},
    {"name":[{"service":"p.S","method":"M"}],"timeout":"3s"}]})");
  const auto timeout = [&](std::string_view path) { return config.find(path)->timeout; };
  EXPECT_EQ(timeout("/p.S/M"), 3s);
  EXPECT_EQ(timeout("/p.S/N"), 2s);
  EXPECT_EQ(timeout("/p.S/"), 2s);
  EXPECT_EQ(timeout("/p.T/M"), 2s);
  EXPECT_EQ(timeout("/p.U/M"), 1s);
  EXPECT_EQ(timeout("/p.S"), 1s);
  EXPECT_EQ(timeout(""), 1s);
  EXPECT_EQ(timeout("nonsense"), 1s);
}

TEST(service_config, has_nothing_for_other_services_without_a_default) {
  const auto config = parsed(R"({"methodConfig":[{"name":[{"service":"p.S","method":"M"}]}]})");
  EXPECT_NE(config.find("/p.S/M"), nullptr);
  EXPECT_EQ(config.find("/p.S/N"), nullptr);
  EXPECT_EQ(config.find("/p.S/"), nullptr);
  EXPECT_EQ(config.find(""), nullptr);
}

TEST(service_config, can_be_made_without_JSON) {
  service_config config;
  EXPECT_TRUE(config.add("p.S", "M", {.timeout = 1s}));
  EXPECT_FALSE(config.add("p.S", "M", {.timeout = 2s}));
  EXPECT_FALSE(config.add("", "M", {}));
  EXPECT_EQ(config.find("/p.S/M")->timeout, 1s);
  EXPECT_EQ(config, parsed(R"({"methodConfig":[{"name":[{"service":"p.S","method":"M"}],
                               "timeout":"1s"}]})"));
  EXPECT_NE(config, service_config());
}

TEST(method_config, has_only_what_is_there) {
  EXPECT_EQ(method(R"("waitForReady":null)"), method_config());
  const method_config all = method(R"("waitForReady":true,"timeout":"0.25s",
      "maxRequestMessageBytes":0,"maxResponseMessageBytes":"4294967295")");
  EXPECT_EQ(all.wait_for_ready, true);
  EXPECT_EQ(all.timeout, 250ms);
  EXPECT_EQ(all.max_request_message_bytes, 0U);
  EXPECT_EQ(all.max_response_message_bytes, 4'294'967'295U);
  EXPECT_EQ(method(R"("waitForReady":false)").wait_for_ready, false);
}

TEST(method_config, reads_durations_to_the_nanosecond) {
  const std::vector<std::pair<std::string, nanoseconds>> good = {
      {"0s", 0s},
      {"-0s", 0s},
      {"1s", 1s},
      {"1.5s", 1500ms},
      {"0.000000001s", 1ns},
      {"00012.123456789s", 12'123'456'789ns},
      {"9223372035.9s", 9'223'372'035'900'000'000ns},
      {"315576000000s", nanoseconds::max()}};
  for (const auto& [text, time] : good) {
    EXPECT_EQ(method(R"("timeout":")" + text + '"').timeout, time) << text;
  }
  for (const char* text :
       {"", "s", "1", "1ms", "1.s", ".5s", "1.0000000001s", "1e3s", "+1s", " 1s", "1s ", "1.-5s",
        "--1s", "1.5.5s", "315576000001s", "99999999999999999999s", "0x1s"}) {
    EXPECT_THAT(error_of(of_method(R"("timeout":")" + std::string(text) + '"')),
                HasSubstr("methodConfig[0].timeout: must be a duration like \"1.5s\", is \""))
        << text;
  }
}

TEST(method_config, reads_integers_as_proto3_writes_them) {
  const auto size = [](const std::string& text) {
    return method("\"maxRequestMessageBytes\":" + text).max_request_message_bytes;
  };
  EXPECT_EQ(size("7"), 7U);
  EXPECT_EQ(size("\"7\""), 7U);
  EXPECT_EQ(size("7.0"), 7U);
  EXPECT_EQ(size("1e3"), 1000U);
}

TEST(retry_policy, has_all_its_fields) {
  const auto config = method(R"("retryPolicy":{"maxAttempts":7,"initialBackoff":"0.1s",
      "maxBackoff":"2s","backoffMultiplier":1.5,
      "retryableStatusCodes":["UNAVAILABLE","aborted",8],"perAttemptRecvTimeout":"3s"})");
  ASSERT_TRUE(config.retry);
  EXPECT_FALSE(config.hedging);
  const retry_policy& policy = *config.retry;
  EXPECT_EQ(policy.max_attempts, 7U);
  EXPECT_EQ(policy.initial_backoff, 100ms);
  EXPECT_EQ(policy.max_backoff, 2s);
  EXPECT_EQ(policy.backoff_multiplier, 1.5);
  EXPECT_EQ(policy.per_attempt_receive_timeout, 3s);
  for (int code = 0; code <= 16; ++code) {
    EXPECT_EQ(policy.retryable_codes.contains(static_cast<status_code>(code)),
              code == 14 || code == 10 || code == 8)
        << code;
  }
}

TEST(retry_policy, needs_no_codes_when_it_has_a_time_for_each_attempt) {
  const auto config = method(R"("retryPolicy":{"maxAttempts":"2","initialBackoff":"1s",
      "maxBackoff":"1s","backoffMultiplier":"2","perAttemptRecvTimeout":"1s"})");
  ASSERT_TRUE(config.retry);
  EXPECT_TRUE(config.retry->retryable_codes.empty());
  EXPECT_EQ(config.retry->backoff_multiplier, 2);
}

TEST(hedging_policy, has_no_delay_and_no_codes_by_default) {
  auto config = method(R"("hedgingPolicy":{"maxAttempts":3})");
  ASSERT_TRUE(config.hedging);
  EXPECT_EQ(config.hedging->max_attempts, 3U);
  EXPECT_EQ(config.hedging->hedging_delay, 0s);
  EXPECT_TRUE(config.hedging->non_fatal_codes.empty());
  config = method(R"("hedgingPolicy":{"maxAttempts":3,"hedgingDelay":"0.5s",
                      "nonFatalStatusCodes":["INTERNAL"]})");
  EXPECT_EQ(config.hedging->hedging_delay, 500ms);
  EXPECT_TRUE(config.hedging->non_fatal_codes.contains(status_code::internal));
  EXPECT_FALSE(config.hedging->non_fatal_codes.contains(status_code::unavailable));
}

TEST(service_config, has_the_settings_of_the_channel) {
  const auto config = parsed(R"({"retryThrottling":{"maxTokens":1000,"tokenRatio":0.1239},
      "healthCheckConfig":{"serviceName":""},"connectionScaling":{"maxConnectionsPerSubchannel":3}})");
  ASSERT_TRUE(config.throttling);
  EXPECT_EQ(config.throttling->max_tokens, 1000U);
  EXPECT_EQ(config.throttling->token_ratio, 0.123);
  EXPECT_EQ(config.health_check_service, "");
  EXPECT_EQ(config.max_connections_per_subchannel, 3U);
  EXPECT_EQ(parsed(R"({"retryThrottling":{"maxTokens":1,"tokenRatio":0.003}})").throttling,
            (retry_throttling{1, 0.003}));
  EXPECT_EQ(parsed(R"({"retryThrottling":{"maxTokens":1,"tokenRatio":1e300}})").throttling,
            (retry_throttling{1, 1000}));
  EXPECT_FALSE(parsed(R"({"healthCheckConfig":{}})").health_check_service);
}

TEST(load_balancing_config, is_the_first_one_that_is_supported) {
  const std::string json = R"({"loadBalancingConfig":[
      {"grpclb":{"childPolicy":5}},{"mine":{"b":[1,"x"],"a":"é"}},{"round_robin":{}},
      {"pick_first":"not looked at"}]})";
  EXPECT_EQ(parsed(json).load_balancing->name, "round_robin");
  const auto config = parsed(json, {"yours", "mine"});
  EXPECT_EQ(config.load_balancing->name, "mine");
  EXPECT_EQ(std::get<custom_policy_config>(config.load_balancing->config).json,
            R"({"a":"é","b":[1,"x"]})");
  EXPECT_EQ(parsed(R"({"loadBalancingConfig":[{"round_robin":null}],
                       "loadBalancingPolicy":"pick_first"})")
                .load_balancing->name,
            "round_robin");
}

TEST(load_balancing_config, of_the_program_comes_before_a_built_in_one_with_its_name) {
  const auto config = parsed(R"({"loadBalancingConfig":[{"pick_first":{"x":1}}]})", {"pick_first"});
  EXPECT_EQ(std::get<custom_policy_config>(config.load_balancing->config).json, R"({"x":1})");
}

TEST(load_balancing_config, takes_the_deprecated_name) {
  for (const char* name : {"round_robin", "ROUND_ROBIN", "Round_Robin"}) {
    const auto config = parsed(R"({"loadBalancingPolicy":")" + std::string(name) + "\"}");
    EXPECT_EQ(config.load_balancing->name, "round_robin");
    EXPECT_TRUE(std::holds_alternative<round_robin_config>(config.load_balancing->config));
  }
  EXPECT_EQ(parsed(R"({"loadBalancingPolicy":"Mine"})", {"Mine"}).load_balancing->name, "Mine");
  EXPECT_EQ(error_of(R"({"loadBalancingPolicy":"grpclb"})"),
            R"(loadBalancingPolicy: must be the name of a supported policy, is "grpclb")");
  EXPECT_EQ(error_of(R"({"loadBalancingPolicy":"outlier_detection_experimental"})"),
            "loadBalancingPolicy.childPolicy: is missing");
}

TEST(load_balancing_config, has_the_defaults_of_each_policy) {
  EXPECT_FALSE(balancing<pick_first_config>("pick_first", "{}").shuffle_address_list);
  const auto weighted = balancing<weighted_round_robin_config>("weighted_round_robin", "{}");
  EXPECT_EQ(weighted, weighted_round_robin_config());
  EXPECT_EQ(weighted.blackout_period, 10s);
  EXPECT_EQ(weighted.weight_expiration_period, 3min);
  EXPECT_EQ(balancing<least_request_config>("least_request_experimental", "{}").choice_count, 2U);
  const auto ring = balancing<ring_hash_config>("ring_hash_experimental", "{}");
  EXPECT_EQ(ring, (ring_hash_config{1024, 4096, ""}));
  const auto outlier = balancing<outlier_detection_config>(
      "outlier_detection_experimental", R"({"childPolicy":[{"pick_first":{}}]})");
  EXPECT_EQ(outlier, outlier_detection_config());
  EXPECT_FALSE(outlier.success_rate);
  EXPECT_FALSE(outlier.failure_percentage);
}

TEST(load_balancing_config, has_what_is_set_of_each_policy) {
  EXPECT_TRUE(balancing<pick_first_config>("pick_first", R"({"shuffleAddressList":true})")
                  .shuffle_address_list);
  const auto weighted = balancing<weighted_round_robin_config>(
      "weighted_round_robin",
      R"({"enableOobLoadReport":true,"oobReportingPeriod":"1s","blackoutPeriod":"0s",
          "weightExpirationPeriod":"4s","weightUpdatePeriod":"0.01s","errorUtilizationPenalty":0})");
  EXPECT_EQ(weighted, (weighted_round_robin_config{true, 1s, 0s, 4s, 100ms, 0}));
  EXPECT_EQ(balancing<least_request_config>("least_request_experimental", R"({"choiceCount":99})")
                .choice_count,
            10U);
  EXPECT_EQ(balancing<ring_hash_config>(
                "ring_hash_experimental",
                R"({"minRingSize":"10","maxRingSize":8388608,"requestHashHeader":"X-User"})"),
            (ring_hash_config{10, 8'388'608, "x-user"}));
}

TEST(load_balancing_config, detects_outliers_around_any_policy) {
  const auto outlier = balancing<outlier_detection_config>(
      "outlier_detection_experimental",
      R"({"interval":"0s","baseEjectionTime":"400s","maxEjectionPercent":50,
          "successRateEjection":{"stdevFactor":1000,"enforcementPercentage":0},
          "failurePercentageEjection":{"threshold":100,"minimumHosts":1,"requestVolume":2},
          "childPolicy":[{"nobody_knows":{}},{"outlier_detection_experimental":
            {"maxEjectionTime":"1s","childPolicy":[{"mine":{}},{"round_robin":{}}]}}]})");
  EXPECT_EQ(outlier.interval, 1ms);
  EXPECT_EQ(outlier.base_ejection_time, 400s);
  EXPECT_EQ(outlier.max_ejection_time, 400s);
  EXPECT_EQ(outlier.max_ejection_percent, 50U);
  ASSERT_TRUE(outlier.success_rate);
  EXPECT_EQ(*outlier.success_rate, (success_rate_ejection{1000, 0, 5, 100}));
  ASSERT_TRUE(outlier.failure_percentage);
  EXPECT_EQ(*outlier.failure_percentage, (failure_percentage_ejection{100, 100, 1, 2}));
  ASSERT_EQ(outlier.child->name, "outlier_detection_experimental");
  const auto& inner = std::get<outlier_detection_config>(outlier.child->config);
  EXPECT_EQ(inner.max_ejection_time, 1s);
  EXPECT_EQ(inner.child->name, "round_robin");
}

TEST(load_balancing_config, is_equal_when_all_of_it_is) {
  const std::string head = R"({"loadBalancingConfig":[{"outlier_detection_experimental":
      {"childPolicy":[{"pick_first":{"shuffleAddressList":)";
  EXPECT_EQ(parsed(head + "true}}]}}]}"), parsed(head + "true}}]}}]}"));
  EXPECT_NE(parsed(head + "true}}]}}]}"), parsed(head + "false}}]}}]}"));
}

TEST(service_config_error, names_the_path_of_the_field) {
  const std::string retry = R"("maxAttempts":2,"initialBackoff":"1s","maxBackoff":"1s",
      "backoffMultiplier":1,"retryableStatusCodes":["ABORTED"])";
  struct row {
    std::string json;
    std::string error;
  };
  const auto lb = [](const std::string& entry) {
    return R"({"loadBalancingConfig":[)" + entry + "]}";
  };
  const std::vector<row> rows = {
      {"[]", "the service config: must be an object, is an array"},
      {"null", "the service config: must be an object, is null"},
      {R"({"methodConfig":{}})", "methodConfig: must be an array, is an object"},
      {R"({"methodConfig":[null]})", "methodConfig[0]: must be an object, is null"},
      {R"({"methodConfig":[{},{"name":[{"service":"S"},5]}]})",
       "methodConfig[1].name[1]: must be an object, is 5"},
      {R"({"methodConfig":[{"name":[{"service":"","method":"M"}]}]})",
       R"(methodConfig[0].name[0].method: must not be there without a service, is "M")"},
      {R"({"methodConfig":[{"name":[{"method":"M"}]}]})",
       R"(methodConfig[0].name[0].method: must not be there without a service, is "M")"},
      {R"({"methodConfig":[{"name":[{"service":["S"]}]}]})",
       "methodConfig[0].name[0].service: must be a string, is an array"},
      {R"({"methodConfig":[{"name":[{"service":"S"}]},{"name":[{},{"service":"S","method":""}]}]})",
       "methodConfig[1].name[1]: must not name the same as methodConfig[0].name[0]"},
      {R"({"methodConfig":[{"name":[{},{}]}]})",
       "methodConfig[0].name[1]: must not name the same as methodConfig[0].name[0]"},
      {of_method(R"("waitForReady":"true")"),
       R"(methodConfig[0].waitForReady: must be true or false, is "true")"},
      {of_method(R"("timeout":5)"),
       R"(methodConfig[0].timeout: must be a duration like "1.5s", is 5)"},
      {of_method(R"("timeout":"-1s")"),
       R"(methodConfig[0].timeout: must not be negative, is "-1s")"},
      {of_method(R"("maxRequestMessageBytes":-1)"),
       "methodConfig[0].maxRequestMessageBytes: must be an integer of at least 0, is -1"},
      {of_method(R"("maxResponseMessageBytes":4294967296)"),
       "methodConfig[0].maxResponseMessageBytes: must be an integer of at most 4294967295, is "
       "4294967296"},
      {of_method(R"("maxResponseMessageBytes":"7 ")"),
       R"(methodConfig[0].maxResponseMessageBytes: must be an integer of at least 0, is "7 ")"},
      {of_method(R"("maxResponseMessageBytes":0.5)"),
       "methodConfig[0].maxResponseMessageBytes: must be an integer of at least 0, is 0.5"},
      {R"({"methodConfig":[{},{"retryPolicy":{"maxAttempts":1,"initialBackoff":"1s",
          "maxBackoff":"1s","backoffMultiplier":1,"retryableStatusCodes":["ABORTED"]}}]})",
       "methodConfig[1].retryPolicy.maxAttempts: must be an integer of at least 2, is 1"},
      {of_method(R"("retryPolicy":{"initialBackoff":"0s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":1,"retryableStatusCodes":["ABORTED"]})"),
       R"(methodConfig[0].retryPolicy.initialBackoff: must be longer than 0s, is "0s")"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"-1s","maxAttempts":2,
          "backoffMultiplier":1,"retryableStatusCodes":["ABORTED"]})"),
       R"(methodConfig[0].retryPolicy.maxBackoff: must be longer than 0s, is "-1s")"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":0,"retryableStatusCodes":["ABORTED"]})"),
       "methodConfig[0].retryPolicy.backoffMultiplier: must be greater than 0, is 0"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":"NaN","retryableStatusCodes":["ABORTED"]})"),
       R"(methodConfig[0].retryPolicy.backoffMultiplier: must be a number, is "NaN")"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":1,"retryableStatusCodes":[]})"),
       "methodConfig[0].retryPolicy.retryableStatusCodes: must not be empty"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":1})"),
       "methodConfig[0].retryPolicy.retryableStatusCodes: is missing"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":1,"retryableStatusCodes":["ABORTED","NOPE"]})"),
       "methodConfig[0].retryPolicy.retryableStatusCodes[1]: must be a status code like "
       R"("UNAVAILABLE" or 14, is "NOPE")"},
      {of_method(R"("retryPolicy":{"initialBackoff":"1s","maxBackoff":"1s","maxAttempts":2,
          "backoffMultiplier":1,"retryableStatusCodes":[17]})"),
       "methodConfig[0].retryPolicy.retryableStatusCodes[0]: must be a status code like "
       R"("UNAVAILABLE" or 14, is 17)"},
      {of_method(R"("retryPolicy":{)" + retry + R"(,"perAttemptRecvTimeout":"0s"})"),
       R"(methodConfig[0].retryPolicy.perAttemptRecvTimeout: must be longer than 0s, is "0s")"},
      {of_method(R"("retryPolicy":{)" + retry + R"(},"hedgingPolicy":{"maxAttempts":2})"),
       "methodConfig[0].hedgingPolicy: must not be there together with retryPolicy"},
      {of_method(R"("hedgingPolicy":{})"), "methodConfig[0].hedgingPolicy.maxAttempts: is missing"},
      {of_method(R"("hedgingPolicy":{"maxAttempts":2,"hedgingDelay":"-0.1s"})"),
       R"(methodConfig[0].hedgingPolicy.hedgingDelay: must not be negative, is "-0.1s")"},
      {of_method(R"("hedgingPolicy":{"maxAttempts":2,"nonFatalStatusCodes":[-1]})"),
       "methodConfig[0].hedgingPolicy.nonFatalStatusCodes[0]: must be a status code like "
       R"("UNAVAILABLE" or 14, is -1)"},
      {R"({"retryThrottling":{"maxTokens":0,"tokenRatio":1}})",
       "retryThrottling.maxTokens: must be an integer from 1 to 1000, is 0"},
      {R"({"retryThrottling":{"maxTokens":1001,"tokenRatio":1}})",
       "retryThrottling.maxTokens: must be an integer from 1 to 1000, is 1001"},
      {R"({"retryThrottling":{"maxTokens":10,"tokenRatio":0.0009}})",
       "retryThrottling.tokenRatio: must be at least 0.001, is 0.0009"},
      {R"({"retryThrottling":{"maxTokens":10}})", "retryThrottling.tokenRatio: is missing"},
      {R"({"healthCheckConfig":{"serviceName":1}})",
       "healthCheckConfig.serviceName: must be a string, is 1"},
      {R"({"connectionScaling":{"maxConnectionsPerSubchannel":0}})",
       "connectionScaling.maxConnectionsPerSubchannel: must be an integer of at least 1, is 0"},
      {R"({"loadBalancingConfig":[]})", "loadBalancingConfig: must not be empty"},
      {lb(R"({"grpclb":{}},{"a\nb":{}})"),
       R"(loadBalancingConfig: has no supported policy, only "grpclb", "a\nb")"},
      {lb(R"({"grpclb":{}},{})"),
       "loadBalancingConfig[1]: must have one field, which is the name of a policy, has 0"},
      {lb(R"({"pick_first":{},"round_robin":{}})"),
       "loadBalancingConfig[0]: must have one field, which is the name of a policy, has 2"},
      {lb(R"({"grpclb":{}},{"round_robin":true})"),
       "loadBalancingConfig[1].round_robin: must be an object, is true"},
      {lb(R"({"pick_first":{"shuffleAddressList":1}})"),
       "loadBalancingConfig[0].pick_first.shuffleAddressList: must be true or false, is 1"},
      {lb(R"({"weighted_round_robin":{"errorUtilizationPenalty":-0.5}})"),
       "loadBalancingConfig[0].weighted_round_robin.errorUtilizationPenalty: must not be "
       "negative, is -0.5"},
      {lb(R"({"weighted_round_robin":{"blackoutPeriod":"-1s"}})"),
       "loadBalancingConfig[0].weighted_round_robin.blackoutPeriod: must not be negative, is "
       R"("-1s")"},
      {lb(R"({"least_request_experimental":{"choiceCount":1}})"),
       "loadBalancingConfig[0].least_request_experimental.choiceCount: must be an integer of at "
       "least 2, is 1"},
      {lb(R"({"ring_hash_experimental":{"maxRingSize":8388609}})"),
       "loadBalancingConfig[0].ring_hash_experimental.maxRingSize: must be an integer from 1 to "
       "8388608, is 8388609"},
      {lb(R"({"ring_hash_experimental":{"maxRingSize":1000}})"),
       "loadBalancingConfig[0].ring_hash_experimental.minRingSize: must not be above maxRingSize, "
       "is 1024 and 1000"},
      {lb(R"({"ring_hash_experimental":{"requestHashHeader":"x-bin"}})"),
       "loadBalancingConfig[0].ring_hash_experimental.requestHashHeader: must be the name of a "
       R"(header that is not binary, is "x-bin")"},
      {lb(R"({"ring_hash_experimental":{"requestHashHeader":"a b"}})"),
       "loadBalancingConfig[0].ring_hash_experimental.requestHashHeader: must be the name of a "
       R"(header that is not binary, is "a b")"},
      {lb(R"({"outlier_detection_experimental":{}})"),
       "loadBalancingConfig[0].outlier_detection_experimental.childPolicy: is missing"},
      {lb(R"({"outlier_detection_experimental":{"childPolicy":[{"x":{}}]}})"),
       "loadBalancingConfig[0].outlier_detection_experimental.childPolicy: has no supported "
       R"(policy, only "x")"},
      {lb(R"({"outlier_detection_experimental":{"maxEjectionPercent":101,
              "childPolicy":[{"pick_first":{}}]}})"),
       "loadBalancingConfig[0].outlier_detection_experimental.maxEjectionPercent: must be an "
       "integer from 0 to 100, is 101"},
      {lb(R"({"outlier_detection_experimental":{"failurePercentageEjection":{"threshold":101},
              "childPolicy":[{"pick_first":{}}]}})"),
       "loadBalancingConfig[0].outlier_detection_experimental.failurePercentageEjection.threshold: "
       "must be an integer from 0 to 100, is 101"},
  };
  for (const row& r : rows) EXPECT_EQ(error_of(r.json), r.error) << r.json;
}

TEST(service_config_error, names_every_field_up_to_ten) {
  EXPECT_EQ(error_of(of_method(R"("timeout":1,"waitForReady":2)")),
            "methodConfig[0].waitForReady: must be true or false, is 2; methodConfig[0].timeout: "
            "must be a duration like \"1.5s\", is 1");
  std::string many = R"({"methodConfig":[0)";
  for (int i = 0; i < 50; ++i) many += ",0";
  const std::string error = error_of(many + "]}");
  EXPECT_THAT(error, HasSubstr("methodConfig[9]: must be an object, is 0; and more"));
  EXPECT_EQ(error.find("[10]"), error.npos);
  EXPECT_EQ(error.find("and more"), error.size() - 8);
}

TEST(service_config_error, shows_no_more_of_a_value_than_is_useful) {
  const std::string error =
      error_of(of_method(R"("timeout":"\u0001é)" + std::string(9999, 'x') + '"'));
  EXPECT_LT(error.size(), 120U);
  EXPECT_THAT(error, HasSubstr(R"(is "\u0001\u00e9xxx)"));
}

TEST(service_config_error, gives_line_and_column_of_broken_JSON) {
  EXPECT_EQ(error_of(""),
            "line 1, column 1: unexpected end of input; expected '[', '{', or a literal");
  EXPECT_EQ(error_of("{\n  \"methodConfig\": ,\n}"),
            "line 2, column 19: unexpected ','; expected '[', '{', or a literal");
  EXPECT_EQ(error_of("{} x"), "line 1, column 4: invalid literal; expected end of input");
  EXPECT_THAT(error_of("{\"a\":\"\xff\"}"),
              HasSubstr("line 1, column 7: invalid string: ill-formed"));
  EXPECT_THAT(error_of(R"({"a":1e999})"), HasSubstr("line 1, column 10: number overflow"));
  for (const char* text :
       {"{", "{\"a\"", "[1,]", "{\"a\":1,}", "nul", "\"\n\"", "{'a':1}", "\xef"}) {
    const std::string error = error_of(text);
    EXPECT_TRUE(error.starts_with("line 1, column ")) << error;
    for (const char c : error) EXPECT_TRUE(c >= ' ' && c <= '~') << error;
  }
}

TEST(service_config_error, names_a_field_that_is_there_twice) {
  EXPECT_EQ(error_of(of_method(R"("timeout":"1s","timeout":"2s")")),
            "methodConfig[0].timeout: is there twice");
  EXPECT_EQ(error_of(R"({"x":[[1],{"a b":{"c":1,"c":1}}]})"), R"(x[1]["a b"].c: is there twice)");
}

TEST(service_config_error, says_when_the_text_is_too_long_or_too_deep) {
  EXPECT_EQ(error_of(std::string((1U << 20) + 1, ' ')),
            "1048577 bytes are more than the limit of 1048576");
  const std::string deep = R"({"a":)" + std::string(63, '[') + std::string(63, ']') + "}";
  EXPECT_EQ(parsed(deep), service_config());
  EXPECT_THAT(error_of(std::string(100'000, '[')), HasSubstr("more than 64 levels"));
  const auto small = parse_service_config("{\"a\":{}}", {}, {.text_size = 8, .depth = 1});
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error(), "a: objects and arrays inside each other, more than 1 levels");
}

}  // namespace
}  // namespace grpcwire
