// Metadata that proves who is calling.

#include <thread>

#include <gtest/gtest.h>

#include "tests/tls/tls_world.hpp"

namespace grpcwire::tests {
namespace {

/// Answers when the test wants it to.
struct scripted_credentials final : call_credentials {
  std::function<void(const credentials_request&, handler)> answer;
  void get(const credentials_request& r, handler done) override { answer(r, std::move(done)); }
};

metadata token(std::string_view text) {
  metadata m;
  m.add("authorization", text);
  return m;
}

struct credentials_world : tls_world {
  std::vector<std::string> seen;  // authorization of each call

  credentials_world() {
    start("localhost:0");
    w->greeter.hello = [this](server_context& context,
                              HelloRequest r) -> awaitable<result<HelloReply>> {
      for (const auto& [name, value] : context.request_metadata()) {
        if (name == "authorization") seen.emplace_back(value);
      }
      return scripted_greeter::greet(std::move(r));
    };
  }
};

TEST(call_credentials, of_the_channel_come_before_those_of_the_call) {
  credentials_world t;
  channel_options c = t.channel();
  c.call_credentials = bearer_token("of the channel");
  t.w->connect(std::move(c));
  const auto own = bearer_token("of the call");
  EXPECT_TRUE(t.call({.deadline = 10s, .credentials = own.get()}).first.ok());
  EXPECT_EQ(t.seen, (std::vector<std::string>{"Bearer of the channel", "Bearer of the call"}));
}

TEST(call_credentials, learn_what_the_call_is_for) {
  credentials_world t;
  scripted_credentials own;
  credentials_request asked;
  own.answer = [&](const credentials_request& r, const call_credentials::handler& done) {
    asked = r;
    done(token("x"));
  };
  channel_options c = t.channel();
  c.authority = "localhost:443";
  t.w->connect(std::move(c));
  EXPECT_TRUE(t.call({.deadline = 10s, .credentials = &own}).first.ok());
  EXPECT_EQ(asked.service_url, "https://localhost/helloworld.Greeter");
  EXPECT_EQ(asked.method, "/helloworld.Greeter/SayHello");
  EXPECT_EQ(asked.authority, "localhost:443");
}

TEST(call_credentials, may_answer_later_and_on_another_thread) {
  credentials_world t;
  scripted_credentials own;
  std::thread other;
  own.answer = [&](const credentials_request&, call_credentials::handler done) {
    other = std::thread([done = std::move(done)] { done(token("late")); });
  };
  EXPECT_TRUE(t.call({.deadline = 10s, .credentials = &own}).first.ok());
  other.join();
  EXPECT_EQ(t.seen, std::vector<std::string>{"late"});
}

TEST(call_credentials, are_not_sent_over_plaintext_unless_the_channel_allows_it) {
  world w;
  const auto own = bearer_token("secret");
  w.play([&]() -> awaitable<void> {
    const call_options options{.credentials = own.get()};
    const auto refused = std::get<0>(co_await w.stub->SayHello(request("x"), options));
    EXPECT_EQ(refused.code(), status_code::unauthenticated);
    EXPECT_EQ(refused.message(), "call credentials are not sent over plaintext");
    channel_options c = quick_channel();
    c.allow_plaintext_call_credentials = true;
    w.connect(std::move(c));
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"), options)).ok());
  });
  EXPECT_EQ(w.greeter.calls, 1);
}

TEST(call_credentials, that_fail_end_the_call_before_it_begins) {
  credentials_world t;
  scripted_credentials own;
  status why(status_code::unavailable, "the token service is down");
  own.answer = [&](const credentials_request&, const call_credentials::handler& done) {
    done(why);
  };
  status end = t.call({.deadline = 10s, .credentials = &own}).first;
  EXPECT_EQ(to_string(end), "UNAVAILABLE: call credentials failed: the token service is down");
  why = status(status_code::not_found, "no such user");  // would look like the server's answer
  end = t.call({.deadline = 10s, .credentials = &own}).first;
  EXPECT_EQ(end.code(), status_code::internal);
  own.answer = [&](const credentials_request&, const call_credentials::handler& done) {
    metadata m;
    m.add("Bad Name", "x");
    done(std::move(m));
  };
  end = t.call({.deadline = 10s, .credentials = &own}).first;
  EXPECT_EQ(end.code(), status_code::internal);
  EXPECT_EQ(t.w->greeter.calls, 0);
}

TEST(call_credentials, that_never_answer_cost_no_more_than_the_deadline) {
  credentials_world t;
  scripted_credentials own;
  call_credentials::handler kept;
  own.answer = [&](const credentials_request&, call_credentials::handler done) {
    kept = std::move(done);
  };
  const status end = t.call({.deadline = 50ms, .credentials = &own}).first;
  EXPECT_EQ(end.code(), status_code::deadline_exceeded);
  kept(token("too late"));
  EXPECT_EQ(t.w->greeter.calls, 0);
}

TEST(call_credentials, that_never_answer_let_the_io_context_go) {
  scripted_credentials own;
  call_credentials::handler kept;
  own.answer = [&](const credentials_request&, call_credentials::handler done) {
    kept = std::move(done);
  };
  {
    credentials_world t;
    bool ended = false;
    t.w->stub->SayHello(request("x"), {.credentials = &own},
                        [&](const status&, const HelloReply&) { ended = true; });
    EXPECT_TRUE(run_until(t.w->io, [&] { return kept != nullptr; }));
    EXPECT_FALSE(ended);
  }
  kept(token("much too late"));
}

}  // namespace
}  // namespace grpcwire::tests
