// Large messages: whole, in order, through sockets, in both directions, and for slow readers.

#include <string>
#include <utility>
#include <vector>

#include <grpcwire/rpc/generic_stub.hpp>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

std::string long_text(std::size_t size, std::size_t seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + seed) % 26);
  return text;
}

constexpr std::size_t any_size = 64U << 20;

world world_for_large_messages(threading threads) {
  server_options of_server;
  of_server.max_receive_message_size = any_size;
  of_server.threads = threads;
  channel_options of_channel = quick_channel();
  of_channel.max_receive_message_size = any_size;
  of_channel.threads = threads;
  return world("127.0.0.1:0", std::move(of_server), std::move(of_channel));
}

TEST(large_messages, come_back_as_they_were) {
  for (const threading threads : {threading::one, threading::many}) {
    world w = world_for_large_messages(threads);
    w.play([&]() -> awaitable<void> {
      greeter_call call = w.stub->SayHelloBidiStream();
      // The last one is more than is kept by reference.
      for (const std::size_t size : {10U, 40'000U, 65'536U, 1'000'000U, 1'000'001U, 9'000'000U}) {
        const std::string text = long_text(size, size);
        EXPECT_TRUE(co_await call.write(request(text)));
        const auto back = co_await call.read();
        EXPECT_TRUE(says(back, text)) << size;
      }
      call.writes_done();
      EXPECT_TRUE((co_await call.finish()).ok());
    });
  }
}

TEST(large_messages, of_one_stream_stay_in_order) {
  world w = world_for_large_messages(threading::one);
  w.greeter.replies = [](server_context&, HelloRequest,
                         greeter_server_call& c) -> awaitable<status> {
    HelloReply message;
    for (std::size_t i = 0; i < 40; ++i) {
      message.set_message(long_text(30'000 * (i % 5 + 1), i));
      const write_result written = co_await c.write(message);
      if (!written) break;
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    std::vector<greeter_call> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(w.stub->SayHelloStreamReply(request("x")));
    for (std::size_t i = 0; i < 40; ++i) {
      for (greeter_call& call : calls) {
        const auto message = co_await call.read();
        EXPECT_TRUE(says(message, long_text(30'000 * (i % 5 + 1), i))) << i;
      }
    }
    for (greeter_call& call : calls) {
      const status end = co_await call.finish();
      EXPECT_TRUE(end.ok());
    }
  });
}

TEST(large_messages, that_are_no_messages_end_their_call) {
  world w = world_for_large_messages(threading::one);
  generic_stub stub(*w.channel);
  w.play([&]() -> awaitable<void> {
    generic_call call = stub.open("/helloworld.Greeter/CollectNames");
    // Field 1 with a length that goes beyond the end.
    std::string bytes = "\x0a\xff\xff\xff\x0f" + std::string(200'000, 'x');
    const write_result written = co_await call.write(message_bytes(codec::as_bytes(bytes)));
    EXPECT_TRUE(written);
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::internal) << describe(end);
  });
}

}  // namespace
}  // namespace grpcwire::tests
