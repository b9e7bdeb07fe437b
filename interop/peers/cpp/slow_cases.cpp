// Cases that take their time.
#include <chrono>
#include <thread>

#include "cases.hpp"

namespace stock {
namespace {

void slow_consumer(const case_context& context) {
  constexpr int responses = 2000;
  constexpr int size = 1030;
  constexpr std::chrono::milliseconds pause{20};
  grpc::testing::StreamingOutputCallRequest request;
  for (int n = 0; n < responses; ++n) request.add_response_parameters()->set_size(size);
  client_context call(std::chrono::seconds(60) + responses * pause);
  const auto reader = context.stub()->StreamingOutputCall(&call, request);
  grpc::testing::StreamingOutputCallResponse response;
  int came = 0;
  for (; reader->Read(&response); ++came) {
    expect_zeros("response", response.payload().body(), size);
    std::this_thread::sleep_for(pause);
  }
  expect_ok("StreamingOutputCall", reader->Finish());
  expect_number("number of responses", came, responses);
}

void long_lived_channel(const case_context& context) {
  const auto stub = context.stub();
  for (int n = 0; n < context.flags.soak_iterations; ++n) {
    if (n != 0) std::this_thread::sleep_for(std::chrono::seconds(context.flags.iteration_interval));
    large_unary_on(*stub);
  }
}

}  // namespace

void add_slow_cases(case_table& to) {
  to["slow_consumer"] = slow_consumer;
  to["long_lived_channel"] = long_lived_channel;
}

}  // namespace stock
