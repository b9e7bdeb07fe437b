// How servers end: shutdown() in peace, stop() at once, and what their clients see.

#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include <asio/local/stream_protocol.hpp>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

TEST(server_shutdown, lets_running_calls_finish) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await running.write(request("x")));
    EXPECT_TRUE(says(co_await running.read(), "x"));
    bool ended = false;
    w.server->shutdown({}, [&](status s) {
      EXPECT_TRUE(s.ok());
      ended = true;
    });
    while (w.channel->state() == channel_state::ready) co_await pause(1ms);
    EXPECT_TRUE(co_await running.write(request("y")));
    EXPECT_TRUE(says(co_await running.read(), "y"));
    EXPECT_FALSE(ended);
    running.writes_done();
    EXPECT_TRUE((co_await running.finish()).ok());
    while (!ended) co_await pause(1ms);
    EXPECT_EQ(w.server->connection_count(), 0U);
  });
}

TEST(server_shutdown, sends_new_calls_to_the_next_server) {
  world w;
  scripted_greeter second_greeter;
  std::optional<server> second;
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await running.write(request("x")));
    EXPECT_TRUE(says(co_await running.read(), "x"));
    w.server->shutdown({}, [](status) {});
    second.emplace(w.io);
    second->add(second_greeter);
    const auto address = second->listen(w.address);
    EXPECT_TRUE(address) << address.error().message();
    while (w.channel->state() == channel_state::ready) co_await pause(1ms);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(second_greeter.calls, 1);
    running.writes_done();
    EXPECT_TRUE((co_await running.finish()).ok());
  });
}

/// They were never sent, so they may go anywhere.
TEST(server_shutdown, moves_calls_that_wait_for_a_free_stream_to_the_next_server) {
  server_options options;
  options.session.max_concurrent_streams = 1;
  world w("127.0.0.1:0", options);
  scripted_greeter second_greeter;
  std::optional<server> second;
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await running.write(request("x")));
    EXPECT_TRUE(says(co_await running.read(), "x"));
    std::vector<status> ends;
    for (int i = 0; i < 5; ++i) {
      w.stub->SayHello(request("x"), [&](status s, HelloReply) { ends.push_back(s); });
    }
    co_await pause(10ms);
    w.server->shutdown({}, [](status) {});
    second.emplace(w.io);
    second->add(second_greeter);
    EXPECT_TRUE(second->listen(w.address));
    while (ends.size() != 5) co_await pause(1ms);
    for (const status& end : ends) EXPECT_TRUE(end.ok()) << describe(end);
    EXPECT_EQ(second_greeter.calls, 5);
    running.writes_done();
    EXPECT_TRUE((co_await running.finish()).ok());
  });
}

TEST(server_shutdown, without_connections_is_over_at_once) {
  world w;
  w.play([&]() -> awaitable<void> { EXPECT_TRUE((co_await w.server->shutdown()).ok()); });
}

TEST(server_shutdown, with_idle_connections_closes_them) {
  world w;
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_TRUE((co_await w.server->shutdown(deadline(20s))).ok());
    EXPECT_EQ(w.server->connection_count(), 0U);
  });
}

TEST(server_shutdown, stops_at_its_deadline_what_does_not_end) {
  world w;
  happening left(w.io);
  w.greeter.chat = [&](server_context& context, greeter_server_call& c) -> awaitable<status> {
    EXPECT_TRUE(co_await c.write(reply("x")));
    EXPECT_FALSE(co_await c.read());
    EXPECT_TRUE(context.cancelled());
    left.now();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(says(co_await running.read(), "x"));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE((co_await w.server->shutdown(deadline(50ms))).ok());
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ((co_await running.finish()).code(), status_code::unavailable);
    co_await left.wait();
  });
}

transport::raw_frames drain_ping_ack() {
  return frames().ping(std::string("drain\0\0\0", 8), true);
}

transport::raw_frames a_call() {
  return frames().headers(1, hello_fields()).data(1, framed(request("x")), true);
}

// What the client sends meanwhile would be answered with a reset if the server were gone, and a
// reset takes along what is still on its way.
TEST(server_shutdown, waits_for_a_client_that_is_slow_to_take_the_last_response) {
  world w;
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    w.server->shutdown(deadline(30s), [](const status&) {});
    co_return reply(std::string(300'000, 'x'));
  };
  constexpr std::uint32_t wide = 1U << 30;
  const std::string opening =
      frames()
          .preface()
          .settings({{transport::http2::setting::initial_window_size, wide}})
          .window_update(0, wide)
          .text() +
      a_call().text();
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    client.socket().set_option(asio::socket_base::receive_buffer_size(65536));
    co_await client.send(opening);
    (void)co_await client.next("PING");
    co_await client.send(drain_ping_ack());
    co_await pause(900ms);
    co_await client.send(frames().ping("and now?"));
    co_await pause(50ms);
    EXPECT_NE((co_await client.next("HEADERS 1 end")).find("grpc-status=0"), std::string::npos);
    client.close();
    while (w.server->connection_count() != 0) co_await pause(1ms);
  });
}

