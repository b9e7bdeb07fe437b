// read_into(): one message object for all messages of a stream.

#include <string>
#include <thread>
#include <variant>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

constexpr std::size_t message_size = 300'000;

std::string text(int number, std::size_t size) {
  return std::string(size, static_cast<char>('a' + number % 26));
}

TEST(read_into, gives_a_client_each_response_in_the_same_memory) {
  world w;
  w.greeter.replies = [](server_context&, HelloRequest,
                         greeter_server_call& c) -> awaitable<status> {
    for (int i = 0; i < 20; ++i) {
      if (!co_await c.write(reply(text(i, message_size - static_cast<std::size_t>(i))))) break;
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request(""));
    HelloReply message;
    int count = 0;
    const char* place = nullptr;
    while (co_await call.read_into(message)) {
      EXPECT_EQ(message.message(), text(count, message_size - static_cast<std::size_t>(count)));
      if (count == 0) place = message.message().data();
      EXPECT_EQ(message.message().data(), place) << count;
      ++count;
    }
    EXPECT_EQ(count, 20);
    EXPECT_EQ(message.message(), text(19, message_size - 19)) << "the end leaves the last one";
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(read_into, gives_a_handler_each_request_and_the_end) {
  world w;
  std::string got;
  w.greeter.collect = [&](server_context&,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    HelloRequest message;
    for (;;) {
      const read_result<void> read = co_await c.read_into(message);
      if (!read) {
        EXPECT_EQ(read.error(), read_error::ended);
        break;
      }
      got += message.name();
    }
    co_return reply(message.name());
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    for (const char* name : {"a", "bc", "", "d"}) {
      EXPECT_TRUE(co_await call.write(request(name)));
    }
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), "d"));
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(got, "abcd") << "nothing of a message is left in the next one";
  });
}

TEST(read_into, may_wait_for_a_while_only) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    HelloReply message;
    const auto first = co_await (call.read_into(message) || pause(20ms));
    EXPECT_EQ(first.index(), 1U);
    EXPECT_TRUE(co_await call.write(request("after")));
    const auto second = co_await (call.read_into(message) || pause(10s));
    EXPECT_EQ(second.index(), 0U);
    EXPECT_EQ(message.message(), "after");
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(read_into, blocks_a_thread_like_other_reads) {
  world w;
  const std::jthread serving([&] { w.io.run(); });
  {
    channel own(w.address);
    Greeter::stub stub(own);
    greeter_call call = stub.SayHelloBidiStream();
    EXPECT_TRUE(call.write(request("x"), blocking));
    HelloReply message;
    EXPECT_TRUE(call.read_into(message, blocking));
    EXPECT_EQ(message.message(), "x");
    call.writes_done();
    EXPECT_FALSE(call.read_into(message, blocking));
    EXPECT_TRUE(call.finish(blocking).ok());
  }
  w.io.stop();
}

}  // namespace
}  // namespace grpcwire::tests
