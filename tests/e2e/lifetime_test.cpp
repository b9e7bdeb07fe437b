// Everything may go in any order in the middle of calls: nothing crashes, nothing leaks (the
// address sanitizer looks), and no completion is lost while the io_context runs.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/detached.hpp>
#include <asio/strand.hpp>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

/// A world in heap pieces, with calls of all kinds under way in coroutines and callbacks.
struct busy_world {
  std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>();
  std::unique_ptr<scripted_greeter> greeter = std::make_unique<scripted_greeter>();
  std::unique_ptr<server> s = std::make_unique<server>(*io);
  std::unique_ptr<channel> c;
  std::unique_ptr<Greeter::stub> stub;
  std::vector<greeter_call> calls;
  int begun = 0;
  int ended = 0;

  busy_world() {
    greeter->hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
      co_await pause(20s);
      co_return reply("late");
    };
    s->add(*greeter);
    c = std::make_unique<channel>(*io, *s->listen("127.0.0.1:0"), quick_channel());
    stub = std::make_unique<Greeter::stub>(*c);
    begin_all();
  }

  void begin_all() {
    asio::co_spawn(*io, streaming(*stub), asio::detached);
    asio::co_spawn(*io, unary(*stub), asio::detached);
    begin_all_from_outside();
  }
  void begin_all_from_outside() {
    stub->SayHello(request("x"), count());
    calls.push_back(stub->SayHelloBidiStream());
    calls.back().write(request("x"), [done = count()](write_result) mutable { done({}, {}); });
    calls.push_back(stub->SayHelloBidiStream());
    calls.back().read([done = count()](read_result<HelloReply>) mutable { done({}, {}); });
    calls.push_back(stub->SayHelloStreamReply(request("xyz")));
    calls.back().finish([done = count()](status) mutable { done({}, {}); });
  }

  /// A callback that must be called once.
  std::function<void(status, HelloReply)> count() {
    ++begun;
    return [this](const status&, const HelloReply&) { ++ended; };
  }

  awaitable<void> streaming(Greeter::stub over) {
    auto done = count();
    greeter_call call = over.SayHelloBidiStream();
    (void)co_await call.write(request("x"));
    (void)co_await call.read();
    (void)co_await call.read();
    (void)co_await call.finish();
    done({}, {});
  }
  awaitable<void> unary(Greeter::stub over) {
    auto done = count();
    (void)co_await over.SayHello(request("x"));
    done({}, {});
  }

  void run_for(std::chrono::milliseconds time) {
    io->restart();
    io->run_for(time);
  }
  /// Everybody is told.
  void expect_all_ended() {
    EXPECT_TRUE(run_until(*io, [this] { return ended == begun; })) << ended << " of " << begun;
  }
};

/// How far the calls have come when something goes.
class in_the_middle : public testing::TestWithParam<int> {
 protected:
  static void get_going(busy_world& w) {
    if (GetParam() == 1) {
      w.io->run_one();
      w.io->run_one();
    }
    if (GetParam() == 2) w.run_for(20ms);
  }
};

TEST_P(in_the_middle, the_io_context_may_go_with_everything_on_it) {
  busy_world w;
  get_going(w);
  w.calls.clear();
  w.stub.reset();
  w.c.reset();
  w.s.reset();
  w.io.reset();
}

TEST_P(in_the_middle, the_io_context_may_go_with_channel_and_server_held_by_coroutines) {
  busy_world w;
  asio::co_spawn(
      *w.io,
      []([[maybe_unused]] std::unique_ptr<server> s, [[maybe_unused]] std::unique_ptr<channel> c,
         std::unique_ptr<Greeter::stub> stub, std::vector<greeter_call> calls) -> awaitable<void> {
        (void)co_await stub->SayHello(request("x"));
        calls.clear();
      }(std::move(w.s), std::move(w.c), std::move(w.stub), std::move(w.calls)),
      asio::detached);
  get_going(w);
  w.io.reset();
}

TEST_P(in_the_middle, the_io_context_may_go_before_everything_on_it) {
  busy_world w;
  get_going(w);
  w.io.reset();
  w.calls.clear();
}

TEST_P(in_the_middle, what_outlived_the_io_context_drops_what_it_is_asked_for) {
  busy_world w;
  get_going(w);
  w.io.reset();
  const int ended = w.ended;
  w.begin_all_from_outside();
  w.c->connect();
  w.c->set_trace(nullptr);
  w.c->shutdown();
  w.s->stop();
  w.calls.clear();
  EXPECT_EQ(w.ended, ended);
}

/// Its handler waits for a message that never comes, and holds something.
struct busy_server {
  busy_server(asio::io_context& io, const std::shared_ptr<int>& held) : server(std::in_place, io) {
    greeter.chat = [&held](server_context&, greeter_server_call& call) { return wait(held, call); };
    server->add(greeter);
    channel.emplace(io, *server->listen("127.0.0.1:0"), quick_channel());
    open.emplace(Greeter::stub(*channel).SayHelloBidiStream());
  }
  static awaitable<status> wait(std::shared_ptr<int>, greeter_server_call& call) {
    (void)co_await call.read();
    co_return status();
  }

  scripted_greeter greeter;
  std::optional<grpcwire::server> server;
  std::optional<grpcwire::channel> channel;
  std::optional<greeter_call> open;
};

