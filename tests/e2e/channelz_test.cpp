// The ready-made channelz service, called through real sockets: a server for administrators watches
// another one, so that what is counted there is only what each test does.
#include <array>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/channelz_service.hpp>

#include "grpc/channelz/v1/channelz.grpcwire.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using namespace grpc::channelz::v1;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t first_server = 1'000'000'000'000;

template <class Request>
Request with_id(void (Request::*set)(std::int64_t), std::int64_t id) {
  Request r;
  (r.*set)(id);
  return r;
}

/// Not more than a minute before or after the present.
bool recent(const google::protobuf::Timestamp& t) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return t.seconds() > now - 60 && t.seconds() < now + 60 && t.nanos() >= 0;
}

struct channelz_test : testing::Test {
  explicit channelz_test(server_options options = {}) : watched("127.0.0.1:0", std::move(options)) {
    channelz.watch(*watched.server);
    admin.emplace(watched.io);
    admin->add(channelz);
    const auto listening = admin->listen("127.0.0.1:0");
    if (!listening) throw std::runtime_error(listening.error().message());
    to_admin.emplace(watched.io, *listening);
    stub.emplace(*to_admin);
  }
  template <class Body>
  void play(Body body) {
    watched.play(std::move(body));
  }
  awaitable<status> greet() {
    const auto [end, reply] = co_await watched.stub->SayHello(request("Peter"));
    co_return end;
  }
  awaitable<Server> look_at_server() {
    const auto [end, r] =
        co_await stub->GetServer(with_id(&GetServerRequest::set_server_id, first_server));
    EXPECT_TRUE(end.ok()) << describe(end);
    co_return r.server();
  }
  awaitable<std::vector<SocketRef>> sockets() {
    const auto [end, r] = co_await stub->GetServerSockets(
        with_id(&GetServerSocketsRequest::set_server_id, first_server));
    EXPECT_TRUE(end.ok()) << describe(end);
    co_return std::vector<SocketRef>(r.socket_ref().begin(), r.socket_ref().end());
  }
  awaitable<Socket> look_at_socket(std::int64_t id) {
    const auto [end, r] = co_await stub->GetSocket(with_id(&GetSocketRequest::set_socket_id, id));
    EXPECT_TRUE(end.ok()) << describe(end);
    co_return r.socket();
  }
  /// The only connection of the server that is watched.
  awaitable<Socket> look_at_connection() {
    const std::vector<SocketRef> all = co_await sockets();
    EXPECT_EQ(all.size(), 1U);
    co_return co_await look_at_socket(all.at(0).socket_id());
  }
  /// Streams end at the server a little later than at the client.
  awaitable<Server> look_when_over(std::int64_t calls) {
    for (;;) {
      Server found = co_await look_at_server();
      const ServerData& data = found.data();
      if (data.calls_succeeded() + data.calls_failed() >= calls) co_return found;
      co_await pause(5ms);
    }
  }

  world watched;
  channelz_service channelz;
  std::optional<server> admin;
  std::optional<channel> to_admin;
  std::optional<Channelz::stub> stub;
};

using channelz_tells = channelz_test;

TEST_F(channelz_tells, of_the_servers_that_it_watches_and_the_one_that_it_is_added_to) {
  play([&]() -> awaitable<void> {
    const auto [end, all] = co_await stub->GetServers({});
    EXPECT_TRUE(end.ok()) << describe(end);
    EXPECT_TRUE(all.end());
    EXPECT_EQ(all.server_size(), 2);
    EXPECT_EQ(all.server(0).ref().server_id(), first_server);
    EXPECT_EQ(all.server(0).ref().name(), watched.address);
    EXPECT_EQ(all.server(0).listen_socket_size(), 1);
    EXPECT_EQ(all.server(0).listen_socket(0).name(), watched.address);
    EXPECT_TRUE(recent(all.server(0).data().trace().creation_timestamp()));
    EXPECT_FALSE(all.server(0).data().has_last_call_started_timestamp());
    EXPECT_EQ(all.server(1).ref().server_id(), 2 * first_server);
    EXPECT_EQ(all.server(1).data().calls_started(), 1);  // this one
    EXPECT_EQ(all.server(1).data().calls_succeeded(), 0);

    const Socket listener = co_await look_at_socket(all.server(0).listen_socket(0).socket_id());
    EXPECT_EQ(listener.ref().name(), watched.address);
    EXPECT_EQ(listener.local().tcpip_address().ip_address(), std::string("\x7f\0\0\x01", 4));
    EXPECT_FALSE(listener.has_remote());
  });
}

