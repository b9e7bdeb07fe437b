// Deadlines: kept by both sides, told to the server, handed on to the next one.

#include <optional>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

TEST(a_deadline, ends_a_call_whose_handler_sleeps_and_cancels_the_handler) {
  world w;
  happening left(w.io);
  bool cancelled = false;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    try {
      co_await pause(20s);
    } catch (const std::system_error&) {
      cancelled = context.cancelled();
    }
    left.now();
    co_return reply("late");
  };
  w.play([&]() -> awaitable<void> {
    const auto begin = std::chrono::steady_clock::now();
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), {.deadline = 50ms});
    EXPECT_EQ(status.code(), status_code::deadline_exceeded) << describe(status);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
    EXPECT_TRUE(answer.message().empty());
    co_await left.wait();
    EXPECT_TRUE(cancelled);
  });
}

TEST(a_deadline, is_seen_by_the_handler) {
  world w;
  std::optional<deadline::clock::time_point> seen;
  bool none_seen = false;
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    if (r.name() == "none") {
      none_seen = !context.deadline();
    } else {
      seen = context.deadline().at();
    }
    co_return reply("x");
  };
  w.play([&]() -> awaitable<void> {
    const auto now = deadline::clock::now();
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"), {.deadline = 7s})).ok());
    EXPECT_TRUE(seen);
    if (seen) {
      EXPECT_GT(*seen - now, 6s);
      EXPECT_LT(*seen - now, 8s);
    }
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("none"))).ok());
    EXPECT_TRUE(none_seen);
  });
}

TEST(a_deadline, ends_streaming_calls_in_the_middle) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream({.deadline = 60ms});
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_TRUE(co_await call.read());
    EXPECT_FALSE(co_await call.read());
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::deadline_exceeded) << describe(end);
  });
}

/// Nobody but the server looks at the clock here.
TEST(a_deadline, is_enforced_by_the_server_for_a_client_that_does_not_care) {
  world w;
  bool cancelled = false;
  happening left(w.io);
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    try {
      co_await pause(20s);
    } catch (const std::system_error&) {
      cancelled = context.cancelled();
    }
    left.now();
    co_return reply("late");
  };
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    std::vector<codec::header_view> fields = hello_fields();
    fields.push_back({"grpc-timeout", "50m"});
    co_await client.send(
        frames().preface().settings().headers(1, fields).data(1, framed(request("x")), true));
    const std::string answer = co_await client.next("HEADERS 1");
    EXPECT_NE(answer.find("grpc-status=4"), std::string::npos) << answer;
    co_await left.wait();
    EXPECT_TRUE(cancelled);
  });
}

TEST(a_deadline, goes_over_the_wire_as_what_is_left_of_it) {
  asio::io_context io;
  raw_listener listener(io);
  channel c(io, listener.address(), quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), {.deadline = 300ms}, [&](status s, HelloReply) { end = s; });
    raw_peer server = co_await listener.accept();
    co_await pause(100ms);  // the call waits for the connection meanwhile
    co_await server.send(frames().settings().settings_ack());
    const std::string head = co_await server.next("HEADERS 1");
    const std::size_t at = head.find("grpc-timeout=");
    EXPECT_NE(at, std::string::npos) << head;
    if (at != std::string::npos) {
      const std::string timeout = head.substr(at + 13, head.find(' ', at) - at - 13);
      const std::string unit = timeout.substr(timeout.size() - 1);
      const double scale = unit == "u" ? 1e-3 : unit == "n" ? 1e-6 : unit == "m" ? 1 : 1e3;
      const double ms = std::stod(timeout) * scale;
      EXPECT_LE(ms, 201);
      EXPECT_GT(ms, 20);
    }
    const std::string reset = co_await server.next("RST_STREAM");
    EXPECT_EQ(reset, "RST_STREAM 1 CANCEL");
    EXPECT_TRUE(end && end->code() == status_code::deadline_exceeded);
  });
}

TEST(a_deadline, that_has_passed_sends_and_connects_nothing) {
  world w;
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] =
        co_await w.stub->SayHello(request("x"), {.deadline = deadline(-1s)});
    EXPECT_EQ(status.code(), status_code::deadline_exceeded);
    EXPECT_EQ(w.channel->state(), channel_state::idle);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(
        std::get<0>(co_await w.stub->SayHello(request("x"), {.deadline = deadline(-1s)})).code(),
        status_code::deadline_exceeded);
    EXPECT_EQ(w.greeter.calls, 1);
  });
}

