// Metadata in both directions, and the other facts about a call that each side can see.

#include <string>
#include <vector>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using entries = std::vector<std::pair<std::string, std::string>>;

/// What the test put in, without what gRPC adds.
entries with_prefix(const metadata& m, std::string_view prefix) {
  entries found;
  for (const auto& [name, value] : m) {
    if (name.starts_with(prefix)) found.emplace_back(name, value);
  }
  return found;
}

std::string all_octets() {
  std::string text;
  for (int c = 0; c < 256; ++c) text.push_back(static_cast<char>(c));
  return text;
}

TEST(metadata, of_the_caller_reaches_the_handler_in_order_with_repeated_names) {
  world w;
  const entries sent{
      {"x-a", "1"},    {"x-b", "with space"}, {"x-a", "2"}, {"x-c-bin", all_octets()},
      {"x-d-bin", ""}, {"x-c-bin", "second"}, {"x-e", ""}};
  entries seen;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    seen = with_prefix(context.request_metadata(), "x-");
    co_return reply("");
  };
  w.play([&]() -> awaitable<void> {
    call_options options;
    for (const auto& [name, value] : sent) options.metadata.add(name, value);
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), options);
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(seen, sent);
  });
}

TEST(metadata, of_the_handler_reaches_the_caller_before_and_behind_the_messages) {
  world w;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    context.add_initial_metadata("x-initial", "1");
    context.add_initial_metadata("x-initial", "2");
    context.add_initial_metadata("x-initial-bin", all_octets());
    context.add_trailing_metadata("x-trailing", "3");
    context.add_trailing_metadata("x-trailing-bin", std::string("\0\xff", 2));
    co_return reply("");
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(with_prefix(info.initial_metadata, "x-"),
              (entries{{"x-initial", "1"}, {"x-initial", "2"}, {"x-initial-bin", all_octets()}}));
    EXPECT_EQ(with_prefix(info.trailing_metadata, "x-"),
              (entries{{"x-trailing", "3"}, {"x-trailing-bin", std::string("\0\xff", 2)}}));
    EXPECT_EQ(info.peer, w.address);
  });
}

TEST(metadata, comes_with_a_status_that_is_not_ok_too) {
  world w;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    context.add_trailing_metadata("x-why", "because");
    co_return status(status_code::aborted, "no");
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_EQ(status.code(), status_code::aborted);
    EXPECT_EQ(with_prefix(info.trailing_metadata, "x-"), (entries{{"x-why", "because"}}));
  });
}

TEST(metadata, can_be_sent_before_the_first_message) {
  world w;
  happening go_on(w.io);
  w.greeter.chat = [&](server_context& context, greeter_server_call& c) -> awaitable<status> {
    context.add_initial_metadata("x-early", "yes");
    context.send_initial_metadata();
    co_await go_on.wait();
    co_return co_await scripted_greeter::echo(c);
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    greeter_call call = w.stub->SayHelloBidiStream({.info = &info});
    EXPECT_TRUE(co_await call.write(request("x")));
    go_on.now();
    EXPECT_TRUE(says(co_await call.read(), "x"));
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(info.initial_metadata.get("x-early"), "yes");
  });
}

class illegal_metadata : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(illegal_metadata, of_the_caller_is_a_clear_INTERNAL_and_nothing_is_sent) {
  world w;
  w.play([&]() -> awaitable<void> {
    call_options options;
    options.metadata.add(GetParam().first, GetParam().second);
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), options);
    EXPECT_EQ(status.code(), status_code::internal);
    EXPECT_NE(status.message().find("metadata \"" + GetParam().first + "\""), std::string::npos)
        << status.message();
    EXPECT_EQ(status.details().origin, status_origin::local);
    EXPECT_EQ(w.greeter.calls, 0);
  });
}

TEST_P(illegal_metadata, of_the_handler_is_a_clear_INTERNAL) {
  for (const bool initial : {true, false}) {
    world w;
    w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
      if (initial) {
        context.add_initial_metadata(GetParam().first, GetParam().second);
      } else {
        context.add_trailing_metadata(GetParam().first, GetParam().second);
      }
      co_return reply("");
    };
    w.play([&]() -> awaitable<void> {
      const auto [status, answer] = co_await w.stub->SayHello(request("x"));
      EXPECT_EQ(status.code(), status_code::internal);
      EXPECT_NE(status.message().find("illegal metadata"), std::string::npos) << status.message();
      w.greeter.hello = nullptr;
      EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    });
  }
}

INSTANTIATE_TEST_SUITE_P(kinds, illegal_metadata,
                         testing::Values(std::pair<std::string, std::string>{"X-Upper", "x"},
                                         std::pair<std::string, std::string>{"", "x"},
                                         std::pair<std::string, std::string>{"grpc-x", "x"},
                                         std::pair<std::string, std::string>{":path", "x"},
                                         std::pair<std::string, std::string>{"a b", "x"},
                                         std::pair<std::string, std::string>{"a", "line\nbreak"}));

TEST(the_handler, sees_who_calls_what_and_how) {
  world w;
  std::string user_agent;
  std::string authority;
  std::string method;
  std::string peer;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    user_agent = context.request_metadata().get("user-agent").value_or("none");
    authority = context.authority();
    method = context.method();
    peer = context.peer();
    co_return reply("");
  };
  channel_options options = quick_channel();
  options.user_agent = "test/1";
  w.connect(options);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(user_agent, "test/1");
    EXPECT_EQ(authority, w.address);
    EXPECT_EQ(method, "/helloworld.Greeter/SayHello");
    EXPECT_TRUE(peer.starts_with("127.0.0.1:")) << peer;
    EXPECT_NE(peer, w.address);

    call_options other;
    other.authority = "other.example";
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"), other)).ok());
    EXPECT_EQ(authority, "other.example");
  });
}

TEST(the_handler, sees_localhost_as_authority_over_a_unix_socket) {
  world w("unix-abstract:grpcwire-e2e-authority");
  std::string authority;
  std::string peer;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    authority = context.authority();
    peer = context.peer();
    co_return reply("");
  };
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(authority, "localhost");
    EXPECT_EQ(peer, "unix-abstract:grpcwire-e2e-authority");
  });
}

TEST(metadata, that_is_larger_than_the_server_accepts_ends_only_its_call) {
  world w;
  w.play([&]() -> awaitable<void> {
    call_options options;
    options.metadata.add("x-large", std::string(20'000, 'x'));
    const auto [status, answer] = co_await w.stub->SayHello(request("x"), options);
    EXPECT_EQ(status.code(), status_code::resource_exhausted) << describe(status);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

}  // namespace
}  // namespace grpcwire::tests
