// The eight official cases against servers that misbehave in HTTP/2 (gRPC doc/
// negative-http2-test-descriptions.md). Each needs a server of its own: `bad_peer server --case`.
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

constexpr int calls_at_a_time = 10;

void large_call(case_context& context, std::string_view what) {
  const auto [status, reply] = context.stub.UnaryCall(large_request(), context.options(), blocking);
  expect_ok(what, status);
  expect_zeros(what, reply.payload().body(), large_response_size);
}

/// RST_STREAM(NO_ERROR) instead of trailers means INTERNAL (gRPC PROTOCOL-HTTP2, Errors).
void reset_call(case_context& context) {
  const auto [status, reply] = context.stub.UnaryCall(large_request(), context.options(), blocking);
  expect_code("UnaryCall", status, status_code::internal);
}

}  // namespace

/// The second call has to find a connection of its own; the server counts them.
void negative_goaway(case_context& context) {
  large_call(context, "the call before GOAWAY");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  large_call(context, "the call after GOAWAY");
}

void negative_rst_after_header(case_context& context) {
  reset_call(context);
}

void negative_rst_during_data(case_context& context) {
  reset_call(context);
}

void negative_rst_after_data(case_context& context) {
  reset_call(context);
}

void negative_ping(case_context& context) {
  large_call(context, "the call among PINGs");
}

/// All calls have to wait for their turn; the server notices when one does not.
void negative_max_streams(case_context& context) {
  large_call(context, "the call that learns of the limit");
  std::vector<std::string> failures(calls_at_a_time);
  {
    std::vector<std::jthread> callers;
    for (std::string& failure : failures) {
      callers.emplace_back([&context, &failure] {
        try {
          large_call(context, "one of many calls");
        } catch (const case_failed& why) {
          failure = why.what();
        }
      });
    }
  }
  for (const std::string& failure : failures) {
    if (!failure.empty()) throw case_failed(failure);
  }
}

/// The response comes in frames of five bytes, with and without padding: 16 MiB of padding have to
/// be credited back, or the call hangs.
void negative_data_frame_padding(case_context& context) {
  large_call(context, "the call with tiny frames");
}

}  // namespace grpcwire::interop
