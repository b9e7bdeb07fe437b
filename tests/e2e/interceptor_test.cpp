// Interceptors of both sides: what they see, in which order, and what they may change.

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <grpcwire/rpc/worker_pool.hpp>

#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view hello_method = "/helloworld.Greeter/SayHello";
constexpr std::string_view chat_method = "/helloworld.Greeter/SayHelloBidiStream";

/// What happened, of all calls.
class journal {
 public:
  void note(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

std::string text_of(const google::protobuf::MessageLite& message) {
  if (const auto* r = dynamic_cast<const HelloRequest*>(&message)) return r->name();
  if (const auto* r = dynamic_cast<const HelloReply*>(&message)) return r->message();
  return "?";
}

/// Notes everything under a name; each reaction can be added.
struct client_spy final : client_interceptor {
  client_spy(journal& to, std::string n) : log(to), name(std::move(n)) {}

  result<std::unique_ptr<client_call_hooks>> intercept(client_call_start& call) override {
    log.note(name + " start " + std::string(call.method));
    if (at_start) at_start(call);
    if (!refusal.ok()) return refusal;
    return std::make_unique<hooks>(*this);
  }

  struct hooks final : client_call_hooks {
    explicit hooks(client_spy& s) : spy(s) {}
    void message_sent(const google::protobuf::MessageLite& m) override {
      spy.log.note(spy.name + " sent " + text_of(m));
      if (spy.at_message) spy.at_message();
    }
    void initial_metadata_received(const metadata& m) override {
      spy.log.note(spy.name + " headers " + std::string(m.get("x-initial").value_or("-")));
    }
    void message_received(const google::protobuf::MessageLite& m) override {
      spy.log.note(spy.name + " received " + text_of(m));
      if (spy.at_message) spy.at_message();
    }
    void ended(client_call_end& end) override {
      spy.log.note(spy.name + " end " + to_string(end.outcome));
      spy.peer = end.peer;
      if (spy.at_end) spy.at_end(end);
    }
    client_spy& spy;
  };

  journal& log;
  std::string name;
  status refusal;
  std::string peer;
  std::function<void(client_call_start&)> at_start;
  std::function<void()> at_message;
  std::function<void(client_call_end&)> at_end;
};

struct server_spy final : server_interceptor {
  server_spy(journal& to, std::string n) : log(to), name(std::move(n)) {}

  result<std::unique_ptr<server_call_hooks>> intercept(server_call_start& call) override {
    log.note(name + " start " + std::string(call.method) + (call.known ? "" : " (unknown)"));
    if (at_start) at_start(call);
    if (!refusal.ok()) return refusal;
    return std::make_unique<hooks>(*this);
  }

  struct hooks final : server_call_hooks {
    explicit hooks(server_spy& s) : spy(s) {}
    void message_received(const google::protobuf::MessageLite& m) override {
      spy.log.note(spy.name + " received " + text_of(m));
      if (spy.at_message) spy.at_message();
    }
    void message_sent(const google::protobuf::MessageLite& m) override {
      spy.log.note(spy.name + " sent " + text_of(m));
    }
    void ended(server_call_end& end) override {
      spy.log.note(spy.name + " end " + to_string(end.outcome));
      if (spy.at_end) spy.at_end(end);
    }
    server_spy& spy;
  };

  journal& log;
  std::string name;
  status refusal;
  std::function<void(server_call_start&)> at_start;
  std::function<void()> at_message;
  std::function<void(server_call_end&)> at_end;
};

/// Two interceptors on each side and a journal for each side.
struct spies {
  journal of_client;
  journal of_server;
  std::shared_ptr<client_spy> outer_client = std::make_shared<client_spy>(of_client, "outer");
  std::shared_ptr<client_spy> inner_client = std::make_shared<client_spy>(of_client, "inner");
  std::shared_ptr<server_spy> outer_server = std::make_shared<server_spy>(of_server, "outer");
  std::shared_ptr<server_spy> inner_server = std::make_shared<server_spy>(of_server, "inner");

  channel_options client_options() const {
    channel_options options = quick_channel();
    options.interceptors = {outer_client, inner_client};
    return options;
  }
  server_options options_of_server() const {
    server_options options;
    options.interceptors = {outer_server, inner_server};
    return options;
  }
};

struct spied_world : spies, world {
  spied_world() : world("127.0.0.1:0", options_of_server(), client_options()) {}
};

TEST(interceptors, see_a_unary_call_from_outside_in_and_back) {
  spied_world w;
  w.greeter.hello = [](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    context.add_initial_metadata("x-initial", "early");
    co_return reply("Hello " + r.name());
  };
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
  EXPECT_THAT(
      w.of_client.lines(),
      ElementsAre("outer start /helloworld.Greeter/SayHello",
                  "inner start /helloworld.Greeter/SayHello", "outer sent x", "inner sent x",
                  "inner headers early", "outer headers early", "inner received Hello x",
                  "outer received Hello x", "inner end OK", "outer end OK"));
  EXPECT_THAT(w.of_server.lines(),
              ElementsAre("outer start /helloworld.Greeter/SayHello",
                          "inner start /helloworld.Greeter/SayHello", "outer received x",
                          "inner received x", "inner sent Hello x", "outer sent Hello x",
                          "inner end OK", "outer end OK"));
  EXPECT_EQ(w.outer_client->peer, w.address);
}

TEST(interceptors, see_every_message_of_a_stream) {
  spied_world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    for (const char letter : std::string("ab")) {
      EXPECT_TRUE(co_await call.write(request(std::string(1, letter))));
      EXPECT_TRUE(says(co_await call.read(), std::string(1, letter)));
    }
    call.writes_done();
    EXPECT_FALSE(co_await call.read());
    EXPECT_TRUE((co_await call.finish()).ok());
  });
  const std::string start = "start " + std::string(chat_method);
  EXPECT_THAT(w.of_client.lines(),
              ElementsAre("outer " + start, "inner " + start, "outer sent a", "inner sent a",
                          "inner headers -", "outer headers -", "inner received a",
                          "outer received a", "outer sent b", "inner sent b", "inner received b",
                          "outer received b", "inner end OK", "outer end OK"));
  EXPECT_THAT(
      w.of_server.lines(),
      ElementsAre("outer " + start, "inner " + start, "outer received a", "inner received a",
                  "inner sent a", "outer sent a", "outer received b", "inner received b",
                  "inner sent b", "outer sent b", "inner end OK", "outer end OK"));
}

