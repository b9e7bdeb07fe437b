// Calls that are tried again: by the policy of a service config, and when no server looked at them.

#include <string>

#include <asio/detached.hpp>
#include <gmock/gmock.h>

#include "tests/support/e2e_fleet.hpp"
#include "tests/support/e2e_raw_peer.hpp"

namespace grpcwire::tests {
namespace {

using testing::HasSubstr;
using transport::frames;

const std::string retries = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 4, "initialBackoff": "0.01s", "maxBackoff": "0.1s", "backoffMultiplier": 1.5,
    "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

channel_options configured(const std::string& json) {
  channel_options options = quick_channel();
  options.service_config = json;
  return options;
}

/// Refuses the first calls with this status.
struct flaky_world : world {
  explicit flaky_world(int failures, const std::string& config = retries)
      : world("127.0.0.1:0", {}, configured(config)), failures_left(failures) {
    greeter.hello = [this](server_context& context,
                           HelloRequest r) -> awaitable<result<HelloReply>> {
      const auto before = context.request_metadata().get("grpc-previous-rpc-attempts");
      seen += before ? std::string(*before) : "-";
      if (failures_left-- > 0) {
        if (!pushback.empty()) {
          context.add_trailing_metadata("grpc-retry-pushback-ms", pushback);
        }
        co_return codec::unexpected{status(code, "not now")};
      }
      co_return reply("Hello " + r.name());
    };
  }

  int failures_left;
  status_code code = status_code::unavailable;
  std::string pushback;
  std::string seen;  // grpc-previous-rpc-attempts of each attempt
};

TEST(a_call, is_tried_again_as_the_policy_says) {
  flaky_world w(2);
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [end, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_TRUE(end.ok()) << describe(end);
    EXPECT_EQ(answer.message(), "Hello x");
    EXPECT_EQ(w.seen, "-12");
    EXPECT_EQ(info.previous_attempts, 2U);
  });
}

TEST(a_call, ends_with_the_last_failure_when_all_attempts_fail) {
  flaky_world w(100);
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await w.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_EQ(w.seen, "-123");
  });
}

TEST(a_call, is_not_tried_again_for_other_reasons) {
  flaky_world w(1);
  w.code = status_code::aborted;
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await w.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::aborted);
    EXPECT_EQ(w.seen, "-");
  });
}

TEST(a_call, is_not_tried_again_when_the_server_forbids_it) {
  flaky_world w(1);
  w.pushback = "-1";
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await w.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_EQ(w.seen, "-");
  });
}

TEST(a_call, keeps_its_deadline_through_all_attempts) {
  flaky_world w(100);
  w.pushback = "30000";
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await w.stub->SayHello(request("x"), {.deadline = 50ms}));
    EXPECT_EQ(end.code(), status_code::deadline_exceeded) << describe(end);
    EXPECT_EQ(w.seen, "-");
  });
}

TEST(a_call, may_be_cancelled_between_two_attempts) {
  flaky_world w(100);
  w.pushback = "30000";
  w.play([&]() -> awaitable<void> {
    const auto impatient = [&]() -> awaitable<void> {
      while (w.seen.empty()) co_await pause(5ms);
      co_await pause(20ms);
    };
    co_await (w.stub->SayHello(request("x")) || impatient());
  });
  w.channel->shutdown();
  w.io.restart();
  w.io.run_for(20ms);
}

TEST(a_call, between_two_attempts_ends_with_its_channel) {
  flaky_world w(100);
  w.pushback = "30000";
  std::optional<status> end;
  w.stub->SayHello(request("x"), [&](status s, HelloReply) { end = s; });
  EXPECT_TRUE(run_until(w.io, [&] { return !w.seen.empty(); }));
  w.io.run_for(20ms);
  w.channel->shutdown();
  EXPECT_TRUE(run_until(w.io, [&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
}

TEST(a_call, between_two_attempts_goes_with_the_io_context) {
  flaky_world w(100);
  w.pushback = "30000";
  asio::co_spawn(
      w.io,
      [](Greeter::stub stub) -> awaitable<void> {
        (void)co_await stub.SayHello(request("x"));
      }(*w.stub),
      asio::detached);
  EXPECT_TRUE(run_until(w.io, [&] { return !w.seen.empty(); }));
  w.io.run_for(20ms);
}

TEST(a_stream, sends_its_messages_again_until_the_server_answers) {
  world w("127.0.0.1:0", {}, configured(retries));
  int times = 0;
  w.greeter.collect = [&](server_context& context,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    std::string all;
    while (auto r = co_await c.read()) all += r->name();
    if (++times < 3) co_return codec::unexpected{status(status_code::unavailable, "again")};
    const auto before = context.request_metadata().get("grpc-previous-rpc-attempts");
    co_return reply(all + std::string(before.value_or("?")));
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(co_await call.write(request(name)));
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), "abc2"));
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_stream, is_not_begun_again_once_the_server_has_answered) {
  world w("127.0.0.1:0", {}, configured(retries));
  int times = 0;
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    ++times;
    (void)co_await c.write(reply("one"));
    co_return status(status_code::unavailable, "and no more");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(says(co_await call.read(), "one"));
    EXPECT_EQ((co_await call.finish()).code(), status_code::unavailable);
    EXPECT_EQ(times, 1);
  });
}

