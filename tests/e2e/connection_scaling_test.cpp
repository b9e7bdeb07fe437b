// Several connections to one server, whose streams are not enough for the calls (gRFC A105).

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/rpc/health_service.hpp>

#include "tests/support/e2e_fleet.hpp"
#include "tests/support/e2e_raw_peer.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

server_options narrow(std::uint32_t streams) {
  server_options options;
  options.session.max_concurrent_streams = streams;
  return options;
}

channel_options up_to(std::uint32_t connections) {
  channel_options options = quick_channel();
  options.max_connections_per_backend = connections;
  return options;
}

/// A server with two streams for each connection, whose calls run until they are let go, and a
/// count of those of each connection.
struct narrow_world : world {
  explicit narrow_world(channel_options options, std::uint32_t streams = 2)
      : world("127.0.0.1:0", narrow(streams), std::move(options)), let_go(io) {
    greeter.chat = [this](server_context& context, greeter_server_call&) -> awaitable<status> {
      const std::string peer = context.peer();
      ++running[peer];
      co_await let_go.wait();
      if (--running[peer] == 0) running.erase(peer);
      co_return status();
    };
  }
  int all_running() const {
    int all = 0;
    for (const auto& [peer, count] : running) all += count;
    return all;
  }
  void open(int count) {
    for (int i = 0; i < count; ++i) calls.push_back(stub->SayHelloBidiStream());
  }
  awaitable<void> until_running(int count) {
    while (all_running() != count) co_await pause(1ms);
  }
  awaitable<void> finish_all() {
    let_go.now();
    for (greeter_call& call : calls) {
      const status end = co_await call.finish();
      EXPECT_TRUE(end.ok()) << describe(end);
    }
    calls.clear();
  }

  happening let_go;
  std::map<std::string, int> running;
  std::deque<greeter_call> calls;
};

TEST(connection_scaling, makes_as_many_connections_as_the_calls_want) {
  narrow_world w(up_to(5));
  w.play([&]() -> awaitable<void> {
    w.open(10);
    co_await w.until_running(10);
    EXPECT_EQ(w.server->connection_count(), 5U);
    EXPECT_EQ(w.running.size(), 5U) << "two calls on each";
    co_await w.finish_all();
  });
}

TEST(connection_scaling, makes_no_connection_while_there_is_a_free_stream) {
  narrow_world w(up_to(5));
  w.play([&]() -> awaitable<void> {
    w.open(2);
    co_await w.until_running(2);
    co_await pause(50ms);
    EXPECT_EQ(w.server->connection_count(), 1U);
    w.open(1);
    co_await w.until_running(3);
    EXPECT_EQ(w.server->connection_count(), 2U);
    co_await w.finish_all();
  });
}

TEST(connection_scaling, is_off_by_default) {
  narrow_world w(quick_channel());
  w.play([&]() -> awaitable<void> {
    w.open(5);
    co_await w.until_running(2);
    co_await pause(50ms);
    EXPECT_EQ(w.all_running(), 2);
    EXPECT_EQ(w.server->connection_count(), 1U);
    co_await w.finish_all();
  });
}

TEST(connection_scaling, lets_calls_wait_at_the_limit_for_a_stream_of_any_connection) {
  narrow_world w(up_to(3));
  w.play([&]() -> awaitable<void> {
    w.open(6);
    co_await w.until_running(6);
    // Each connection has its turn to have the free stream.
    for (std::size_t i = 0; i < 6; ++i) {
      w.open(1);
      co_await pause(10ms);
      EXPECT_EQ(w.all_running(), 6);
      const auto before = w.greeter.calls.load();
      w.calls[i].cancel();
      while (w.greeter.calls == before) co_await pause(1ms);
    }
    EXPECT_EQ(w.server->connection_count(), 3U);
    w.calls.erase(w.calls.begin(), w.calls.begin() + 6);
    co_await w.finish_all();
  });
}

TEST(connection_scaling, serves_many_short_calls_over_few_streams) {
  world w("127.0.0.1:0", narrow(2), up_to(3));
  w.play([&]() -> awaitable<void> {
    int ended = 0;
    for (int i = 0; i < 2000; ++i) {
      w.stub->SayHello(request("x"), [&](const status& end, const HelloReply&) {
        EXPECT_TRUE(end.ok()) << describe(end);
        ++ended;
      });
    }
    while (ended != 2000) co_await pause(1ms);
    EXPECT_EQ(w.greeter.calls, 2000);
    EXPECT_EQ(w.server->connection_count(), 3U);
  });
}

TEST(connection_scaling, follows_the_service_config_up_to_ten) {
  channel_options options = up_to(7);
  options.service_config = R"({"connectionScaling": {"maxConnectionsPerSubchannel": 2}})";
  narrow_world two(options);
  two.play([&]() -> awaitable<void> {
    two.open(5);
    co_await two.until_running(4);
    co_await pause(20ms);
    EXPECT_EQ(two.server->connection_count(), 2U);
    co_await two.finish_all();
  });
  options.service_config = R"({"connectionScaling": {"maxConnectionsPerSubchannel": 1000}})";
  narrow_world ten(options, 1);
  ten.play([&]() -> awaitable<void> {
    ten.open(12);
    co_await ten.until_running(10);
    co_await pause(20ms);
    EXPECT_EQ(ten.server->connection_count(), 10U);
    co_await ten.finish_all();
  });
}