TEST_F(channelz_tells, how_calls_ended) {
  watched.greeter.replies = [](server_context&, HelloRequest r,
                               greeter_server_call&) -> awaitable<status> {
    co_return status(status_code::aborted, r.name());
  };
  play([&]() -> awaitable<void> {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE((co_await greet()).ok());
    auto failing = watched.stub->SayHelloStreamReply(request("no"));
    EXPECT_EQ((co_await failing.finish()).code(), status_code::aborted);
    {
      auto cancelled = watched.stub->SayHelloBidiStream();
      EXPECT_TRUE(co_await cancelled.write(request("a")));
      EXPECT_TRUE(says(co_await cancelled.read(), "a"));
      const Server now = co_await look_at_server();
      EXPECT_EQ(now.data().calls_started(), 5);
      EXPECT_EQ(now.data().calls_succeeded(), 3);
      EXPECT_EQ(now.data().calls_failed(), 1);
    }
    const Server now = co_await look_when_over(5);
    EXPECT_EQ(now.data().calls_started(), 5);
    EXPECT_EQ(now.data().calls_succeeded(), 3);
    EXPECT_EQ(now.data().calls_failed(), 2);
    EXPECT_TRUE(recent(now.data().last_call_started_timestamp()));

    const Socket connection = co_await look_at_connection();
    EXPECT_EQ(connection.data().streams_started(), 5);
    EXPECT_EQ(connection.data().streams_succeeded(), 4);  // one of them with ABORTED
    EXPECT_EQ(connection.data().streams_failed(), 1);
    EXPECT_EQ(connection.data().messages_received(), 5);
    EXPECT_EQ(connection.data().messages_sent(), 4);
  });
}

TEST_F(channelz_tells, that_a_status_ahead_of_the_end_of_the_request_went_out) {
  watched.greeter.chat = [](server_context&, greeter_server_call&) -> awaitable<status> {
    co_return status();
  };
  play([&]() -> awaitable<void> {
    auto call = watched.stub->SayHelloBidiStream();
    EXPECT_TRUE((co_await call.finish()).ok());
    const Server now = co_await look_when_over(1);
    EXPECT_EQ(now.data().calls_succeeded(), 1);
    EXPECT_EQ((co_await look_at_connection()).data().streams_succeeded(), 1);
  });
}

TEST_F(channelz_tells, where_a_connection_goes_and_what_it_may_send) {
  play([&]() -> awaitable<void> {
    EXPECT_TRUE((co_await greet()).ok());
    const Socket s = co_await look_at_connection();
    EXPECT_GT(s.ref().socket_id(), first_server);
    EXPECT_THAT(s.ref().name(), HasSubstr("->" + watched.address));
    EXPECT_EQ(s.local().tcpip_address().ip_address(), std::string("\x7f\0\0\x01", 4));
    EXPECT_EQ("127.0.0.1:" + std::to_string(s.local().tcpip_address().port()), watched.address);
    EXPECT_EQ(s.remote().tcpip_address().ip_address(), std::string("\x7f\0\0\x01", 4));
    EXPECT_NE(s.remote().tcpip_address().port(), s.local().tcpip_address().port());
    EXPECT_FALSE(s.has_security());
    EXPECT_EQ(s.data().keep_alives_sent(), 0);
    EXPECT_TRUE(recent(s.data().last_remote_stream_created_timestamp()));
    EXPECT_TRUE(recent(s.data().last_message_sent_timestamp()));
    EXPECT_TRUE(recent(s.data().last_message_received_timestamp()));
    EXPECT_FALSE(s.data().has_last_local_stream_created_timestamp());
    // What both sides announce, less what this call has used of it.
    const transport::session_settings usual;
    EXPECT_GT(s.data().local_flow_control_window().value(), usual.connection_window - 100);
    EXPECT_GT(s.data().remote_flow_control_window().value(), usual.connection_window - 100);
    EXPECT_LE(s.data().remote_flow_control_window().value(), usual.connection_window);
  });
}

