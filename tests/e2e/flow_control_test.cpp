// Flow control that a call can set and see, and limits on what is held for calls.

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

constexpr std::size_t piece = 10'000;

/// Writes replies of `piece` bytes until the caller leaves; `taken` counts what flow control took.
void pour(scripted_greeter& greeter, std::size_t& taken) {
  greeter.replies = [&taken](server_context&, HelloRequest,
                             greeter_server_call& c) -> awaitable<status> {
    while (co_await c.write(reply(std::string(piece, 'x')))) taken += piece;
    co_return status();
  };
}

/// What a call holds once its peer may send no more.
awaitable<std::size_t> buffered_when_closed(greeter_call& call) {
  for (;;) {
    const flow_control_state now = co_await call.flow_control();
    if (now.receive_window == 0 && now.receive_window_size != 0) co_return now.buffered;
    co_await pause(2ms);
  }
}

/// The five bytes of a prefix that came alone are not counted.
void expect_nearly(std::size_t bytes, std::size_t expected) {
  EXPECT_LE(bytes, expected);
  EXPECT_GE(bytes + 5, expected);
}

TEST(a_call, can_have_a_receive_window_of_its_own) {
  constexpr std::uint32_t usual = 1U << 20;
  for (const std::uint32_t window : {1U << 17, usual, 3U << 20}) {
    channel_options options = quick_channel();
    options.session.window_growth_max = 0;  // exact figures are wanted
    world w("127.0.0.1:0", {}, options);
    std::size_t taken = 0;
    pour(w.greeter, taken);
    w.play([&]() -> awaitable<void> {
      greeter_call call = w.stub->SayHelloStreamReply(request("x"), {.receive_window = window});
      const std::size_t first = co_await buffered_when_closed(call);
      // A smaller one cannot take back what the settings of the channel allowed already.
      expect_nearly(first, std::max(window, usual));
      EXPECT_EQ((co_await call.flow_control()).receive_window_size, window);
      for (std::size_t i = 0; i < first / (piece + 8); ++i) EXPECT_TRUE(co_await call.read());
      const std::size_t second = co_await buffered_when_closed(call);
      // Credit comes by halves of a window.
      EXPECT_LE(second, window + piece);
      EXPECT_GE(second, window / 2 - piece);
      call.cancel();
      (void)co_await call.finish();
    });
  }
}

TEST(a_call, shows_where_its_bytes_are) {
  world w;
  std::optional<flow_control_state> reader;
  happening look(w.io);
  happening looked(w.io);
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    co_await look.wait();
    do {
      co_await pause(2ms);
      reader = co_await c.flow_control();
    } while (reader->receive_window != 0);
    looked.now();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    std::optional<write_result> done;
    greeter_call call = w.stub->SayHelloBidiStream();
    flow_control_state mine;
    bool stuck = false;
    while (!stuck) {
      done.reset();
      call.write(request(std::string(piece, 'x')), [&](write_result result) { done = result; });
      while (!done && !stuck) {
        co_await pause(1ms);
        mine = co_await call.flow_control();
        if (!mine.write_waits()) continue;
        // That may pass: the first windows of a connection are small, and later ones grow.
        co_await pause(50ms);
        mine = co_await call.flow_control();
        stuck = !done && mine.write_waits();
      }
    }
    EXPECT_EQ(mine.send_window, 0);
    EXPECT_GT(mine.queued, 0U);
    EXPECT_LT(mine.queued, piece + 20);
    EXPECT_EQ(mine.buffered, 0U);
    look.now();
    co_await looked.wait();
    expect_nearly(reader->buffered, 1U << 20);
    EXPECT_FALSE(reader->write_waits());
    (void)co_await call.finish();
  });
}

TEST(a_call_without_a_stream, shows_what_it_has_queued) {
  asio::io_context io;
  const channel c(io, "unix:/nobody/is/here", quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    greeter_call call = stub.SayHelloBidiStream({.wait_for_ready = true});
    call.write(request("x"), [](write_result) {});
    const flow_control_state now = co_await call.flow_control();
    EXPECT_EQ(now.queued, 8U);
    EXPECT_EQ(now.send_window, 0);
    call.cancel();
  });
}

TEST(a_handler, can_set_the_receive_window_of_its_call) {
  world w;
  happening go_on(w.io);
  w.greeter.collect = [&](server_context& context,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    context.set_receive_window(4U << 20);
    co_await go_on.wait();
    std::size_t buffered = 0;
    for (int i = 0; i < 200 && buffered < 3'000'000; ++i) {
      co_await pause(10ms);
      buffered = (co_await c.flow_control()).buffered;
    }
    co_return reply(std::to_string(buffered));
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    for (int i = 0; i < 300; ++i) {  // 3 MB into a window that was 1 MiB
      EXPECT_TRUE(co_await call.write(request(std::string(piece, 'x'))));
    }
    go_on.now();
    const auto answer = co_await call.read();
    EXPECT_TRUE(answer && std::stoul(answer->message()) > 3'000'000) << answer->message();
    (void)co_await call.finish();
  });
}

// ---- limits