TEST(connection_scaling, is_for_each_backend_of_a_policy) {
  fleet f(0);
  for (const char* name : {"a", "b"}) {
    f.servers.push_back(std::make_unique<named_server>(f.io, name, "127.0.0.1:0", narrow(2)));
  }
  int running = 0;
  happening let_go(f.io);
  for (auto& s : f.servers) {
    s->greeter.chat = [&](server_context&, greeter_server_call&) -> awaitable<status> {
      ++running;
      co_await let_go.wait();
      co_return status();
    };
  }
  f.connect("round_robin", up_to(2));
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    std::vector<greeter_call> calls;
    for (int i = 0; i < 8; ++i) calls.push_back(f.stub->SayHelloBidiStream());
    while (running != 8) co_await pause(1ms);
    EXPECT_EQ(f.servers[0]->server->connection_count(), 2U);
    EXPECT_EQ(f.servers[1]->server->connection_count(), 2U);
    let_go.now();
    for (greeter_call& call : calls) {
      const status end = co_await call.finish();
      EXPECT_TRUE(end.ok()) << describe(end);
    }
  });
}

TEST(connection_scaling, ends_the_surplus_when_it_was_idle_for_a_while) {
  channel_options options = up_to(3);
  options.idle_timeout = 100ms;
  narrow_world w(options);
  happening stay(w.io);
  w.greeter.replies = [&](server_context&, HelloRequest,
                          greeter_server_call& c) -> awaitable<status> {
    (void)co_await c.write(reply("here"));
    co_await stay.wait();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call first = w.stub->SayHelloStreamReply(request("x"));
    EXPECT_TRUE(says(co_await first.read(), "here"));
    w.open(5);
    co_await w.until_running(5);
    EXPECT_EQ(w.server->connection_count(), 3U);
    co_await w.finish_all();
    while (w.server->connection_count() != 1) co_await pause(5ms);
    EXPECT_EQ(w.channel->state(), channel_state::ready);
    stay.now();
    EXPECT_TRUE((co_await first.finish()).ok());
  });
}

/// With several connections that end at about the same time a call may be refused more than once,
/// which is for a policy.
constexpr const char* again_when_refused = R"("methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 5, "initialBackoff": "0.01s", "maxBackoff": "0.1s", "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"]}}])";

TEST(connection_scaling, goes_on_while_connections_age) {
  server_options options = narrow(2);
  options.max_connection_age = 50ms;
  options.max_connection_age_grace = 20s;
  channel_options of_channel = up_to(4);
  of_channel.service_config = "{" + std::string(again_when_refused) + "}";
  world w("127.0.0.1:0", options, of_channel);
  w.greeter.hello = [](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    co_await pause(3ms);
    co_return co_await scripted_greeter::greet(std::move(r));
  };
  w.play([&]() -> awaitable<void> {
    int ended = 0;
    for (int i = 0; i < 600; ++i) {
      w.stub->SayHello(request("x"), [&](const status& end, const HelloReply&) {
        EXPECT_TRUE(end.ok()) << describe(end);
        ++ended;
      });
      if (i % 4 == 0) co_await pause(1ms);
    }
    while (ended != 600) co_await pause(1ms);
  });
}

TEST(connection_scaling, moves_the_health_check_when_its_connection_goes) {
  health_service health;
  server_options options = narrow(2);
  options.max_connection_age = 100ms;
  options.max_connection_age_grace = 20s;
  fleet f(0);
  f.servers.push_back(std::make_unique<named_server>(f.io, "a", "127.0.0.1:0", options, &health));
  f.servers[0]->greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await pause(2ms);
    co_return reply("a");
  };
  channel_options how = up_to(3);
  how.service_config = R"({"loadBalancingConfig": [{"round_robin": {}}],
                           "healthCheckConfig": {"serviceName": ""}, )" +
                       std::string(again_when_refused) + "}";
  f.connect("round_robin", how);
  f.find_all();
  f.play([&]() -> awaitable<void> {
    int ended = 0;
    for (int i = 0; i < 300; ++i) {
      f.stub->SayHello(request("x"), [&](const status& end, const HelloReply&) {
        EXPECT_TRUE(end.ok()) << describe(end);
        ++ended;
      });
      if (i % 3 == 0) co_await pause(2ms);
    }
    while (ended != 300) co_await pause(1ms);
    health.set_status("", serving_status::not_serving);
    while (f.channel->state() != channel_state::transient_failure) co_await pause(5ms);
    f.channel->shutdown();
    while (f.servers[0]->server->connection_count() != 0) co_await pause(5ms);
    co_await pause(5ms);  // its handlers end
  });
}

std::string one_stream() {
  return frames()
      .settings({{transport::http2::setting::max_concurrent_streams, 1}})
      .settings_ack()
      .text();
}