TEST(a_deadline, passes_while_the_call_waits_for_a_connection) {
  asio::io_context io;
  raw_listener silent(io);
  channel c(io, silent.address(), quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    const auto [status, answer] = co_await stub.SayHello(request("x"), {.deadline = 30ms});
    EXPECT_EQ(status.code(), status_code::deadline_exceeded);
    EXPECT_EQ(status.details().phase, call_phase::connecting) << describe(status);
    EXPECT_FALSE(status.details().advice.empty());
  });
}

TEST(a_deadline, passes_while_the_call_waits_for_a_free_stream) {
  server_options options;
  options.session.max_concurrent_streams = 1;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    greeter_call first = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await first.write(request("x")));
    EXPECT_TRUE(co_await first.read());
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), {.deadline = 30ms});
    EXPECT_EQ(status.code(), status_code::deadline_exceeded);
    EXPECT_EQ(status.details().phase, call_phase::queued) << describe(status);
    EXPECT_EQ(w.greeter.calls, 1);
  });
}

TEST(a_deadline, far_away_is_no_trouble) {
  world w;
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(
                                request("x"), {.deadline = std::chrono::hours(24 * 365 * 100)}))
                    .ok());
    EXPECT_TRUE(
        std::get<0>(co_await w.stub->SayHello(
                        request("x"), {.deadline = deadline(deadline::clock::time_point::max())}))
            .ok());
  });
}

// ---- calls made for calls

/// The first server asks the second one.
struct two_servers {
  world back;
  scripted_greeter front;
  std::optional<server> front_server{std::in_place, back.io};
  std::optional<channel> to_front;
  std::optional<Greeter::stub> stub;

  two_servers() {
    front_server->add(front);
    to_front.emplace(back.io, *front_server->listen("127.0.0.1:0"), quick_channel());
    stub.emplace(*to_front);
    front.hello = [this](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
      call_options options;
      options.parent = &context;
      auto [status, answer] = co_await back.stub->SayHello(r, options);
      if (!status.ok()) co_return status;
      co_return answer;
    };
  }
};

TEST(a_call_for_a_call, has_the_deadline_of_its_parent) {
  two_servers s;
  std::optional<deadline::clock::time_point> seen;
  s.back.greeter.hello = [&](server_context& context,
                             HelloRequest) -> awaitable<result<HelloReply>> {
    seen = context.deadline().at();
    co_return reply("x");
  };
  s.back.play([&]() -> awaitable<void> {
    const auto now = deadline::clock::now();
    const auto [status, answer] = co_await s.stub->SayHello(request("x"), {.deadline = 5s});
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_TRUE(seen);
    if (seen) {
      EXPECT_LT(*seen - now, 6s);
    }
  });
}

TEST(a_call_for_a_call, is_cancelled_when_its_parent_is) {
  two_servers s;
  happening entered(s.back.io);
  happening left(s.back.io);
  s.back.greeter.hello = [&](server_context& context,
                             HelloRequest) -> awaitable<result<HelloReply>> {
    entered.now();
    try {
      co_await pause(20s);
    } catch (const std::system_error&) {
      EXPECT_TRUE(context.cancelled());
    }
    left.now();
    co_return reply("x");
  };
  s.back.play([&]() -> awaitable<void> {
    const auto either = co_await (s.stub->SayHello(request("x")) || entered.wait());
    EXPECT_EQ(either.index(), 1U);
    co_await left.wait();
  });
}

/// The handler of the parent returns and leaves a call behind.
TEST(a_call_for_a_call, ends_with_the_handler_it_was_made_in) {
  two_servers s;
  happening left(s.back.io);
  std::optional<status> child;
  s.back.greeter.hello = [&](server_context& context,
                             HelloRequest) -> awaitable<result<HelloReply>> {
    try {
      co_await pause(20s);
    } catch (const std::system_error&) {
      EXPECT_TRUE(context.cancelled());
    }
    left.now();
    co_return reply("x");
  };
  s.front.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    call_options options;
    options.parent = &context;
    s.back.stub->SayHello(request("x"), options, [&](status end, HelloReply) { child = end; });
    co_await pause(20ms);
    co_return reply("early");
  };
  s.back.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await s.stub->SayHello(request("x"))).ok());
    co_await left.wait();
    EXPECT_TRUE(child && child->code() == status_code::cancelled);
  });
}

}  // namespace
}  // namespace grpcwire::tests
