// Cases that take their time: a caller that reads slowly, and a channel that rests between calls.
#include <chrono>
#include <string>
#include <thread>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {

void slow_consumer(case_context& context) {
  constexpr int responses = 2000;
  constexpr int size = 1030;
  constexpr std::chrono::milliseconds pause{20};
  ::grpc::testing::StreamingOutputCallRequest request;
  for (int n = 0; n < responses; ++n) request.add_response_parameters()->set_size(size);
  call_options options = context.options();
  options.deadline = patience + responses * pause;
  auto call = context.stub.StreamingOutputCall(request, std::move(options));
  for (int n = 0; n < responses; ++n) {
    const auto response = call.read(blocking);
    if (!response) {
      throw case_failed("response " + std::to_string(n + 1) + " of " + std::to_string(responses) +
                        " was expected, but this came: " + describe(call.finish(blocking)));
    }
    expect_zeros("response " + std::to_string(n + 1), response->payload().body(), size);
    std::this_thread::sleep_for(pause);
  }
  if (call.read(blocking)) throw case_failed("there is a response more than were asked for");
  expect_ok("StreamingOutputCall", call.finish(blocking));
}

void long_lived_channel(case_context& context) {
  for (int n = 0; n < context.flags.soak.iterations; ++n) {
    if (n != 0) std::this_thread::sleep_for(context.flags.iteration_interval);
    large_unary(context);
  }
}

}  // namespace grpcwire::interop