std::string answer(std::uint32_t stream) {
  constexpr auto end_flags = static_cast<std::uint8_t>(transport::http2::flag::end_headers |
                                                       transport::http2::flag::end_stream);
  return frames()
      .headers(stream, {{":status", "200"}, {"content-type", "application/grpc"}})
      .data(stream, framed(reply("here")))
      .headers(stream, {{"grpc-status", "0"}}, end_flags)
      .text();
}

/// The server's end, frame by frame: one stream for each connection.
struct raw_world {
  explicit raw_world(channel_options options = up_to(2))
      : channel(io, listener.address(), std::move(options)), stub(channel) {}

  awaitable<raw_peer> accept() {
    raw_peer peer = co_await listener.accept();
    co_await peer.send(one_stream());
    co_return peer;
  }
  void call() {
    const std::size_t i = ends.size();
    ends.emplace_back();
    stub.SayHello(request("x"),
                  [this, i](status end, const HelloReply&) { ends[i] = std::move(end); });
  }
  awaitable<void> until_ended(std::size_t i) {
    while (!ends[i]) co_await pause(1ms);
  }

  asio::io_context io;
  raw_listener listener{io};
  grpcwire::channel channel;
  Greeter::stub stub;
  std::deque<std::optional<status>> ends;
};

TEST(connection_scaling, survives_the_loss_of_one_connection) {
  raw_world w;
  play(w.io, [&]() -> awaitable<void> {
    w.call();
    w.call();
    raw_peer first = co_await w.accept();
    (void)co_await first.next("HEADERS 1");
    raw_peer second = co_await w.accept();
    (void)co_await second.next("HEADERS 1");
    first.close();
    co_await w.until_ended(0);
    EXPECT_EQ(w.ends[0]->code(), status_code::unavailable);
    EXPECT_EQ(w.channel.state(), channel_state::ready);
    co_await second.send(answer(1));
    co_await w.until_ended(1);
    EXPECT_TRUE(w.ends[1]->ok()) << describe(*w.ends[1]);
    w.call();
    (void)co_await second.next("HEADERS 3");
    co_await second.send(answer(3));
    co_await w.until_ended(2);
    EXPECT_TRUE(w.ends[2]->ok()) << describe(*w.ends[2]);
    EXPECT_EQ(w.channel.state(), channel_state::ready);
    second.close();
    while (w.channel.state() != channel_state::idle) co_await pause(1ms);
  });
}

TEST(connection_scaling, is_no_failure_when_another_connection_cannot_be_had) {
  raw_world w;
  play(w.io, [&]() -> awaitable<void> {
    w.call();
    raw_peer only = co_await w.accept();
    (void)co_await only.next("HEADERS 1");
    w.listener.close();
    w.call();
    co_await pause(200ms);  // several attempts
    EXPECT_EQ(w.channel.state(), channel_state::ready);
    EXPECT_FALSE(w.ends[1]);
    co_await only.send(answer(1));
    (void)co_await only.next("HEADERS 3");
    co_await only.send(answer(3));
    co_await w.until_ended(1);
    EXPECT_TRUE(w.ends[1]->ok()) << describe(*w.ends[1]);
  });
}

TEST(connection_scaling, takes_a_connection_on_its_way_when_the_first_is_lost) {
  raw_world w;
  play(w.io, [&]() -> awaitable<void> {
    w.call();
    raw_peer first = co_await w.accept();
    (void)co_await first.next("HEADERS 1");
    w.call();
    raw_peer second = co_await w.listener.accept();
    first.close();
    co_await w.until_ended(0);
    while (w.channel.state() != channel_state::connecting) co_await pause(1ms);
    co_await second.send(frames().settings().settings_ack());
    while (w.channel.state() != channel_state::ready) co_await pause(1ms);
    w.call();
    (void)co_await second.next("HEADERS");
    co_await second.send(answer(1));
    co_await w.until_ended(2);
    EXPECT_TRUE(w.ends[2]->ok()) << describe(*w.ends[2]);
  });
}

TEST(connection_scaling, may_go_with_its_io_context) {
  auto w = std::make_unique<raw_world>();
  std::vector<raw_peer> peers;
  play(w->io, [&]() -> awaitable<void> {
    for (int i = 0; i < 4; ++i) w->call();
    for (int i = 0; i < 2; ++i) {
      raw_peer peer = co_await w->accept();
      (void)co_await peer.next("HEADERS 1");
      peers.push_back(std::move(peer));
    }
  });
  peers.clear();
  w.reset();
}

TEST(connection_scaling, ends_with_the_channel) {
  narrow_world w(up_to(5));
  w.play([&]() -> awaitable<void> {
    w.open(12);
    co_await w.until_running(10);
    w.channel->shutdown();
    for (greeter_call& call : w.calls) {
      EXPECT_EQ((co_await call.finish()).code(), status_code::unavailable);
    }
    while (w.server->connection_count() != 0) co_await pause(1ms);
  });
}

}  // namespace
}  // namespace grpcwire::tests