TEST(server_shutdown, sends_two_goaways_so_that_no_call_on_its_way_is_lost) {
  world w;
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    co_await client.send(frames().preface().settings().settings_ack());
    (void)co_await client.next("SETTINGS ACK");
    std::optional<status> ended;
    w.server->shutdown(deadline(20s), [&](status s) { ended = s; });
    EXPECT_TRUE((co_await client.next("GOAWAY")).starts_with("GOAWAY 2147483647 NO_ERROR"));
    (void)co_await client.next("PING");
    co_await client.send(a_call());
    co_await client.send(drain_ping_ack());
    bool answered = false;
    bool final_goaway = false;
    while (!answered || !final_goaway) {
      const std::string line = co_await client.next("");
      EXPECT_FALSE(line.empty()) << "closed too early";
      if (line.empty()) break;
      answered |= line.find("grpc-status=0") != std::string::npos;
      final_goaway |= line.starts_with("GOAWAY 1 NO_ERROR");
    }
    client.close();
    while (!ended) co_await pause(1ms);
  });
}

TEST(server_stop, cancels_handlers_and_callers_see_UNAVAILABLE) {
  world w;
  happening left(w.io);
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    try {
      co_await pause(20s);
    } catch (const std::system_error&) {
      EXPECT_TRUE(context.cancelled());
    }
    left.now();
    co_return reply("late");
  };
  w.play([&]() -> awaitable<void> {
    std::optional<status> end;
    w.stub->SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    while (w.greeter.calls == 0) co_await pause(1ms);
    w.server->stop();
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
    co_await left.wait();
    EXPECT_EQ(w.server->connection_count(), 0U);
  });
}

TEST(a_server, that_restarts_serves_again_on_the_same_port_at_once) {
  world w;
  w.play([&]() -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(
          std::get<0>(co_await w.stub->SayHello(request("x"), {.wait_for_ready = true})).ok());
      w.server.reset();
      w.server.emplace(w.io);
      w.server->add(w.greeter);
      const auto listening = w.server->listen(w.address);
      EXPECT_TRUE(listening) << listening.error().message();
      while (w.channel->state() == channel_state::ready) co_await pause(1ms);
    }
  });
}

TEST(a_port, that_is_taken_is_told_in_one_sentence) {
  world w;
  server second(w.io);
  const auto failed = second.listen(w.address);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(),
            "cannot listen on " + w.address +
                ": the port is taken; stop the other program or choose another port");
  EXPECT_FALSE(second.listen("no.such.name:1"));
  EXPECT_FALSE(second.listen("1.2.3.4:x"));
  EXPECT_FALSE(second.listen("unix:/no/such/folder/socket"));
}

TEST(a_server, may_listen_on_several_addresses) {
  world w;
  const auto more = w.server->listen("[::1]:0");
  ASSERT_TRUE(more);
  channel other(w.io, *more);
  Greeter::stub stub(other);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_TRUE(std::get<0>(co_await stub.SayHello(request("x"))).ok());
    EXPECT_EQ(w.server->connection_count(), 2U);
  });
}

TEST(a_server, refuses_services_when_it_listens_and_methods_it_has) {
  world w;
  scripted_greeter another;
  EXPECT_THROW(w.server->add(another), std::logic_error);
  server fresh(w.io);
  fresh.add(another);
  EXPECT_THROW(fresh.add(another), std::invalid_argument);
}

TEST(servers, share_a_port_when_they_ask_for_it) {
  server_options options;
  options.reuse_port = true;
  world w("127.0.0.1:0", options);
  server second(w.io, options);
  EXPECT_TRUE(second.listen(w.address));
}

TEST(a_unix_socket, is_removed_with_its_server_and_replaced_when_stale) {
  const std::string path = "/tmp/grpcwire-e2e-stale-" + std::to_string(::getpid());
  {
    asio::io_context io;
    asio::local::stream_protocol::acceptor left_behind(io, path);
  }
  {
    world w("unix:" + path);
    w.play([&]() -> awaitable<void> {
      EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    });
    server second(w.io);
    EXPECT_FALSE(second.listen("unix:" + path));
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace grpcwire::tests