TEST(a_message, that_a_cancelled_read_gives_back_is_seen_once) {
  spied_world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request("a"));
    (void)co_await (call.read() || pause(0ms));
    (void)co_await call.read();
    (void)co_await call.finish();
  });
  int received = 0;
  for (const std::string& line : w.of_client.lines()) received += line == "outer received a";
  EXPECT_LE(received, 1);
}

TEST(a_client_interceptor, changes_metadata_and_deadline) {
  spied_world w;
  std::string seen;
  std::optional<deadline::clock::duration> left;
  w.greeter.hello = [&](server_context& c, HelloRequest) -> awaitable<result<HelloReply>> {
    for (const auto value : c.request_metadata().get_all("x-user")) seen.append(value).append(" ");
    if (c.deadline().at()) left = *c.deadline().at() - deadline::clock::now();
    co_return reply("y");
  };
  w.outer_client->at_start = [](client_call_start& call) {
    EXPECT_EQ(call.metadata.get("x-user"), "me");
    EXPECT_FALSE(call.deadline.at());
    EXPECT_EQ(call.parent, nullptr);
    call.metadata.add("x-user", "outer");
    call.deadline = 30s;
  };
  w.inner_client->at_start = [&](client_call_start& call) {
    EXPECT_EQ(call.metadata.get_all("x-user").size(), 2U);
    EXPECT_EQ(call.target, w.address);
  };
  w.play([&]() -> awaitable<void> {
    const call_options options{.metadata = {{"x-user", "me"}}};
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"), options)).ok());
  });
  EXPECT_EQ(seen, "me outer ");
  ASSERT_TRUE(left);
  EXPECT_LE(*left, 30s);
}

TEST(a_client_interceptor, refuses_a_call_before_anything_is_sent) {
  spied_world w;
  w.inner_client->refusal = status(status_code::permission_denied, "not today");
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await w.stub->SayHello(request("x"))), w.inner_client->refusal);
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_FALSE(co_await call.write(request("never sent")));
    EXPECT_FALSE(co_await call.read());
    EXPECT_EQ(co_await call.finish(), w.inner_client->refusal);
  });
  EXPECT_THAT(w.of_client.lines(), ElementsAre("outer start " + std::string(hello_method),
                                               "inner start " + std::string(hello_method),
                                               "outer end PERMISSION_DENIED: not today",
                                               "outer start " + std::string(chat_method),
                                               "inner start " + std::string(chat_method),
                                               "outer end PERMISSION_DENIED: not today"));
  EXPECT_THAT(w.of_server.lines(), IsEmpty());
  EXPECT_EQ(w.outer_client->peer, "");
}