TEST_F(channelz_tells, when_a_message_was_sent_long_after_anything_came) {
  watched.greeter.replies = [](server_context&, HelloRequest,
                               greeter_server_call& call) -> awaitable<status> {
    co_await pause(300ms);
    (void)co_await call.write(reply("late"));
    co_return status();
  };
  play([&]() -> awaitable<void> {
    auto call = watched.stub->SayHelloStreamReply(request("a"));
    EXPECT_TRUE(says(co_await call.read(), "late"));
    const SocketData data = (co_await look_at_connection()).data();
    const auto milliseconds = [](const google::protobuf::Timestamp& t) {
      return t.seconds() * 1000 + t.nanos() / 1'000'000;
    };
    EXPECT_GE(milliseconds(data.last_message_sent_timestamp()) -
                  milliseconds(data.last_message_received_timestamp()),
              290);
  });
}

TEST_F(channelz_tells, of_a_connection_within_the_process) {
  auto inside = watched.server->connect_in_process(watched.io);
  play([&]() -> awaitable<void> {
    const auto [end, r] = co_await Greeter::stub(inside).SayHello(request("Peter"));
    EXPECT_TRUE(end.ok()) << describe(end);
    const Socket s = co_await look_at_connection();
    EXPECT_EQ(s.remote().other_address().name(), "in-process");
    EXPECT_EQ(s.data().messages_sent(), 1);
  });
}

TEST_F(channelz_tells, what_connections_counted_that_are_gone) {
  play([&]() -> awaitable<void> {
    EXPECT_TRUE((co_await greet()).ok());
    const std::int64_t old = (co_await sockets()).at(0).socket_id();
    watched.stub.reset();
    watched.channel.reset();
    while (watched.server->connection_count() != 0) co_await pause(5ms);
    EXPECT_TRUE((co_await sockets()).empty());
    const auto [end, none] =
        co_await stub->GetSocket(with_id(&GetSocketRequest::set_socket_id, old));
    EXPECT_EQ(end.code(), status_code::not_found);
    watched.connect();
    EXPECT_TRUE((co_await greet()).ok());
    EXPECT_GT((co_await sockets()).at(0).socket_id(), old) << "ids are not used again";
    const Server now = co_await look_when_over(2);
    EXPECT_EQ(now.data().calls_succeeded(), 2);
    EXPECT_EQ(now.data().trace().num_events_logged(), 0) << "both ended in peace";
  });
}

TEST_F(channelz_tells, of_connections_that_failed_but_only_of_the_last_ones) {
  play([&]() -> awaitable<void> {
    const auto port = std::stoi(watched.address.substr(watched.address.rfind(':') + 1));
    for (int i = 0; i < 35; ++i) {
      asio::ip::tcp::socket socket(watched.io);
      co_await socket.async_connect(
          {asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)},
          asio::use_awaitable);
      co_await asio::async_write(socket, asio::buffer("GET / HTTP/1.1\r\n\r\n\r\n\r\n", 22),
                                 asio::use_awaitable);
      std::array<char, 1000> answer;
      std::error_code ended;
      while (!ended) {
        co_await socket.async_read_some(asio::buffer(answer),
                                        asio::redirect_error(asio::use_awaitable, ended));
      }
    }
    while (watched.server->connection_count() != 0) co_await pause(5ms);
    const ChannelTrace trace = (co_await look_at_server()).data().trace();
    EXPECT_EQ(trace.num_events_logged(), 35);
    EXPECT_EQ(trace.events_size(), 30);
    EXPECT_THAT(trace.events(29).description(), HasSubstr("127.0.0.1:"));
    EXPECT_EQ(trace.events(29).severity(), ChannelTraceEvent::CT_WARNING);
    EXPECT_TRUE(recent(trace.events(29).timestamp()));
    EXPECT_THAT(co_await channelz.text(), HasSubstr("35 closed, 35 of them by a failure"));
  });
}

