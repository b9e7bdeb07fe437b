// fork() without exec: the child has copies of the parent's channels and servers, and the parent's
// connections must not notice.

#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using fork_event = asio::execution_context::fork_event;

/// What the child returns as a number that a parent can read.
int wait_for(pid_t child) {
  int how = 0;
  ::waitpid(child, &how, 0);
  return WIFEXITED(how) ? WEXITSTATUS(how) : 1000 + how;
}

/// As a program would do it. `child` gives the exit code of the child.
template <class Body>
pid_t fork_with(asio::io_context& io, Body child) {
  io.notify_fork(fork_event::fork_prepare);
  const pid_t pid = ::fork();
  if (pid != 0) {
    io.notify_fork(fork_event::fork_parent);
    return pid;
  }
  ::alarm(60);
  io.notify_fork(fork_event::fork_child);
  int code = 99;
  try {
    code = child();
  } catch (...) {
  }
  ::_exit(code);
}

/// The number of good answers among three.
awaitable<void> call_thrice(Greeter::stub& stub, int& good) {
  for (int i = 0; i < 3; ++i) {
    const auto [status, answer] = co_await stub.SayHello(request("x"));
    if (status.ok() && answer.message() == "Hello x") ++good;
    if (!status.ok()) ADD_FAILURE() << describe(status);
  }
}

/// A server on a loop and thread of its own, in the parent.
struct far_server {
  far_server() : server(io) {
    server.add(greeter);
    address = server.listen("127.0.0.1:0").value();
    thread.emplace(io);
  }
  ~far_server() { thread.reset(); }

  asio::io_context io;
  scripted_greeter greeter;
  grpcwire::server server;
  std::string address;
  std::optional<loop_thread> thread;
};

TEST(a_channel_in_the_child_of_a_fork, connects_anew_while_the_parent_keeps_its_connection) {
  far_server far;
  asio::io_context io;
  std::optional<channel> c(std::in_place, io, far.address, quick_channel());
  Greeter::stub stub(*c);
  int before = 0;
  play(io, [&]() -> awaitable<void> { co_await call_thrice(stub, before); });
  ASSERT_EQ(before, 3);
  ASSERT_EQ(far.server.connection_count(), 1U);

  int hold[2];
  ASSERT_EQ(::pipe(hold), 0);
  const pid_t child = fork_with(io, [&] {
    int good = 0;
    if (c->state() != channel_state::idle) return 50;
    play(io, [&]() -> awaitable<void> { co_await call_thrice(stub, good); });
    char go = 0;
    if (::read(hold[0], &go, 1) != 1) return 51;
    return good;
  });
  int during = 0;
  play(io, [&]() -> awaitable<void> {
    co_await call_thrice(stub, during);
    while (far.server.connection_count() != 2) co_await pause(1ms);
    co_await call_thrice(stub, during);
  });
  EXPECT_EQ(during, 6);
  EXPECT_EQ(c->state(), channel_state::ready);
  ASSERT_EQ(::write(hold[1], "x", 1), 1);
  EXPECT_EQ(wait_for(child), 3) << "answers in the child";
  int after = 0;
  play(io, [&]() -> awaitable<void> {
    while (far.server.connection_count() != 1) co_await pause(1ms);
    co_await call_thrice(stub, after);
  });
  EXPECT_EQ(after, 3);
  EXPECT_EQ(far.server.connection_count(), 1U) << "the parent's connection is the first one still";
  ::close(hold[0]);
  ::close(hold[1]);
}

TEST(a_channel_in_the_child_of_a_fork, can_be_destroyed_without_a_word_to_the_peer) {
  asio::io_context io;
  raw_listener listener(io);
  std::optional<channel> c(std::in_place, io, listener.address(), quick_channel());
  play(io, [&]() -> awaitable<void> {
    c->connect();
    raw_peer server = co_await listener.accept();
    co_await server.send(transport::frames().settings().settings_ack());
    while (c->state() != channel_state::ready) co_await pause(1ms);
    const pid_t child = fork_with(io, [&] {
      c.reset();
      io.restart();
      io.run_for(50ms);
      return 7;
    });
    EXPECT_EQ(wait_for(child), 7);
    // What the parent says next is the next thing that the server hears.
    std::optional<status> end;
    Greeter::stub(*c).SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    for (;;) {
      const std::string frame = co_await server.next("");
      if (frame.starts_with("SETTINGS") || frame.starts_with("WINDOW_UPDATE 0")) continue;
      EXPECT_TRUE(frame.starts_with("HEADERS 1")) << frame;
      break;
    }
    EXPECT_FALSE(end) << describe(*end);
  });
}

