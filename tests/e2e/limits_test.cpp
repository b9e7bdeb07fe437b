// Message limits and compression, on both sides.

#include <string>
#include <vector>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using codec::encoding;

TEST(the_server, refuses_messages_above_its_limit) {
  server_options options;
  options.max_receive_message_size = 1000;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request(std::string(990, 'x')))).ok());
    const auto [status, answer] = co_await w.stub->SayHello(request(std::string(1000, 'x')));
    EXPECT_EQ(status.code(), status_code::resource_exhausted);
    EXPECT_NE(status.message().find("1000"), std::string::npos) << status.message();
    greeter_call call = w.stub->SayHelloBidiStream();
    (void)co_await call.write(request(std::string(1000, 'x')));
    EXPECT_EQ((co_await call.finish()).code(), status_code::resource_exhausted);
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

TEST(the_client, refuses_messages_above_the_limit_of_channel_or_call) {
  world w;
  channel_options options = quick_channel();
  options.max_receive_message_size = 1000;
  w.connect(options);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request(std::string(900, 'x')))).ok());
    const auto [status, answer] = co_await w.stub->SayHello(request(std::string(1000, 'x')));
    EXPECT_EQ(status.code(), status_code::resource_exhausted);
    EXPECT_EQ(status.details().origin, status_origin::local);
    call_options larger;
    larger.max_receive_message_size = 2000;
    EXPECT_TRUE(
        std::get<0>(co_await w.stub->SayHello(request(std::string(1000, 'x')), larger)).ok());
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

TEST(the_client, does_not_send_messages_above_its_own_limit) {
  world w;
  channel_options options = quick_channel();
  options.max_send_message_size = 1000;
  w.connect(options);
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request(std::string(1000, 'x')));
    EXPECT_EQ(status.code(), status_code::resource_exhausted);
    EXPECT_EQ(status.details().origin, status_origin::local);
    EXPECT_EQ(w.greeter.calls, 0);
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_EQ((co_await call.write(request(std::string(1000, 'x')))).error(), write_error::invalid);
    EXPECT_TRUE(co_await call.write(request("small")));
    EXPECT_TRUE(says(co_await call.read(), "small"));
  });
}

class compressed_calls : public testing::TestWithParam<encoding> {};

TEST_P(compressed_calls, arrive_in_both_directions_and_say_so) {
  world w;
  std::vector<bool> seen;
  w.greeter.chat = [&](server_context& context, greeter_server_call& c) -> awaitable<status> {
    context.set_compression(GetParam());
    while (const auto message = co_await c.read()) {
      seen.push_back(context.request_was_compressed());
      if (!co_await c.write(reply(message->name()))) break;
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    call_options options;
    options.compression = GetParam();
    greeter_call call = w.stub->SayHelloBidiStream(options);
    const std::string text(100'000, 'x');
    // All are sent before the first one is looked at: the flag belongs to the one that was read.
    EXPECT_TRUE(co_await call.write(request(text)));
    EXPECT_TRUE(co_await call.write(request("tiny")));  // compressed it would be longer
    EXPECT_TRUE(co_await call.write(request(text)));
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), text));
    EXPECT_TRUE(says(co_await call.read(), "tiny"));
    EXPECT_TRUE(says(co_await call.read(), text));
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(seen, (std::vector<bool>{true, false, true}));
  });
}

TEST_P(compressed_calls, are_bounded_after_inflation) {
  server_options of_server;
  of_server.max_receive_message_size = 100'000;
  world w("127.0.0.1:0", of_server);
  w.play([&]() -> awaitable<void> {
    call_options options;
    options.compression = GetParam();
    const auto [status, answer] =
        co_await w.stub->SayHello(request(std::string(20U << 20, 'x')), options);
    EXPECT_EQ(status.code(), status_code::resource_exhausted) << describe(status);
    EXPECT_NE(status.message().find("inflates"), std::string::npos) << status.message();
  });
}

TEST_P(compressed_calls, are_bounded_at_the_client_too) {
  world w;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    context.set_compression(GetParam());
    co_return reply(std::string(20U << 20, 'x'));
  };
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::resource_exhausted) << describe(status);
    EXPECT_NE(status.message().find("inflates"), std::string::npos) << status.message();
  });
}

INSTANTIATE_TEST_SUITE_P(codings, compressed_calls,
                         testing::Values(encoding::gzip, encoding::deflate));

TEST(compression, of_single_messages_can_be_switched_off) {
  world w;
  w.greeter.replies = [&](server_context& context, HelloRequest,
                          greeter_server_call& c) -> awaitable<status> {
    context.set_compression(encoding::gzip);
    for (const bool on : {true, false, true}) {
      context.compress_messages(on);
      EXPECT_TRUE(co_await c.write(reply(std::string(1000, 'x'))));
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request("x"));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(says(co_await call.read(), std::string(1000, 'x')));
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(the_number_of_waiting_calls, is_limited) {
  asio::io_context io;
  channel_options options = quick_channel();
  options.max_waiting_calls = 2;
  raw_listener silent(io);
  channel c(io, silent.address(), options);
  Greeter::stub stub(c);
  std::vector<status_code> ends;
  for (int i = 0; i < 3; ++i) {
    stub.SayHello(request("x"), {.deadline = 50ms},
                  [&](status s, HelloReply) { ends.push_back(s.code()); });
  }
  EXPECT_TRUE(run_until(io, [&] { return ends.size() == 3; }));
  EXPECT_EQ(ends, (std::vector<status_code>{status_code::resource_exhausted,
                                            status_code::deadline_exceeded,
                                            status_code::deadline_exceeded}));
}

TEST(the_number_of_handlers_of_a_connection, is_limited) {
  server_options options;
  options.max_handlers_per_connection = 1;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    greeter_call first = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await first.write(request("x")));
    EXPECT_TRUE(says(co_await first.read(), "x"));
    greeter_call second = w.stub->SayHelloBidiStream();
    EXPECT_EQ((co_await second.finish()).code(), status_code::resource_exhausted);
    first.writes_done();
    EXPECT_TRUE((co_await first.finish()).ok());
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

}  // namespace
}  // namespace grpcwire::tests