TEST_F(channelz_tells, of_many_connections_in_pages) {
  play([&]() -> awaitable<void> {
    std::vector<channel> channels;
    for (int i = 0; i < 105; ++i) {
      channels.emplace_back(watched.io, watched.address);
      const auto [end, r] = co_await Greeter::stub(channels.back()).SayHello(request("a"));
      EXPECT_TRUE(end.ok());
    }
    GetServerSocketsRequest page = with_id(&GetServerSocketsRequest::set_server_id, first_server);
    std::vector<int> sizes;
    std::int64_t last = 0;
    for (bool over = false; !over;) {
      page.set_start_socket_id(last + 1);
      page.set_max_results(sizes.empty() ? 3 : 0);
      const auto [end, r] = co_await stub->GetServerSockets(page);
      EXPECT_TRUE(end.ok());
      for (const SocketRef& each : r.socket_ref()) {
        EXPECT_GT(each.socket_id(), last);
        last = each.socket_id();
      }
      sizes.push_back(r.socket_ref_size());
      over = r.end();
    }
    EXPECT_THAT(sizes, testing::ElementsAre(3, 100, 2));

    page.set_start_socket_id(0);
    page.set_max_results(105);
    const auto [end, r] = co_await stub->GetServerSockets(page);
    EXPECT_EQ(r.socket_ref_size(), 100);
    EXPECT_FALSE(r.end());

    GetServersRequest servers;
    servers.set_max_results(1);
    const auto [end_1, one] = co_await stub->GetServers(servers);
    EXPECT_EQ(one.server_size(), 1);
    EXPECT_FALSE(one.end());
    servers.set_start_server_id(first_server + 1);
    const auto [end_2, other] = co_await stub->GetServers(servers);
    EXPECT_EQ(other.server(0).ref().server_id(), 2 * first_server);
    EXPECT_TRUE(other.end());
    servers.set_start_server_id(2 * first_server + 1);
    const auto [end_3, none] = co_await stub->GetServers(servers);
    EXPECT_EQ(none.server_size(), 0);
    EXPECT_TRUE(none.end());
  });
}

TEST_F(channelz_tells, that_it_does_not_know_what_is_not_there) {
  play([&]() -> awaitable<void> {
    for (const std::int64_t id :
         {std::int64_t{-1}, std::int64_t{0}, std::int64_t{7}, first_server + 999, 9 * first_server,
          -first_server, std::numeric_limits<std::int64_t>::max()}) {
      const auto [server, no_server] =
          co_await stub->GetServer(with_id(&GetServerRequest::set_server_id, id));
      EXPECT_EQ(server.code(), status_code::not_found) << id;
      const auto [list, no_list] =
          co_await stub->GetServerSockets(with_id(&GetServerSocketsRequest::set_server_id, id));
      EXPECT_EQ(list.code(), status_code::not_found) << id;
      const auto [socket, no_socket] =
          co_await stub->GetSocket(with_id(&GetSocketRequest::set_socket_id, id));
      EXPECT_EQ(socket.code(), status_code::not_found) << id;
      const auto [channel, no_channel] =
          co_await stub->GetChannel(with_id(&GetChannelRequest::set_channel_id, id));
      EXPECT_EQ(channel.code(), status_code::not_found) << id;
      const auto [sub, no_sub] =
          co_await stub->GetSubchannel(with_id(&GetSubchannelRequest::set_subchannel_id, id));
      EXPECT_EQ(sub.code(), status_code::not_found) << id;
    }
    const auto [end, top] = co_await stub->GetTopChannels({});
    EXPECT_TRUE(end.ok());
    EXPECT_TRUE(top.end());
    EXPECT_EQ(top.channel_size(), 0);
  });
}