TEST(a_client_interceptor, replaces_the_status_and_the_trailers) {
  spied_world w;
  w.inner_client->at_end = [](client_call_end& end) {
    end.outcome = status(status_code::aborted, "not good enough");
    end.trailing_metadata.add("x-added", "by inner");
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [s, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_EQ(s, status(status_code::aborted, "not good enough"));
    EXPECT_EQ(answer.message(), "");
    EXPECT_EQ(info.trailing_metadata.get("x-added"), "by inner");
  });
  EXPECT_EQ(w.of_client.lines().back(), "outer end ABORTED: not good enough");
  EXPECT_EQ(w.of_server.lines().back(), "outer end OK");
}

TEST(a_server_interceptor, refuses_a_call_before_its_handler_starts) {
  spied_world w;
  w.inner_server->refusal = status(status_code::unauthenticated, "who are you?");
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await w.stub->SayHello(request("x"))), w.inner_server->refusal);
    greeter_call call = w.stub->SayHelloBidiStream();
    (void)co_await call.write(request("x"));
    EXPECT_EQ(co_await call.finish(), w.inner_server->refusal);
  });
  EXPECT_EQ(w.greeter.calls, 0);
  EXPECT_THAT(w.of_server.lines(), ElementsAre("outer start " + std::string(hello_method),
                                               "inner start " + std::string(hello_method),
                                               "outer end UNAUTHENTICATED: who are you?",
                                               "outer start " + std::string(chat_method),
                                               "inner start " + std::string(chat_method),
                                               "outer end UNAUTHENTICATED: who are you?"));
}

TEST(a_server_interceptor, replaces_the_status_before_the_response_is_sent) {
  spied_world w;
  w.outer_server->at_end = [](server_call_end& end) {
    end.outcome = status(status_code::data_loss, "changed");
    end.trailing_metadata.add("x-cost", "1");
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [s, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_EQ(s, status(status_code::data_loss, "changed"));
    EXPECT_EQ(info.trailing_metadata.get("x-cost"), "1");
    EXPECT_TRUE(info.initial_metadata.empty());
  });
  for (const std::string& line : w.of_client.lines()) {
    EXPECT_EQ(line.find("received"), std::string::npos) << line;
  }
}

TEST(a_server_interceptor, adds_metadata_and_leaves_the_handler_what_it_found_out) {
  struct user final : server_call_hooks {
    std::string name = "Ann";
  };
  struct finder final : server_interceptor {
    result<std::unique_ptr<server_call_hooks>> intercept(server_call_start& call) override {
      call.context.add_initial_metadata("x-initial", "of interceptor");
      call.context.add_trailing_metadata("x-last", call.context.peer());
      return std::make_unique<user>();
    }
  };
  server_options options;
  options.interceptors = {std::make_shared<finder>()};
  world w("127.0.0.1:0", options);
  w.greeter.hello = [](server_context& c, HelloRequest) -> awaitable<result<HelloReply>> {
    EXPECT_EQ(c.hooks<server_spy::hooks>(), nullptr);
    const auto* found = c.hooks<user>();
    co_return reply(found != nullptr ? found->name : "nobody");
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [s, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_EQ(answer.message(), "Ann");
    EXPECT_EQ(info.initial_metadata.get("x-initial"), "of interceptor");
    EXPECT_THAT(std::string(info.trailing_metadata.get("x-last").value_or("")),
                HasSubstr("127.0.0.1:"));
  });
}

/// No method of it is known.
TEST(a_server_interceptor, sees_calls_of_unknown_methods) {
  spied_world w;
  asio::io_context& io = w.io;
  server other(io, w.options_of_server());  // without a service
  channel c(io, *other.listen("127.0.0.1:0"), quick_channel());
  Greeter::stub stub(c);
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await stub.SayHello(request("x"))).code(), status_code::unimplemented);
  });
  const std::string start = "start " + std::string(hello_method) + " (unknown)";
  const std::string end =
      "end UNIMPLEMENTED: there is no method " + std::string(hello_method) + " here";
  EXPECT_THAT(w.of_server.lines(),
              ElementsAre("outer " + start, "inner " + start, "inner " + end, "outer " + end));
}

