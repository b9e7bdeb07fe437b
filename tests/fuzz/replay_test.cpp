// Bounded fuzzing in every test run: valid inputs, changed at random from seeds that are printed.
// GRPCWIRE_FUZZ_FACTOR=n makes it n times as much.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>

#include "tests/fuzz/harness.hpp"
#include "tests/support/call_script.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/support/random_source.hpp"

namespace grpcwire::fuzz {
namespace {

using tests::framed;
using tests::random_source;
namespace http2 = transport::http2;

constexpr auto end_flags =
    static_cast<std::uint8_t>(http2::flag::end_headers | http2::flag::end_stream);

std::vector<std::string> server_inputs() {
  const auto begin = [] { return transport::frames().preface().settings({{4, 1000}}); };
  auto fields = tests::request_fields();
  fields.push_back({"grpc-timeout", "1m"});
  return {
      begin()
          .headers(1, tests::request_fields())
          .data(1, framed("hello"), true)
          .settings_ack()
          .window_update(0, 100'000)
          .window_update(1, 5000)
          .headers(3, fields)
          .data(3, framed("a") + framed("b"))
          .ping()
          .data_padded(3, framed("c"), 9)
          .rst_stream(3, 8)
          .text(),
      begin()
          .settings_ack()
          .headers_in_pieces(1, tests::request_fields(), 40)
          .data(1, framed(std::string(900, 'x')))
          .data(1, framed(std::string(2000, 'y')).substr(0, 900))
          .priority(1, {0, false, 1})
          .headers(3, tests::request_fields(), end_flags)
          .settings({{4, 10}, {1, 0}})
          .goaway(0, 0, "bye")
          .text(),
  };
}

std::vector<std::string> client_inputs() {
  const auto begin = [] {
    return transport::frames().settings({{3, 2}, {4, 1000}}).settings_ack();
  };
  return {
      begin()
          .headers(1, tests::response_fields())
          .data(1, framed("hello"))
          .headers(1, tests::trailer_fields(), end_flags)
          .headers(3, {{":status", "103"}})
          .headers(3, tests::response_fields())
          .data_padded(3, framed("a") + framed("b"), 5)
          .rst_stream(3, 0)
          .settings({{3, 5}})
          .headers(5, {{":status", "502"}, {"content-type", "text/html"}})
          .data(5, "<html>", true)
          .text(),
      begin()
          .window_update(0, 5)
          .headers(3,
                   {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "5"}},
                   end_flags)
          .ping()
          .headers_in_pieces(1, tests::response_fields(), 15)
          .data(1, framed(std::string(2500, 'x')).substr(0, 990))
          .goaway(1, 11, "too_many_pings")
          .headers(1, tests::trailer_fields(), end_flags)
          .text(),
  };
}

std::vector<std::string> config_inputs() {
  return {
      R"({"methodConfig":[{"name":[{"service":"p.S","method":"M"},{"service":"p.S"},{}],
          "waitForReady":true,"timeout":"1.5s","maxRequestMessageBytes":"7",
          "retryPolicy":{"maxAttempts":3,"initialBackoff":"0.1s","maxBackoff":"1s",
          "backoffMultiplier":2.5,"retryableStatusCodes":["UNAVAILABLE",10]}},
          {"hedgingPolicy":{"maxAttempts":2,"hedgingDelay":"0s","nonFatalStatusCodes":[]}}],
          "retryThrottling":{"maxTokens":10,"tokenRatio":0.1},
          "healthCheckConfig":{"serviceName":"x"}})",
      R"({"loadBalancingConfig":[{"grpclb":{}},{"outlier_detection_experimental":{
          "interval":"1s","maxEjectionPercent":5,"successRateEjection":{"stdevFactor":1},
          "failurePercentageEjection":{},"childPolicy":[{"ring_hash_experimental":
          {"minRingSize":1,"requestHashHeader":"x-\u0041"}}]}}],
          "loadBalancingPolicy":"round_robin","unknown":[null,true,-1e5,{"mine":"\ud83d\ude00"}],
          "connectionScaling":{"maxConnectionsPerSubchannel":2}})",
  };
}