TEST_F(channelz_tells, nothing_of_a_server_that_is_gone) {
  play([&]() -> awaitable<void> {
    EXPECT_TRUE((co_await greet()).ok());
    watched.stub.reset();
    watched.channel.reset();
    watched.server.reset();
    for (;;) {
      const auto [end, all] = co_await stub->GetServers({});
      if (all.server_size() == 1) {
        EXPECT_EQ(all.server(0).ref().server_id(), 2 * first_server);
        break;
      }
      co_await pause(5ms);
    }
    EXPECT_THAT(co_await channelz.text(), Not(HasSubstr("server 1000000000000,")));
  });
}

TEST_F(channelz_tells, people_the_same_as_text) {
  happening may_end(watched.io);
  watched.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await may_end.wait();
    co_return reply("Hello");
  };
  play([&]() -> awaitable<void> {
    auto streamed = watched.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await streamed.write(request("a")));
    EXPECT_TRUE(says(co_await streamed.read(), "a"));
    const std::string text = co_await channelz.text();
    EXPECT_THAT(text, HasSubstr("server 1000000000000, since 20"));
    EXPECT_THAT(text, HasSubstr("  listener 1000000000001 " + watched.address + "\n"));
    EXPECT_THAT(text, HasSubstr("  calls: 1 started, the last one "));
    EXPECT_THAT(text, HasSubstr(" s ago; 0 succeeded, 0 failed, 1 in flight\n"));
    EXPECT_THAT(text, HasSubstr("  connections: 1 open, 0 closed, 0 of them by a failure\n"));
    EXPECT_THAT(text,
                HasSubstr("  limits: 10000 connections, 256 calls and 1024 handlers of each,"));
    EXPECT_THAT(text, HasSubstr("  connection 1000000000002 127.0.0.1:"));
    EXPECT_THAT(text,
                HasSubstr("    now: 1 streams, 1 handlers, 0 bytes unread, 0 bytes queued\n"));
    EXPECT_THAT(text, HasSubstr("server 2000000000000, since 20"));
    may_end.now();
  });
}

struct channelz_of_a_pinging_server : channelz_test {
  static server_options pinging() {
    server_options options;
    options.keepalive = {.time = 10ms, .timeout = 20s, .time_min = 0ms};
    return options;
  }
  channelz_of_a_pinging_server() : channelz_test(pinging()) {}
};

TEST_F(channelz_of_a_pinging_server, counts_keepalives) {
  play([&]() -> awaitable<void> {
    EXPECT_TRUE((co_await greet()).ok());
    while ((co_await look_at_connection()).data().keep_alives_sent() < 3) co_await pause(10ms);
  });
}

TEST(channelz_of_many_threads, looks_at_busy_servers) {
  asio::io_context io;
  scripted_greeter greeter;
  channelz_service channelz;
  server s(io);
  s.add(greeter);
  s.add(channelz);
  const auto listening = s.listen("127.0.0.1:0");
  ASSERT_TRUE(listening);
  const auto work = asio::make_work_guard(io);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { io.run(); });

  constexpr int callers = 3;
  constexpr int calls = 300;
  {
    std::vector<std::jthread> busy;
    for (int i = 0; i < callers; ++i) {
      busy.emplace_back([&] {
        channel c(*listening);
        Greeter::stub stub(c);
        for (int n = 0; n < calls; ++n) {
          EXPECT_TRUE(std::get<0>(stub.SayHello(request("a"), blocking)).ok());
        }
      });
    }
    channel c(*listening);
    Channelz::stub stub(c);
    std::int64_t before = 0;
    for (std::int64_t i = 1; before < callers * calls; ++i) {
      const auto [end, all] = stub.GetServers({}, blocking);
      ASSERT_TRUE(end.ok()) << describe(end);
      const ServerData& data = all.server(0).data();
      EXPECT_GE(data.calls_succeeded(), before) << "connections come and go, the sum stays";
      EXPECT_EQ(data.calls_failed(), 0);
      before = data.calls_succeeded() - (i - 1);
    }
    EXPECT_EQ(before, callers * calls);
  }
  s.stop();
  io.stop();
}

}  // namespace
}  // namespace grpcwire::tests