TEST(a_connection, takes_no_more_than_its_limit_while_nobody_reads) {
  channel_options options = quick_channel();
  options.session.max_buffered_bytes = 4U << 20;
  options.session.connection_window = 1U << 20;
  options.session.window_growth_max = 0;  // exact figures are wanted
  world w("127.0.0.1:0", {}, options);
  std::size_t taken = 0;
  pour(w.greeter, taken);
  w.play([&]() -> awaitable<void> {
    std::vector<greeter_call> calls;  // 20 windows of 1 MiB
    for (int i = 0; i < 20; ++i) calls.push_back(w.stub->SayHelloStreamReply(request("x")));
    flow_control_state seen;
    while (seen.receive_window_size == 0 || seen.connection_receive_window != 0) {
      co_await pause(2ms);
      seen = co_await calls[0].flow_control();
    }
    std::size_t buffered = 0;
    for (greeter_call& call : calls) buffered += (co_await call.flow_control()).buffered;
    EXPECT_GT(buffered, 4U << 20);
    EXPECT_LT(buffered, 6U << 20) << "limit, connection window, and one turn of reading";
    // It goes on when they read.
    const std::size_t before = taken;
    for (int i = 0; i < 10; ++i) {
      for (greeter_call& call : calls) EXPECT_TRUE(co_await call.read());
    }
    while (taken == before) co_await pause(2ms);
  });
}

TEST(a_server, refuses_new_calls_while_it_holds_too_many_bytes) {
  server_options options;
  options.max_buffered_bytes = 500'000;
  world w("127.0.0.1:0", options);
  happening go_on(w.io);
  w.greeter.collect = [&](server_context&,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    co_await go_on.wait();
    while (const auto message = co_await c.read()) {
      if (message->name().empty()) break;
    }
    co_return reply("read");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call slow = w.stub->CollectNames();
    for (int i = 0; i < 55; ++i) (void)co_await slow.write(request(std::string(piece, 'x')));
    slow.writes_done();
    channel second(w.io, w.address, quick_channel());  // the limit is for all connections
    Greeter::stub other(second);
    status refused;
    for (int i = 0; i < 1000 && refused.ok(); ++i) {
      refused = std::get<0>(co_await other.SayHello(request("x")));
      co_await pause(10ms);
    }
    EXPECT_EQ(refused.code(), status_code::resource_exhausted) << describe(refused);
    EXPECT_NE(refused.message().find("max_buffered_bytes"), std::string::npos);
    go_on.now();
    EXPECT_TRUE(says(co_await slow.read(), "read"));
    EXPECT_TRUE((co_await slow.finish()).ok()) << "the call that is there goes on";
    EXPECT_TRUE(std::get<0>(co_await other.SayHello(request("x"))).ok());
  });
}

TEST(a_server, ends_calls_that_send_what_nobody_waits_for_when_it_holds_too_many_bytes) {
  server_options options;
  options.max_buffered_bytes = 500'000;
  world w("127.0.0.1:0", options);
  bool cancelled = false;
  w.greeter.collect = [&](server_context& context,
                          greeter_server_call&) -> awaitable<result<HelloReply>> {
    try {
      co_await pause(20'000ms);
    } catch (const std::system_error&) {
      cancelled = context.cancelled();
    }
    co_return reply("never");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    std::size_t written = 0;
    while (written < 10'000'000 && co_await call.write(request(std::string(piece, 'x')))) {
      written += piece;
    }
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::resource_exhausted) << describe(end);
    for (int i = 0; i < 1000 && !cancelled; ++i) co_await pause(10ms);
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

TEST(a_server, counts_messages_that_are_not_whole_yet) {
  server_options options;
  options.max_buffered_bytes = 500'000;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    transport::raw_frames input = transport::frames().preface().settings().settings_ack();
    const std::string begin("\0\0\x0f\x00\x00", 5);  // a message of 983,040 bytes
    for (std::uint32_t id = 1; id <= 7; id += 2) {
      input.headers(id, hello_fields()).data(id, begin);
      for (int i = 0; i < 20; ++i) input.data(id, std::string(10'000, 'x'));
    }
    co_await client.send(input);
    const std::string trailers = co_await client.next("HEADERS");
    EXPECT_NE(trailers.find("grpc-status=8"), std::string::npos) << trailers;
    client.close();
    while (w.server->connection_count() != 0) co_await pause(1ms);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok()) << "all was given back";
  });
}

TEST(a_server, counts_responses_that_callers_do_not_take) {
  server_options options;
  options.max_buffered_bytes = 5U << 20;
  world w("127.0.0.1:0", options);
  w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return reply(std::string(1'000'000, 'x'));
  };
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    transport::raw_frames input =
        transport::frames().preface().settings({{4, 0}}).settings_ack();  // no window at all
    for (std::uint32_t id = 1; id <= 21; id += 2) {
      input.headers(id, hello_fields()).data(id, framed(request("x")), 1);
    }
    co_await client.send(input);
    const std::string refused = co_await client.next("HEADERS 21");
    EXPECT_NE(refused.find("grpc-status=8"), std::string::npos) << refused;
    client.close();
    while (w.server->connection_count() != 0) co_await pause(1ms);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

}  // namespace
}  // namespace grpcwire::tests
