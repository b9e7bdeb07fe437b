// A channel to a server that closes each connection waits longer and longer between its attempts
// (gRPC doc/connection-backoff.md). That server measures the pauses.
#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using ::grpc::testing::Empty;
using ::grpc::testing::ReconnectInfo;
using ::grpc::testing::ReconnectParams;
using ::grpc::testing::ReconnectService;

/// Tries to connect for as long as the flags say.
void keep_trying(const case_context& context) {
  const reconnect_flags& flags = context.flags.reconnect;
  channel_options settings = context.channel_settings();
  settings.backoff.max = flags.max_backoff;
  settings.backoff.initial = std::min(settings.backoff.initial, flags.max_backoff);
  const grpcwire::channel to_nobody(context.flags.target(flags.retry_port), std::move(settings));
  ReconnectService::stub stub{to_nobody};
  const auto [status, reply] =
      stub.Start(ReconnectParams(), {.deadline = flags.duration, .wait_for_ready = true}, blocking);
  expect_code("Start at the port that closes connections", status, status_code::deadline_exceeded);
}

std::string in_words(const ReconnectInfo& info) {
  std::string text;
  for (const int pause : info.backoff_ms()) {
    text += fmt::format("{}{} ms", text.empty() ? "" : ", ", pause);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

void connection_backoff(case_context& context) {
  const reconnect_flags& flags = context.flags.reconnect;
  const grpcwire::channel control(context.flags.target(flags.control_port));  // always plaintext
  ReconnectService::stub stub{control};
  ReconnectParams params;
  params.set_max_reconnect_backoff_ms(static_cast<int>(flags.max_backoff.count()));
  const auto [started, nothing] = stub.Start(params, context.options(), blocking);
  expect_ok("Start", started);
  keep_trying(context);
  const auto [stopped, info] = stub.Stop(Empty(), context.options(), blocking);
  expect_ok("Stop", stopped);
  fmt::print("pauses between attempts to connect: {}\n", in_words(info));
  if (info.passed()) return;
  throw case_failed(
      "the server did not like the pauses between the attempts to connect. Expected: 1 s, growing "
      "by "
      "1.6 up to --max_reconnect_backoff_ms, each give or take a fifth and 100 ms. What came: " +
      in_words(info));
}

}  // namespace grpcwire::interop