TEST(a_call_in_the_child_of_a_fork, ends_there_and_goes_on_in_the_parent) {
  far_server far;
  asio::io_context io;
  const channel c(io, far.address, quick_channel());
  Greeter::stub stub(c);
  std::optional<greeter_call> call = stub.SayHelloBidiStream();
  play(io, [&]() -> awaitable<void> {
    EXPECT_TRUE(co_await call->write(request("one")));
    EXPECT_TRUE(says(co_await call->read(), "one"));
  });
  const pid_t child = fork_with(io, [&] {
    status end;
    play(io, [&]() -> awaitable<void> { end = co_await call->finish(); });
    call.reset();
    return static_cast<int>(end.code());
  });
  EXPECT_EQ(wait_for(child), static_cast<int>(status_code::unavailable));
  play(io, [&]() -> awaitable<void> {
    EXPECT_TRUE(co_await call->write(request("two")));
    EXPECT_TRUE(says(co_await call->read(), "two"));
    call->writes_done();
    EXPECT_TRUE((co_await call->finish()).ok());
  });
}

TEST(a_server_in_the_child_of_a_fork, is_silent_and_leaves_its_addresses_to_the_parent) {
  const std::string path = "/tmp/grpcwire_fork_" + std::to_string(::getpid());
  world w("unix:" + path);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
  const pid_t child = fork_with(w.io, [&] {
    w.io.restart();
    w.io.run_for(20ms);
    if (w.server->connection_count() != 0) return 1;
    w.server->stop();
    w.channel.reset();
    w.server.reset();
    w.io.run_for(20ms);
    return ::access(path.c_str(), F_OK) == 0 ? 7 : 2;
  });
  EXPECT_EQ(wait_for(child), 7);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(w.server->connection_count(), 1U);
    channel second(w.io, w.address, quick_channel());
    Greeter::stub stub(second);
    EXPECT_TRUE(std::get<0>(co_await stub.SayHello(request("x"))).ok());
  });
}

TEST(a_server_in_the_child_of_a_fork, may_listen_again) {
  world w;
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
  const pid_t child = fork_with(w.io, [&] {
    const auto address = w.server->listen("127.0.0.1:0");
    if (!address || *address == w.address) return 50;
    const channel own(w.io, *address, quick_channel());
    Greeter::stub stub(own);
    int good = 0;
    play(w.io, [&]() -> awaitable<void> { co_await call_thrice(stub, good); });
    return good;
  });
  EXPECT_EQ(wait_for(child), 3);
}

TEST(a_channel_with_a_loop_of_its_own, goes_on_in_parent_and_child) {
  far_server far;
  channel c(far.address, quick_channel());
  Greeter::stub stub(c);
  ASSERT_TRUE(std::get<0>(stub.SayHello(request("x"), blocking)).ok());
  c.notify_fork(fork_event::fork_prepare);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    c.notify_fork(fork_event::fork_child);
    const auto [status, answer] = stub.SayHello(request("x"), blocking);
    ::_exit(status.ok() ? 7 : 1);
  }
  c.notify_fork(fork_event::fork_parent);
  EXPECT_EQ(wait_for(child), 7);
  EXPECT_TRUE(std::get<0>(stub.SayHello(request("x"), blocking)).ok());
  EXPECT_EQ(c.state(), channel_state::ready);
}

TEST(an_attempt_to_connect, is_begun_again_in_the_child_of_a_fork) {
  far_server far;
  asio::io_context io;
  const channel c(io, far.address, quick_channel());
  Greeter::stub stub(c);
  std::optional<status> end;
  stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
  (void)io.poll_one();  // the attempt has begun, maybe the socket is connected
  const pid_t child = fork_with(io, [&] {
    run_until(io, [&] { return end.has_value(); });
    return end && end->ok() ? 7 : 1;
  });
  EXPECT_TRUE(run_until(io, [&] { return end.has_value(); }));
  EXPECT_TRUE(end->ok()) << describe(*end);
  EXPECT_EQ(wait_for(child), 7);
}

}  // namespace
}  // namespace grpcwire::tests