// Every wire type, groups, packed values, and messages within messages.
std::vector<std::string> protobuf_inputs() {
  const std::string person(
      "\x0a\x06Martin\x10\xb9\x0a\x1a\x0b"
      "daydreaming\x1a\x07hacking");
  const std::string inner("\x08\x96\x01\x15\x00\x00\x80\x3f\x32\x06\x03\x8e\x02\x9e\xa7\x05", 16);
  const std::string group = "\x0b\x1a\x10" + inner + "\x13\x08\x01\x14\x0c";
  return {person, "\x1a\x10" + inner + group, "\x22\x21" + person + group + group};
}

std::string mutated(random_source& random, std::string text, const std::string& other) {
  const std::size_t changes = random.below(6);
  for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = random.below(text.size());
    switch (random.below(6)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
        break;
      case 1:
        text[at] = static_cast<char>(random.next() >> 56);
        break;
      case 2:
        text.erase(at, random.between(1, 30));
        break;
      case 3:
        text.insert(at, random.bytes(random.between(1, 20)));
        break;
      case 4:
        text.insert(at, text.substr(random.below(text.size()), random.between(1, 60)));
        break;
      default:
        text.insert(at, other.substr(random.below(other.size()), random.between(1, 200)));
    }
  }
  return text;
}

std::uint64_t factor() {
  const char* text = std::getenv("GRPCWIRE_FUZZ_FACTOR");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

using target = std::string (*)(codec::const_bytes);

void replay(target run, const std::vector<std::string>& inputs, std::uint64_t count) {
  for (std::uint64_t seed = 0; seed < count * factor(); ++seed) {
    random_source random(seed);
    const std::string& base = random.pick(inputs);
    std::string input(1, static_cast<char>(random.next() >> 56));
    input += mutated(random, base, random.pick(inputs));
    const std::string problem = run(codec::as_bytes(input));
    ASSERT_EQ(problem, "") << "seed " << seed;
  }
}

void replay_noise(target run, std::uint64_t count, std::size_t size_max) {
  for (std::uint64_t seed = 0; seed < count * factor(); ++seed) {
    random_source random(seed);
    const std::string input = random.bytes(random.size(size_max));
    const std::string problem = run(codec::as_bytes(input));
    ASSERT_EQ(problem, "") << "seed " << seed;
  }
}

TEST(fuzz_replay, session_server_survives_changed_requests) {
  replay(session_server, server_inputs(), 5000);
}

TEST(fuzz_replay, session_client_survives_changed_responses) {
  replay(session_client, client_inputs(), 5000);
}

TEST(fuzz_replay, sessions_survive_the_other_direction) {
  replay(session_server, client_inputs(), 300);
  replay(session_client, server_inputs(), 300);
}

TEST(fuzz_replay, calls_survive_inputs_in_any_order) {
  replay_noise(client_call, 20'000, 400);
  replay_noise(server_call, 20'000, 400);
}

TEST(fuzz_replay, message_framer_gives_the_same_in_any_pieces) {
  std::string all;
  for (const std::size_t size : {0U, 1U, 60U, 500U}) all += framed(std::string(size, 'x'));
  replay(message_framer, {all, all + all, framed(std::string(501, 'x'))}, 5000);
  replay_noise(message_framer, 5000, 2000);
}

TEST(fuzz_replay, frames_are_taken_apart_whatever_they_are) {
  std::vector<std::string> inputs = client_inputs();
  inputs.push_back(server_inputs()[0].substr(http2::client_preface.size()));
  replay(frames, inputs, 5000);
  replay_noise(frames, 5000, 2000);
}

TEST(fuzz_replay, service_configs_are_read_or_refused) {
  const auto skip_first = [](codec::const_bytes input) { return service_config(input.subspan(1)); };
  replay(skip_first, config_inputs(), 5000);
  replay_noise(service_config, 2000, 200);
}

TEST(fuzz_replay, messages_without_a_schema_come_back_as_they_were) {
  const auto skip_first = [](codec::const_bytes input) { return raw_message(input.subspan(1)); };
  replay(skip_first, protobuf_inputs(), 20'000);
  replay_noise(raw_message, 20'000, 200);
}

TEST(fuzz_replay, metadata_reads_what_it_writes) {
  replay_noise(metadata, 20'000, 400);
}

}  // namespace
}  // namespace grpcwire::fuzz
