// Calls of all kinds that end well.
#include <array>

#include "cases.hpp"

namespace stock {
namespace {

using grpc::testing::Empty;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

struct sizes {
  std::size_t request;
  int response;
};
constexpr std::array all_sizes{sizes{27'182, 31'415}, sizes{8, 9}, sizes{1'828, 2'653},
                               sizes{45'904, 58'979}};

void empty_unary(const case_context& context) {
  client_context call;
  Empty response;
  expect_ok("EmptyCall", context.stub()->EmptyCall(&call, Empty(), &response));
}

void large_unary(const case_context& context) {
  large_unary_on(*context.stub());
}

void client_streaming(const case_context& context) {
  client_context call;
  StreamingInputCallResponse response;
  const auto writer = context.stub()->StreamingInputCall(&call, &response);
  for (const sizes& s : all_sizes) {
    StreamingInputCallRequest request;
    request.mutable_payload()->set_body(zeros(s.request));
    if (!writer->Write(request)) break;  // the status says why
  }
  writer->WritesDone();
  expect_ok("StreamingInputCall", writer->Finish());
  expect_number("aggregated_payload_size", response.aggregated_payload_size(), 74'922);
}

template <class Stream>
void expect_responses(Stream& stream) {
  StreamingOutputCallResponse response;
  std::size_t number = 0;
  while (stream.Read(&response)) {
    expect_true("there are not too many responses", number < all_sizes.size());
    expect_zeros("response", response.payload().body(),
                 static_cast<std::size_t>(all_sizes.at(number).response));
    ++number;
  }
  expect_ok("the call", stream.Finish());
  expect_number("number of responses", static_cast<long long>(number), all_sizes.size());
}

void server_streaming(const case_context& context) {
  client_context call;
  StreamingOutputCallRequest request;
  for (const sizes& s : all_sizes) request.add_response_parameters()->set_size(s.response);
  expect_responses(*context.stub()->StreamingOutputCall(&call, request));
}

void ping_pong(const case_context& context) {
  client_context call;
  const auto stream = context.stub()->FullDuplexCall(&call);
  StreamingOutputCallResponse response;
  for (const sizes& s : all_sizes) {
    expect_true("a request can be written", stream->Write(ball(s.request, s.response)));
    expect_true("a response comes", stream->Read(&response));
    expect_zeros("response", response.payload().body(), static_cast<std::size_t>(s.response));
  }
  stream->WritesDone();
  expect_true("no more responses come", !stream->Read(&response));
  expect_ok("FullDuplexCall", stream->Finish());
}

void half_duplex(const case_context& context) {
  client_context call;
  const auto stream = context.stub()->HalfDuplexCall(&call);
  for (const sizes& s : all_sizes) {
    if (!stream->Write(ball(s.request, s.response))) break;
  }
  stream->WritesDone();
  expect_responses(*stream);
}

void empty_stream(const case_context& context) {
  client_context call;
  const auto stream = context.stub()->FullDuplexCall(&call);
  stream->WritesDone();
  StreamingOutputCallResponse response;
  expect_true("no response comes", !stream->Read(&response));
  expect_ok("FullDuplexCall", stream->Finish());
}

using received_metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

void expect_single(const received_metadata& came, const char* name, const char* value) {
  expect_number(std::string("entries of ") + name, static_cast<long long>(came.count(name)), 1);
  expect_true(std::string(name) + " has the value that was sent", came.find(name)->second == value);
}

void custom_metadata(const case_context& context) {
  const auto ask = [](client_context& call) {
    call.AddMetadata("x-grpc-test-echo-initial", "test_initial_metadata_value");
    call.AddMetadata("x-grpc-test-echo-trailing-bin", "\xab\xab\xab");
  };
  const auto check = [](const client_context& call) {
    expect_single(call.GetServerInitialMetadata(), "x-grpc-test-echo-initial",
                  "test_initial_metadata_value");
    expect_single(call.GetServerTrailingMetadata(), "x-grpc-test-echo-trailing-bin",
                  "\xab\xab\xab");
  };
  {
    client_context call;
    ask(call);
    SimpleResponse response;
    expect_ok("UnaryCall", context.stub()->UnaryCall(&call, large_request(), &response));
    check(call);
  }
  client_context call;
  ask(call);
  const auto stream = context.stub()->FullDuplexCall(&call);
  StreamingOutputCallResponse response;
  stream->Write(ball(271'828, 314'159));
  stream->WritesDone();
  expect_true("a response comes", stream->Read(&response));
  expect_true("no more responses come", !stream->Read(&response));
  expect_ok("FullDuplexCall", stream->Finish());
  check(call);
}

void pick_first_unary(const case_context& context) {
  const auto stub = context.stub();
  grpc::testing::SimpleRequest request;
  request.set_fill_server_id(true);
  std::string first;
  for (int n = 0; n < 100; ++n) {
    client_context call;
    SimpleResponse response;
    expect_ok("UnaryCall", stub->UnaryCall(&call, request, &response));
    if (n == 0) first = response.server_id();
    expect_true("each call has the same server_id",
                !first.empty() && response.server_id() == first);
  }
}

/// `next_channel` is asked once for each call.
template <class NextChannel>
void soak(const case_context& context, NextChannel next_channel) {
  using clock = std::chrono::steady_clock;
  const std::chrono::milliseconds limit(context.flags.soak_per_iteration_max_acceptable_latency_ms);
  for (int n = 0; n < context.flags.soak_iterations; ++n) {
    const auto began = clock::now();
    large_unary_on(*grpc::testing::TestService::NewStub(next_channel()));
    expect_true("the call took less than the acceptable latency", clock::now() - began < limit);
  }
}

void rpc_soak(const case_context& context) {
  soak(context, [&] { return context.channel; });
}

void channel_soak(const case_context& context) {
  soak(context, [&] { return context.new_channel(); });
}

}  // namespace

void add_plain_cases(case_table& to) {
  to["empty_unary"] = empty_unary;
  to["large_unary"] = large_unary;
  to["client_streaming"] = client_streaming;
  to["server_streaming"] = server_streaming;
  to["ping_pong"] = ping_pong;
  to["half_duplex"] = half_duplex;
  to["empty_stream"] = empty_stream;
  to["custom_metadata"] = custom_metadata;
  to["pick_first_unary"] = pick_first_unary;
  to["rpc_soak"] = rpc_soak;
  to["channel_soak"] = channel_soak;
}

}  // namespace stock