TEST(a_call_that_is_larger_than_its_buffer, is_not_tried_again) {
  channel_options options = configured(retries);
  options.retry_buffer_size = 100;
  flaky_world w(1);
  w.connect(options);
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await w.stub->SayHello(request(std::string(200, 'x'))));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_EQ(w.seen, "-");
  });
}

TEST(a_lost_server, is_replaced_by_another_one_in_the_middle_of_a_call) {
  fleet f(2);
  f.names.tell({.endpoints = {f.where(0), f.where(1)}, .service_config = retries});
  for (auto& s : f.servers) {
    s->greeter.hello = [&f, me = s.get()](server_context&,
                                          HelloRequest) -> awaitable<result<HelloReply>> {
      if (me->name == "a") {
        asio::post(f.io, [&f] { f.servers[0]->server.reset(); });
        co_await pause(20s);
      }
      co_return reply(me->name);
    };
  }
  f.play([&]() -> awaitable<void> { EXPECT_EQ(co_await f.call(10), "10 b"); });
}

TEST(a_call_that_no_server_looked_at, is_sent_again_on_the_next_connection) {
  asio::io_context io;
  raw_listener listener(io);
  const channel c(io, listener.address(), quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = std::move(s); });
    for (int i = 0; i < 2; ++i) {
      raw_peer server = co_await listener.accept();
      co_await server.send(frames().settings().settings_ack());
      (void)co_await server.next("HEADERS");
      (void)co_await server.next("DATA");
      EXPECT_FALSE(end);
      co_await server.send(frames().goaway(0, 0, "not today"));
      co_await server.drain();
    }
    // Once at once; more is for a policy to say.
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
  });
}

TEST(a_service_config, sets_deadline_waiting_and_sizes_by_method) {
  world w("127.0.0.1:0", {}, configured(R"({"methodConfig": [
      {"name": [{"service": "helloworld.Greeter", "method": "SayHello"}], "timeout": "0.05s",
       "maxRequestMessageBytes": 10},
      {"name": [{"service": "helloworld.Greeter"}], "maxResponseMessageBytes": 20}]})"));
  w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await pause(20s);
    co_return reply("late");
  };
  w.greeter.replies = [](server_context&, HelloRequest r,
                         greeter_server_call& c) -> awaitable<status> {
    (void)co_await c.write(reply(std::string(r.name().size(), 'x')));
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    auto end = std::get<0>(co_await w.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::deadline_exceeded);
    end = std::get<0>(co_await w.stub->SayHello(request(std::string(9, 'x'))));
    EXPECT_EQ(end.code(), status_code::resource_exhausted);
    EXPECT_THAT(end.message(), HasSubstr("11 bytes, the service config allows 10"));
    greeter_call small = w.stub->SayHelloStreamReply(request(std::string(18, 'x')));
    EXPECT_TRUE(co_await small.read());
    greeter_call large = w.stub->SayHelloStreamReply(request(std::string(19, 'x')));
    EXPECT_EQ((co_await large.finish()).code(), status_code::resource_exhausted);
  });
}

TEST(a_service_config, that_is_wrong_is_named_by_every_call) {
  world w("127.0.0.1:0", {}, configured(R"({"methodConfig": [{"name": [{}], "timeout": 5}]})"));
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await w.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_THAT(end.message(), HasSubstr("methodConfig[0].timeout")) << describe(end);
  });
}

TEST(a_service_config, of_the_resolver_changes_the_policy) {
  fleet f(2, "pick_first");
  resolution found{.endpoints = {f.where(0), f.where(1)}};
  f.names.tell(found);
  f.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await f.call(4), "4 a");
    found.service_config = R"({"loadBalancingConfig": [{"round_robin": {}}]})";
    f.names.tell(found);
    co_await f.until_all_answer(2);
    EXPECT_EQ(co_await f.call(4), "2 a, 2 b");
    // A mistake changes nothing.
    found.service_config = R"({"loadBalancingConfig": 5})";
    f.names.tell(found);
    EXPECT_EQ(co_await f.call(4), "2 a, 2 b");
  });
}

}  // namespace
}  // namespace grpcwire::tests