TEST(an_io_context, may_go_before_what_got_a_strand_of_it) {
  auto io = std::make_unique<asio::io_context>();
  scripted_greeter greeter;
  server s(asio::make_strand(*io));
  s.add(greeter);
  const channel c(asio::make_strand(*io), *s.listen("127.0.0.1:0"), quick_channel());
  Greeter::stub stub(c);
  bool done = false;
  stub.SayHello(request("x"), [&](status, HelloReply) { done = true; });
  EXPECT_TRUE(run_until(*io, [&] { return done; }));
  const greeter_call call = stub.SayHelloBidiStream();
  io.reset();
}

/// Which of a server and its connections hears first that the io_context ends is a matter of
/// chance.
TEST(handlers_that_wait, go_with_the_io_context_whatever_hears_of_its_end_first) {
  const auto held = std::make_shared<int>();
  {
    asio::io_context io;
    std::vector<std::unique_ptr<busy_server>> servers;
    for (int i = 0; i < 20; ++i) servers.push_back(std::make_unique<busy_server>(io, held));
    EXPECT_TRUE(run_until(io, [&] { return held.use_count() == 1 + 20; }));
    for (const auto& one : servers) one->server.reset();
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(in_the_middle, the_server_may_go_first) {
  busy_world w;
  get_going(w);
  w.s.reset();
  if (GetParam() == 2) w.expect_all_ended();
}

TEST_P(in_the_middle, the_channel_may_go_first) {
  busy_world w;
  get_going(w);
  w.stub.reset();
  w.c->shutdown();
  w.c.reset();
  w.expect_all_ended();
}

TEST_P(in_the_middle, the_calls_may_go_first) {
  busy_world w;
  get_going(w);
  w.calls.clear();
  w.c->shutdown();
  w.expect_all_ended();
}

TEST_P(in_the_middle, server_and_channel_may_go_together) {
  busy_world w;
  get_going(w);
  w.s.reset();
  w.stub.reset();
  w.c->shutdown();
  w.c.reset();
  w.expect_all_ended();
}

TEST_P(in_the_middle, a_draining_server_may_go) {
  busy_world w;
  get_going(w);
  bool told = false;
  w.s->shutdown({}, [&](status) { told = true; });
  w.run_for(5ms);
  w.s.reset();
  EXPECT_TRUE(run_until(*w.io, [&] { return told; }));
}

TEST_P(in_the_middle, a_draining_server_may_go_with_the_io_context) {
  busy_world w;
  get_going(w);
  asio::co_spawn(
      *w.io,
      [](std::unique_ptr<server> s) -> awaitable<void> {
        (void)co_await s->shutdown();
      }(std::move(w.s)),
      asio::detached);
  w.run_for(5ms);
  w.calls.clear();
  w.stub.reset();
  w.c.reset();
  w.io.reset();
}

INSTANTIATE_TEST_SUITE_P(progress, in_the_middle, testing::Range(0, 3));

TEST(calls_that_wait_for_a_connection, go_with_the_io_context) {
  for (const bool connecting : {true, false}) {
    asio::io_context io;
    std::optional<raw_listener> listener(std::in_place, io);
    const std::string address = listener->address();
    if (!connecting) listener.reset();
    channel c(io, address, quick_channel());
    Greeter::stub stub(c);
    asio::co_spawn(
        io,
        [](Greeter::stub s) -> awaitable<void> {
          (void)co_await s.SayHello(request("x"), {.deadline = 20s, .wait_for_ready = true});
        }(stub),
        asio::detached);
    asio::co_spawn(
        io,
        [](channel waiting) -> awaitable<void> {
          for (;;) (void)co_await waiting.wait_for_state_change(waiting.state());
        }(c),
        asio::detached);
    io.run_for(10ms);
  }
}

TEST(a_callback, may_destroy_everything_it_came_from) {
  auto w = std::make_unique<world>();
  asio::io_context& io = w->io;
  std::optional<greeter_call> call(w->stub->SayHelloBidiStream());
  bool called = false;
  call->write(request("x"), [](write_result) {});
  call->read([&](read_result<HelloReply> r) {
    EXPECT_TRUE(r);
    call.reset();
    w->stub.reset();
    w->channel.reset();
    w->server.reset();
    called = true;
  });
  EXPECT_TRUE(run_until(io, [&] { return called; }));
  io.run_for(20ms);
}

TEST(a_channel_with_its_own_loop, tells_calls_that_still_run_when_it_goes) {
  world w;
  int ended = 0;
  {
    channel own{w.address};
    Greeter::stub stub{own};
    stub.SayHello(request("x"), [&](status s, HelloReply) {
      EXPECT_EQ(s.code(), status_code::unavailable);
      ++ended;
    });
  }
  EXPECT_EQ(ended, 1);
}

TEST(a_channel_with_its_own_loop, may_go_from_within_a_callback) {
  world w;
  w.greeter.hello = nullptr;
  auto own = std::make_unique<channel>(w.address);
  bool called = false;
  {
    Greeter::stub stub{*own};
    stub.SayHello(request("x"), {.deadline = 1ms}, [&](status, HelloReply) {
      own.reset();
      called = true;
    });
    (void)stub.SayHello(request("x"), {.deadline = 100ms}, blocking);
  }
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace grpcwire::tests