TEST(a_server_interceptor, is_told_when_the_caller_leaves) {
  spied_world w;
  happening started(w.io);
  happening over(w.io);
  w.outer_server->at_end = [&](server_call_end& end) {
    EXPECT_FALSE(end.outcome.details().address.empty());
    over.now();
  };
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    started.now();
    (void)co_await c.read();
    co_return status(status_code::internal, "unseen");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    co_await started.wait();
    call.cancel();
    EXPECT_EQ((co_await call.finish()).code(), status_code::cancelled);
    co_await over.wait();
    co_await pause(5ms);  // the handler's own end comes later and must not be seen
  });
  EXPECT_THAT(w.of_server.lines().back(),
              HasSubstr("outer end CANCELLED: the client reset the stream with CANCEL"));
  EXPECT_EQ(w.of_client.lines().back(), "outer end CANCELLED: cancelled by this side");
}

TEST(an_interceptor, that_throws_ends_the_call_with_INTERNAL) {
  const status thrown(status_code::internal, "an interceptor threw: oops");
  const auto raise = [](auto&&...) { throw std::runtime_error("oops"); };
  const auto outcome = [&](auto arrange) {
    spied_world w;
    arrange(w);
    status seen;
    w.play([&]() -> awaitable<void> {
      seen = std::get<0>(co_await w.stub->SayHello(request("x")));
      EXPECT_TRUE(w.channel->state() != channel_state::transient_failure);
    });
    return seen;
  };
  EXPECT_EQ(outcome([&](auto& w) { w.inner_client->at_start = raise; }), thrown);
  EXPECT_EQ(outcome([&](auto& w) { w.inner_client->at_message = raise; }), thrown);
  EXPECT_EQ(outcome([&](auto& w) { w.outer_client->at_end = raise; }), thrown);
  EXPECT_EQ(outcome([&](auto& w) { w.inner_server->at_start = raise; }), thrown);
  EXPECT_EQ(outcome([&](auto& w) { w.inner_server->at_message = raise; }), thrown);
  EXPECT_EQ(outcome([&](auto& w) { w.inner_server->at_end = raise; }), thrown);
  EXPECT_TRUE(outcome([&](auto&) {}).ok());
}

TEST(interceptors, that_are_not_interested_are_left_out) {
  struct indifferent final : client_interceptor, server_interceptor {
    result<std::unique_ptr<client_call_hooks>> intercept(client_call_start&) override {
      ++calls;
      return nullptr;
    }
    result<std::unique_ptr<server_call_hooks>> intercept(server_call_start&) override {
      ++calls;
      return nullptr;
    }
    int calls = 0;
  };
  const auto both = std::make_shared<indifferent>();
  server_options of_server;
  of_server.interceptors = {both};
  channel_options of_channel = quick_channel();
  of_channel.interceptors = {both};
  world w("127.0.0.1:0", of_server, of_channel);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
  EXPECT_EQ(both->calls, 2);
}

/// Counts without a lock of its own: the hooks of a call never run two at a time.
struct counting final : client_interceptor {
  struct hooks final : client_call_hooks {
    explicit hooks(counting& c) : all(c) {}
    void message_sent(const google::protobuf::MessageLite&) override { ++messages; }
    void message_received(const google::protobuf::MessageLite&) override { ++messages; }
    void ended(client_call_end&) override { all.messages += messages; }
    counting& all;
    int messages = 0;
  };
  result<std::unique_ptr<client_call_hooks>> intercept(client_call_start&) override {
    return std::make_unique<hooks>(*this);
  }
  std::atomic<int> messages = 0;
};

TEST(interceptors, count_right_when_many_threads_call) {
  const auto counter = std::make_shared<counting>();
  channel_options options = quick_channel();
  options.interceptors = {counter};
  world w("127.0.0.1:0", {}, options);
  const loop_thread loop(w.io, 2);
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        greeter_call call = w.stub->SayHelloBidiStream();
        for (int m = 0; m < 5; ++m) EXPECT_TRUE(call.write(request("x"), blocking));
        call.writes_done();
        int n = 0;
        while (call.read(blocking)) ++n;
        EXPECT_EQ(n, 5);
        EXPECT_TRUE(call.finish(blocking).ok());
      }
    });
  }
  for (std::thread& t : callers) t.join();
  EXPECT_EQ(counter->messages, 3 * 20 * 10);
}

}  // namespace
}  // namespace grpcwire::tests
