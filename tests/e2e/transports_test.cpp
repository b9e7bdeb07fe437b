// Calls over what is no dialled TCP connection: descriptors, handed-over listeners, memory.

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>

#include <grpcwire/rpc/socket_activation.hpp>

#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

struct socket_pair {
  socket_pair() {
    int both[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0) {
      first = both[0];
      second = both[1];
    }
  }
  int first = -1;
  int second = -1;
};

/// A server that answers with `:authority`, and nothing that listens.
struct quiet_world {
  quiet_world() : server(io) {
    greeter.hello = [this](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
      peer = context.peer();
      co_return reply(context.authority());
    };
    server.add(greeter);
  }
  asio::io_context io;
  scripted_greeter greeter;
  grpcwire::server server;
  std::string peer;
};

awaitable<void> expect_authority(const channel& over, std::string_view authority) {
  Greeter::stub stub(over);
  const auto [status, answer] = co_await stub.SayHello(request("x"));
  EXPECT_TRUE(status.ok()) << describe(status);
  EXPECT_EQ(answer.message(), authority);
}

TEST(a_socketpair, carries_calls_with_localhost_as_authority) {
  quiet_world w;
  const socket_pair ends;
  ASSERT_TRUE(w.server.serve(ends.second).ok());
  const channel c = channel::from_descriptor(w.io, ends.first);
  EXPECT_EQ(c.target(), "fd:" + std::to_string(ends.first));
  play(w.io, [&]() -> awaitable<void> {
    co_await expect_authority(c, "localhost");
    EXPECT_EQ(c.state(), channel_state::ready);
    Greeter::stub stub(c);
    greeter_call call = stub.SayHelloBidiStream();
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(co_await call.write(request(std::string(100'000, 'x'))));
      EXPECT_TRUE(says(co_await call.read(), std::string(100'000, 'x')));
    }
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_channel_over_a_descriptor, ends_with_its_connection_and_says_why) {
  quiet_world w;
  const socket_pair ends;
  ASSERT_TRUE(w.server.serve(ends.second).ok());
  const channel c = channel::from_descriptor(w.io, ends.first);
  play(w.io, [&]() -> awaitable<void> {
    co_await expect_authority(c, "localhost");
    w.server.stop();
    while (c.state() == channel_state::ready) {
      (void)co_await channel(c).wait_for_state_change(channel_state::ready);
    }
    EXPECT_EQ(c.state(), channel_state::shutdown);
    Greeter::stub stub(c);
    for (const bool wait_for_ready : {false, true}) {
      const auto end =
          std::get<0>(co_await stub.SayHello(request("x"), {.wait_for_ready = wait_for_ready}));
      EXPECT_EQ(end.code(), status_code::unavailable);
      EXPECT_NE(end.message().find("cannot connect again"), std::string::npos) << describe(end);
      EXPECT_EQ(end.details().advice, "make another channel");
    }
  });
}

TEST(a_channel_over_a_descriptor, lets_the_calls_finish_when_the_server_drains) {
  quiet_world w;
  happening go_on(w.io);
  happening begun(w.io);
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    begun.now();
    co_await go_on.wait();
    co_return reply("late");
  };
  const socket_pair ends;
  ASSERT_TRUE(w.server.serve(ends.second).ok());
  const channel c = channel::from_descriptor(w.io, ends.first);
  play(w.io, [&]() -> awaitable<void> {
    Greeter::stub stub(c);
    std::optional<status> first;
    stub.SayHello(request("x"), [&](status s, HelloReply) { first = s; });
    co_await begun.wait();
    std::optional<status> drained;
    w.server.shutdown(10s, [&](status s) { drained = s; });
    while (c.state() != channel_state::shutdown) co_await pause(1ms);
    const auto second = std::get<0>(co_await stub.SayHello(request("x")));
    EXPECT_EQ(second.code(), status_code::unavailable);
    EXPECT_FALSE(first);
    go_on.now();
    while (!first || !drained) co_await pause(1ms);
    EXPECT_TRUE(first->ok()) << describe(*first);
    EXPECT_TRUE(drained->ok());
  });
}

TEST(a_channel_over_a_descriptor, ends_its_last_calls_when_it_is_destroyed) {
  quiet_world w;
  happening never(w.io);
  happening begun(w.io);
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    begun.now();
    co_await never.wait();
    co_return reply("late");
  };
  const socket_pair ends;
  ASSERT_TRUE(w.server.serve(ends.second).ok());
  std::optional<channel> c = channel::from_descriptor(w.io, ends.first);
  play(w.io, [&]() -> awaitable<void> {
    std::optional<status> end;
    Greeter::stub(*c).SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    co_await begun.wait();
    w.server.shutdown(10s, [](status) {});
    while (c->state() != channel_state::shutdown) co_await pause(1ms);
    c.reset();
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::unavailable);
  });
}

TEST(a_descriptor, of_a_TCP_connection_works_as_well) {
  quiet_world w;
  using asio::ip::tcp;
  tcp::acceptor acceptor(w.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(w.io);
  client.connect(acceptor.local_endpoint());
  tcp::socket accepted = acceptor.accept();
  ASSERT_TRUE(w.server.serve(accepted.release()).ok());
  const std::uint16_t port = client.local_endpoint().port();
  const channel c = channel::from_descriptor(w.io, client.release());
  play(w.io, [&]() -> awaitable<void> { co_await expect_authority(c, "localhost"); });
  EXPECT_EQ(w.peer, "127.0.0.1:" + std::to_string(port));
}

TEST(a_channel_over_a_descriptor, can_have_a_loop_of_its_own) {
  asio::io_context io;
  scripted_greeter greeter;
  grpcwire::server server(io);
  server.add(greeter);
  const socket_pair ends;
  ASSERT_TRUE(server.serve(ends.second).ok());
  const loop_thread thread(io);
  const channel c = channel::from_descriptor(ends.first);
  const auto [status, answer] = Greeter::stub(c).SayHello(request("Ada"), blocking);
  EXPECT_TRUE(status.ok()) << describe(status);
  EXPECT_EQ(answer.message(), "Hello Ada");
}

TEST(a_descriptor, that_is_of_no_use_is_named_with_the_reason) {
  quiet_world w;
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  const int datagrams = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int unconnected = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::vector<std::pair<int, std::string>> cases{{1000'000, "is not open"},
                                                       {pipe_ends[0], "is no socket"},
                                                       {datagrams, "is no stream socket"},
                                                       {unconnected, "is not connected"}};
  for (const auto& [number, words] : cases) {
    const int copy = number < 1000'000 ? ::dup(number) : number;
    const status refused = w.server.serve(copy);
    EXPECT_NE(refused.message().find(words), std::string::npos) << refused.message();
    if (copy != number) {
      EXPECT_EQ(::fcntl(copy, F_GETFD), -1) << "it was taken over";
    }
    const channel c = channel::from_descriptor(w.io, number);
    play(w.io, [&]() -> awaitable<void> {
      const auto end = std::get<0>(co_await Greeter::stub(c).SayHello(request("x")));
      EXPECT_EQ(end.code(), status_code::unavailable);
      EXPECT_NE(end.message().find(words), std::string::npos) << end.message();
    });
  }
  ::close(pipe_ends[1]);
  const socket_pair ends;
  const auto listening = w.server.listen_descriptor(ends.first);
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().message().find("does not listen"), std::string::npos);
  ::close(ends.second);
}

// ---- listeners that somebody else opened

TEST(a_listening_descriptor, is_taken_over_with_its_port) {
  quiet_world w;
  using asio::ip::tcp;
  for (const tcp::endpoint& at : {tcp::endpoint(asio::ip::address_v4::loopback(), 0),
                                  tcp::endpoint(asio::ip::address_v6::loopback(), 0)}) {
    tcp::acceptor acceptor(w.io, at);
    const std::uint16_t port = acceptor.local_endpoint().port();
    const auto address = w.server.listen_descriptor(acceptor.release());
    ASSERT_TRUE(address) << address.error().message();
    EXPECT_TRUE(address->ends_with(":" + std::to_string(port))) << *address;
    const channel c(w.io, *address);
    play(w.io, [&]() -> awaitable<void> { co_await expect_authority(c, *address); });
  }
}

std::string fresh_path() {
  static int count = 0;
  return (std::filesystem::temp_directory_path() /
          ("grpcwire_" + std::to_string(::getpid()) + "_" + std::to_string(++count)))
      .string();
}

TEST(a_socket_file, goes_with_the_server_that_made_it_and_with_no_other) {
  asio::io_context io;
  const std::string path = fresh_path();
  scripted_greeter greeter;
  {
    grpcwire::server maker(io);
    maker.add(greeter);
    ASSERT_TRUE(maker.listen("unix:" + path));
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  asio::local::stream_protocol::acceptor acceptor(io, asio::local::stream_protocol::endpoint(path));
  {
    grpcwire::server user(io);
    user.add(greeter);
    const auto address = user.listen_descriptor(acceptor.release());
    ASSERT_TRUE(address) << address.error().message();
    EXPECT_EQ(*address, "unix:" + path);
    const channel c(io, *address);
    play(io, [&]() -> awaitable<void> {
      EXPECT_TRUE(std::get<0>(co_await Greeter::stub(c).SayHello(request("x"))).ok());
    });
  }
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
}

TEST(the_authority, of_Unix_domain_targets_is_localhost_and_any_other_is_accepted) {
  quiet_world w;
  const std::string path = fresh_path();
  const std::string name = "unix-abstract:grpcwire_test_" + std::to_string(::getpid());
  for (const std::string& target : {"unix:" + path, name}) {
    ASSERT_TRUE(w.server.listen(target));
    const channel c(w.io, target);
    play(w.io, [&]() -> awaitable<void> {
      co_await expect_authority(c, "localhost");
      const auto [end, answer] =
          co_await Greeter::stub(c).SayHello(request("x"), {.authority = "any.thing%20:7"});
      EXPECT_TRUE(end.ok()) << describe(end);
      EXPECT_EQ(answer.message(), "any.thing%20:7");
    });
  }
}

TEST(listening_on_any_address, takes_IPv4_as_well_unless_the_options_say_otherwise) {
  asio::io_context io;
  scripted_greeter greeter;
  for (const bool ipv6_only : {false, true}) {
    server_options options;
    options.ipv6_only = ipv6_only;
    grpcwire::server server(io, options);
    server.add(greeter);
    const auto address = server.listen("[::]:0");
    ASSERT_TRUE(address) << address.error().message();
    const std::string port = address->substr(address->rfind(':'));
    const channel v4(io, "127.0.0.1" + port, quick_channel());
    const channel v6(io, "[::1]" + port, quick_channel());
    play(io, [&]() -> awaitable<void> {
      EXPECT_TRUE(std::get<0>(co_await Greeter::stub(v6).SayHello(request("x"))).ok());
      EXPECT_EQ(std::get<0>(co_await Greeter::stub(v4).SayHello(request("x"))).ok(), !ipv6_only);
    });
  }
}

// ---- systemd

/// Runs in a process of its own, because it plays with descriptor 3 and the environment.
template <class Body>
int exit_code_of_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int how = 0;
  ::waitpid(child, &how, 0);
  return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

void announce(const std::string& pid, const char* count, const char* names) {
  ::setenv("LISTEN_PID", pid.c_str(), 1);
  ::setenv("LISTEN_FDS", count, 1);
  ::setenv("LISTEN_FDNAMES", names, 1);
}

TEST(socket_activation, hands_over_sockets_with_their_names) {
  const std::string path = fresh_path();
  EXPECT_EQ(exit_code_of_child([&] {
              asio::io_context io;
              using asio::ip::tcp;
              tcp::acceptor first(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
              asio::local::stream_protocol::acceptor second(
                  io, asio::local::stream_protocol::endpoint(path));
              const int tcp_copy = ::fcntl(first.native_handle(), F_DUPFD, 100);
              const int local_copy = ::fcntl(second.native_handle(), F_DUPFD, 100);
              ::dup2(tcp_copy, 3);
              ::dup2(local_copy, 4);
              announce(std::to_string(::getpid()), "2", "public:admin");
              const auto sockets = take_activated_sockets();
              if (!sockets || sockets->size() != 2) return 1;
              if ((*sockets)[0].name != "public" || (*sockets)[1].name != "admin") return 2;
              if ((::fcntl(3, F_GETFD) & FD_CLOEXEC) == 0) return 3;
              if (std::getenv("LISTEN_FDS") != nullptr) return 4;
              asio::io_context fresh;
              scripted_greeter greeter;
              grpcwire::server server(fresh);
              server.add(greeter);
              int answered = 0;
              for (const activated_socket& s : *sockets) {
                const auto address = server.listen_descriptor(s.descriptor);
                if (!address) return 5;
                const channel c(fresh, *address);
                play(fresh, [&]() -> awaitable<void> {
                  const auto end = std::get<0>(co_await Greeter::stub(c).SayHello(request("x")));
                  if (end.ok()) ++answered;
                });
              }
              return answered == 2 ? 0 : 6;
            }),
            0);
  EXPECT_TRUE(std::filesystem::exists(path)) << "the socket file belongs to systemd";
  std::filesystem::remove(path);
}

TEST(socket_activation, leaves_alone_what_is_meant_for_another_process) {
  EXPECT_EQ(exit_code_of_child([] {
              announce("1", "1", "x");
              const auto sockets = take_activated_sockets();
              return sockets && sockets->empty() ? 0 : 1;
            }),
            0);
  ASSERT_TRUE(take_activated_sockets());
  EXPECT_TRUE(take_activated_sockets()->empty()) << "no variables, no sockets";
}

TEST(socket_activation, says_what_is_wrong_with_its_variables) {
  for (const auto& [count, words] : {std::pair{"many", "LISTEN_FDS"},
                                     {"-1", "LISTEN_FDS"},
                                     {"1000000000", "LISTEN_FDS"},
                                     {"900", "is not open"}}) {
    EXPECT_EQ(exit_code_of_child([&, count = count, words = words] {
                announce(std::to_string(::getpid()), count, "");
                const auto sockets = take_activated_sockets();
                if (sockets) return 1;
                return sockets.error().message().find(words) != std::string::npos ? 0 : 2;
              }),
              0)
        << count;
  }
}

// ---- in one process

TEST(an_in_process_channel, carries_all_kinds_of_calls_without_a_socket) {
  quiet_world w;
  const channel c = w.server.connect_in_process(w.io);
  play(w.io, [&]() -> awaitable<void> {
    co_await expect_authority(c, "localhost");
    EXPECT_EQ(w.peer, "in-process");
    Greeter::stub stub(c);
    greeter_call call = stub.SayHelloBidiStream();
    const std::string large(3'000'000, 'x');  // several times what is on its way at once
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(co_await call.write(request(large)));
      EXPECT_TRUE(says(co_await call.read(), large));
    }
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
    greeter_call spelled = stub.SayHelloStreamReply(request("abc"));
    EXPECT_TRUE(says(co_await spelled.read(), "a"));
    EXPECT_EQ(w.server.connection_count(), 1U);
  });
}

TEST(an_in_process_channel, works_between_two_threads) {
  asio::io_context server_loop;
  scripted_greeter greeter;
  grpcwire::server server(server_loop);
  server.add(greeter);
  const loop_thread thread(server_loop, 2);
  const channel c = server.connect_in_process();
  Greeter::stub stub(c);
  for (int i = 0; i < 200; ++i) {
    const auto [status, answer] = stub.SayHello(request(std::to_string(i)), blocking);
    ASSERT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message(), "Hello " + std::to_string(i));
  }
}

TEST(an_in_process_channel, ends_with_its_server) {
  asio::io_context io;
  scripted_greeter greeter;
  std::optional<grpcwire::server> server(std::in_place, io);
  server->add(greeter);
  const channel c = server->connect_in_process(io);
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await stub.SayHello(request("x"))).ok());
    server.reset();
    status end;
    while (end.ok() || c.state() != channel_state::shutdown) {
      end = std::get<0>(co_await stub.SayHello(request("x")));
    }
    end = std::get<0>(co_await stub.SayHello(request("x"), {.wait_for_ready = true}));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_NE(end.message().find("server in this process was stopped"), std::string::npos)
        << describe(end);
  });
}

TEST(an_in_process_channel, may_outlive_the_io_context_of_its_server) {
  asio::io_context io;
  scripted_greeter greeter;
  auto server_loop = std::make_unique<asio::io_context>();
  grpcwire::server server(*server_loop);
  server.add(greeter);
  const channel c = server.connect_in_process(io);
  std::optional<status> end;
  Greeter::stub(c).SayHello(request("x"), [&](status s, HelloReply) { end = s; });
  io.poll();
  server_loop->poll();
  server_loop.reset();
  EXPECT_TRUE(run_until(io, [&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
}

TEST(services, cannot_be_added_once_there_is_a_way_to_the_server) {
  quiet_world w;
  const channel c = w.server.connect_in_process(w.io);
  scripted_greeter other;
  EXPECT_THROW(w.server.add(other), std::logic_error);
}

}  // namespace
}  // namespace grpcwire::tests
