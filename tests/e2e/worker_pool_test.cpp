// Blocking handlers on threads of their own, while the I/O thread goes on.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using blocking_call = blocking_server_call<HelloRequest, HelloReply>;

/// Opens once; threads wait for it.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

struct blocking_greeter final : Greeter::blocking_service {
  gate* wait_for = nullptr;
  std::atomic<int> running = 0;
  std::atomic<bool> saw_cancellation = false;
  std::thread::id io_thread = std::this_thread::get_id();

  result<HelloReply> SayHello(server_context& context, HelloRequest r) override {
    EXPECT_NE(std::this_thread::get_id(), io_thread);
    ++running;
    if (wait_for != nullptr) wait_for->pass();
    if (r.name() == "throw") throw std::runtime_error("from a worker");
    if (r.name() == "cancelled") saw_cancellation = context.cancelled();
    context.add_trailing_metadata("x-worker", "yes");
    return reply("Hello " + r.name());
  }
  status SayHelloStreamReply(server_context&, HelloRequest r, blocking_call& call) override {
    for (const char letter : r.name()) {
      if (!call.write(reply(std::string(1, letter)))) break;
    }
    return status();
  }
  status SayHelloBidiStream(server_context& context, blocking_call& call) override {
    ++running;
    while (const auto message = call.read()) {
      if (!call.write(reply(message->name()))) break;
    }
    saw_cancellation = context.cancelled();
    --running;
    return status();
  }
  result<HelloReply> CollectNames(server_context&, blocking_call& call) override {
    std::string all;
    while (const auto message = call.read()) all += message->name();
    return reply(all);
  }
};

struct blocking_world {
  asio::io_context io;
  worker_pool pool;
  blocking_greeter greeter;
  server s{io};
  std::optional<channel> c;
  std::optional<Greeter::stub> stub;

  explicit blocking_world(std::size_t threads = 2, std::size_t max_waiting = 1000)
      : pool(threads, max_waiting) {
    s.add(greeter, pool);
    c.emplace(io, *s.listen("127.0.0.1:0"), quick_channel());
    stub.emplace(*c);
  }
};

TEST(blocking_handlers, answer_all_four_kinds_of_calls) {
  blocking_world w;
  play(w.io, [&]() -> awaitable<void> {
    call_info info;
    const auto [status, answer] = co_await w.stub->SayHello(request("Ada"), {.info = &info});
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message(), "Hello Ada");
    EXPECT_EQ(info.trailing_metadata.get("x-worker"), "yes");

    greeter_call spelled = w.stub->SayHelloStreamReply(request("Ada"));
    for (const char* letter : {"A", "d", "a"}) EXPECT_TRUE(says(co_await spelled.read(), letter));
    EXPECT_TRUE((co_await spelled.finish()).ok());

    greeter_call chat = w.stub->SayHelloBidiStream();
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(co_await chat.write(request(std::to_string(i))));
      EXPECT_TRUE(says(co_await chat.read(), std::to_string(i)));
    }
    chat.writes_done();
    EXPECT_TRUE((co_await chat.finish()).ok());

    greeter_call collect = w.stub->CollectNames();
    for (const char* name : {"A", "d", "a"}) EXPECT_TRUE(co_await collect.write(request(name)));
    collect.writes_done();
    EXPECT_TRUE(says(co_await collect.read(), "Ada"));
    EXPECT_TRUE((co_await collect.finish()).ok());
  });
}

TEST(blocking_handlers, that_throw_end_their_call_with_UNKNOWN) {
  blocking_world w;
  play(w.io, [&]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request("throw"));
    EXPECT_EQ(status.code(), status_code::unknown);
    EXPECT_NE(status.message().find("from a worker"), std::string::npos);
  });
}

TEST(blocking_handlers, leave_the_io_thread_to_others_and_refuse_what_is_too_much) {
  blocking_world w(1, 2);
  gate closed;
  w.greeter.wait_for = &closed;
  scripted_greeter quick;
  server other(w.io);
  other.add(quick);
  channel to_other(w.io, *other.listen("127.0.0.1:0"));
  Greeter::stub quick_stub(to_other);
  play(w.io, [&]() -> awaitable<void> {
    std::vector<status_code> ends;
    for (int i = 0; i < 2; ++i) {
      w.stub->SayHello(request("x"), [&](status s, HelloReply) { ends.push_back(s.code()); });
      while (i == 0 && w.greeter.running == 0) co_await pause(1ms);
    }
    w.stub->SayHello(request("x"), [&](status s, HelloReply) { ends.push_back(s.code()); });
    const auto [refused, none] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(refused.code(), status_code::resource_exhausted) << describe(refused);
    EXPECT_TRUE(std::get<0>(co_await quick_stub.SayHello(request("x"))).ok());
    EXPECT_TRUE(ends.empty());
    closed.open();
    while (ends.size() != 3) co_await pause(1ms);
    EXPECT_EQ(ends, std::vector<status_code>(3, status_code::ok));
  });
}

TEST(blocking_handlers, see_that_their_call_was_cancelled) {
  blocking_world w;
  play(w.io, [&]() -> awaitable<void> {
    {
      greeter_call call = w.stub->SayHelloBidiStream();
      EXPECT_TRUE(co_await call.write(request("x")));
      EXPECT_TRUE(says(co_await call.read(), "x"));
    }
    while (w.greeter.running != 0) co_await pause(1ms);
    EXPECT_TRUE(w.greeter.saw_cancellation);
  });
}

/// The server writes the status while the handler adds to the trailers.
TEST(blocking_handlers, may_add_trailers_while_the_deadline_ends_their_call) {
  blocking_world w;
  gate closed;
  w.greeter.wait_for = &closed;
  play(w.io, [&]() -> awaitable<void> {
    const auto [status, answer] =
        co_await w.stub->SayHello(request("cancelled"), {.deadline = 30ms});
    EXPECT_EQ(status.code(), status_code::deadline_exceeded);
    co_await pause(30ms);
    closed.open();
    while (!w.greeter.saw_cancellation) co_await pause(1ms);
  });
}

TEST(blocking_handlers, need_a_pool) {
  asio::io_context io;
  blocking_greeter greeter;
  server s(io);
  EXPECT_THROW(s.add(greeter), std::invalid_argument);
}

TEST(blocking_handlers, end_when_the_server_stops) {
  blocking_world w;
  play(w.io, [&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_TRUE(says(co_await call.read(), "x"));
    w.s.stop();
    EXPECT_EQ((co_await call.finish()).code(), status_code::unavailable);
    while (w.greeter.running != 0) co_await pause(1ms);
  });
}

}  // namespace
}  // namespace grpcwire::tests
