// Distributed traces across calls, spans, and connections that are watched while they run.

#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <grpcwire/rpc/tracing.hpp>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view parent_text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// "front" calls "back" on the same server, for the call that it serves.
void serve_front_and_back(world& w, std::vector<std::string>& seen) {
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    const auto value = context.request_metadata().get("traceparent");
    const auto state = context.request_metadata().get("tracestate");
    seen.push_back(std::string(value.value_or("-")) + " " + std::string(state.value_or("-")));
    if (r.name() != "front") co_return reply("back");
    auto [s, answer] = co_await w.stub->SayHello(request("back"), {.parent = &context});
    if (!s.ok()) co_return s;
    co_return answer;
  };
}

call_options in_trace() {
  call_options options;
  options.metadata.add("traceparent", parent_text);
  options.metadata.add("tracestate", "a=1,b=2");
  return options;
}

TEST(the_trace_context, goes_on_to_the_calls_that_are_made_for_a_call) {
  world w;
  std::vector<std::string> seen;
  serve_front_and_back(w, seen);
  w.play([&]() -> awaitable<void> {
    const call_options options = in_trace();
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("front"), options)).ok());
  });
  const std::string whole = std::string(parent_text) + " a=1,b=2";
  EXPECT_THAT(seen, ElementsAre(whole, whole));
}

TEST(the_trace_context, of_a_child_call_may_be_its_own_or_none) {
  world w;
  std::vector<std::string> seen;
  const std::string own = "00-11111111111111111111111111111111-2222222222222222-00";
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    seen.emplace_back(context.request_metadata().get("traceparent").value_or("-"));
    if (r.name() == "front") {
      call_options options;
      options.parent = &context;
      options.metadata.add("traceparent", own);
      (void)co_await w.stub->SayHello(request("back"), options);
    }
    co_return reply("");
  };
  w.play([&]() -> awaitable<void> {
    const call_options options = in_trace();
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("front"), options)).ok());
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
  EXPECT_THAT(seen, ElementsAre(parent_text, own, "-"));
}

struct span_list final : span_hook {
  bool started(trace_span& span) override {
    if (at_start) at_start(span);
    return wanted;
  }
  void ended(const trace_span& span) override { spans.push_back(span); }

  bool wanted = true;
  std::function<void(trace_span&)> at_start;
  std::vector<trace_span> spans;
};

struct traced_world {
  std::shared_ptr<span_list> hook = std::make_shared<span_list>();
  std::vector<std::string> seen;
  std::optional<world> w;

  traced_world() {
    server_options of_server;
    of_server.interceptors = {server_tracing(hook)};
    channel_options of_channel = quick_channel();
    of_channel.interceptors = {client_tracing(hook)};
    w.emplace("127.0.0.1:0", of_server, of_channel);
    serve_front_and_back(*w, seen);
  }
};

TEST(spans, form_a_chain_from_the_first_client_to_the_last_server) {
  traced_world t;
  t.w->play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await t.w->stub->SayHello(request("front"))).ok());
  });
  // In the order in which they ended: the last server's first.
  ASSERT_EQ(t.hook->spans.size(), 4U);
  const auto& [back_server, back_client, front_server, front_client] =
      std::tie(t.hook->spans[0], t.hook->spans[1], t.hook->spans[2], t.hook->spans[3]);
  EXPECT_FALSE(front_client.parent);
  EXPECT_EQ(front_server.parent, front_client.context.span_id);
  EXPECT_EQ(back_client.parent, front_server.context.span_id);
  EXPECT_EQ(back_server.parent, back_client.context.span_id);
  EXPECT_EQ(front_client.kind, span_kind::client);
  EXPECT_EQ(back_server.kind, span_kind::server);
  for (const trace_span& span : t.hook->spans) {
    EXPECT_EQ(span.context.trace_id, front_client.context.trace_id);
    EXPECT_TRUE(span.context.sampled());
    EXPECT_EQ(span.method, "helloworld.Greeter/SayHello");
    EXPECT_THAT(span.peer, StartsWith("127.0.0.1:"));
    EXPECT_TRUE(span.outcome.ok());
    EXPECT_EQ(span.messages_sent, 1U);
    EXPECT_EQ(span.messages_received, 1U);
    EXPECT_GT(span.duration.count(), 0);
  }
  EXPECT_EQ(front_client.bytes_sent, request("front").ByteSizeLong());
  EXPECT_EQ(front_client.bytes_received, reply("back").ByteSizeLong());
  EXPECT_EQ(front_server.bytes_received, front_client.bytes_sent);
  EXPECT_THAT(t.seen, ElementsAre(format_traceparent(front_client.context) + " -",
                                  format_traceparent(back_client.context) + " -"));
}

TEST(spans, belong_to_the_trace_of_the_caller) {
  traced_world t;
  t.w->play([&]() -> awaitable<void> {
    const call_options options = in_trace();
    EXPECT_TRUE(std::get<0>(co_await t.w->stub->SayHello(request("x"), options)).ok());
  });
  ASSERT_EQ(t.hook->spans.size(), 2U);
  const trace_span& client = t.hook->spans[1];
  EXPECT_EQ(to_hex(client.context.trace_id), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(to_hex(*client.parent), "b7ad6b7169203331");
  EXPECT_EQ(client.context.state, "a=1,b=2");
}

TEST(a_span_hook, supplies_ids_and_state) {
  traced_world t;
  t.hook->at_start = [](trace_span& span) {
    span.context.span_id.fill(span.kind == span_kind::client ? 0x11 : 0x22);
    span.context.flags = 0;
    set_trace_state(span.context, "mine", "7");
  };
  t.w->play([&]() -> awaitable<void> {
    const call_options options = in_trace();
    EXPECT_TRUE(std::get<0>(co_await t.w->stub->SayHello(request("x"), options)).ok());
  });
  EXPECT_THAT(t.seen, ElementsAre("00-0af7651916cd43dd8448eb211c80319c-1111111111111111-00 "
                                  "mine=7,a=1,b=2"));
}

TEST(a_span_hook, that_wants_no_span_leaves_the_context_as_it_is) {
  traced_world t;
  t.hook->wanted = false;
  t.w->play([&]() -> awaitable<void> {
    const call_options options = in_trace();
    EXPECT_TRUE(std::get<0>(co_await t.w->stub->SayHello(request("front"), options)).ok());
    EXPECT_TRUE(std::get<0>(co_await t.w->stub->SayHello(request("x"))).ok());
  });
  const std::string whole = std::string(parent_text) + " a=1,b=2";
  EXPECT_THAT(t.seen, ElementsAre(whole, whole, "- -"));
  EXPECT_THAT(t.hook->spans, IsEmpty());
}

TEST(a_span, of_a_failed_call_has_its_status) {
  traced_world t;
  t.w->greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return status(status_code::not_found, "nobody");
  };
  t.w->play([&]() -> awaitable<void> { (void)co_await t.w->stub->SayHello(request("x")); });
  ASSERT_EQ(t.hook->spans.size(), 2U);
  for (const trace_span& span : t.hook->spans) {
    EXPECT_EQ(span.outcome, status(status_code::not_found, "nobody"));
  }
  EXPECT_EQ(t.hook->spans[1].messages_received, 0U);
}

// ---- sinks

struct frame_counter final : transport::trace_sink {
  void on_frame(transport::direction d, const transport::frame_info&) override {
    ++(d == transport::direction::sent ? sent : received);
    if (at_frame) at_frame();
  }
  int sent = 0;
  int received = 0;
  std::function<void()> at_frame;
};

/// Once more, and all that was posted before it has run.
awaitable<void> greet(world& w) {
  EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
}

TEST(a_trace_sink, is_set_and_removed_while_connections_run) {
  world w;
  const auto of_client = std::make_shared<frame_counter>();
  const auto of_server = std::make_shared<frame_counter>();
  w.play([&]() -> awaitable<void> {
    co_await greet(w);
    w.channel->set_trace(of_client);
    w.server->set_trace(of_server);
    co_await pause(1ms);
    co_await greet(w);
    EXPECT_GE(of_client->sent, 2);  // HEADERS and DATA
    EXPECT_GE(of_client->received, 3);
    EXPECT_GE(of_server->received, 2);
    EXPECT_GE(of_server->sent, 3);
    w.channel->set_trace(nullptr);
    w.server->set_trace(nullptr);
    co_await pause(1ms);
    const int before = of_client->sent + of_client->received + of_server->sent;
    co_await greet(w);
    EXPECT_EQ(of_client->sent + of_client->received + of_server->sent, before);
    EXPECT_EQ(of_client.use_count(), 1);
    EXPECT_EQ(of_server.use_count(), 1);
  });
}

TEST(a_trace_sink, sees_connections_that_are_made_later) {
  world w;
  const auto of_client = std::make_shared<frame_counter>();
  const auto of_server = std::make_shared<frame_counter>();
  w.channel->set_trace(of_client);
  w.server->set_trace(of_server);
  w.play([&]() -> awaitable<void> {
    co_await pause(1ms);
    co_await greet(w);
  });
  EXPECT_GE(of_client->sent, 3);  // SETTINGS too
  EXPECT_GE(of_server->received, 3);
}

TEST(a_trace_sink, takes_the_place_of_the_one_in_the_options) {
  const auto first = std::make_shared<frame_counter>();
  const auto second = std::make_shared<frame_counter>();
  channel_options options = quick_channel();
  options.trace = first;
  options.frame_history = 4;
  world w("127.0.0.1:0", {}, options);
  w.play([&]() -> awaitable<void> {
    co_await greet(w);
    const int before = first->sent;
    EXPECT_GE(before, 3);
    w.channel->set_trace(second);
    co_await pause(1ms);
    co_await greet(w);
    EXPECT_EQ(first->sent, before);
    EXPECT_GE(second->sent, 2);
  });
}

TEST(a_trace_sink, may_ask_for_its_own_end) {
  world w;
  auto once = std::make_shared<frame_counter>();
  once->at_frame = [&] { w.channel->set_trace(nullptr); };
  w.channel->set_trace(std::exchange(once, nullptr));
  w.play([&]() -> awaitable<void> {
    co_await pause(1ms);
    co_await greet(w);
    co_await greet(w);
  });
}

TEST(a_trace_source, chooses_connections_by_their_peer) {
  world w;
  std::vector<std::string> peers;
  const auto sink = std::make_shared<frame_counter>();
  w.play([&]() -> awaitable<void> {
    co_await greet(w);
    w.server->set_trace_source([&](const std::string& peer) {
      peers.push_back(peer);
      return peers.size() == 1 ? sink : nullptr;
    });
    co_await pause(1ms);
    channel another(w.io, w.address, quick_channel());
    Greeter::stub stub(another);
    EXPECT_TRUE(std::get<0>(co_await stub.SayHello(request("x"))).ok());
    EXPECT_EQ(sink->received, 0);
    co_await greet(w);
    EXPECT_GE(sink->received, 2);
  });
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_NE(peers[0], peers[1]);
}

/// What interceptors of a server learn about calls that fail.
TEST(the_last_frames, are_there_for_interceptors_of_a_server_on_request) {
  struct spy final : server_interceptor {
    struct hooks final : server_call_hooks {
      explicit hooks(status& s) : seen(s) {}
      void ended(server_call_end& end) override { seen = end.outcome; }
      status& seen;
    };
    result<std::unique_ptr<server_call_hooks>> intercept(server_call_start&) override {
      return std::make_unique<hooks>(seen);
    }
    status seen;
  };
  const auto watching = std::make_shared<spy>();
  server_options options;
  options.frame_history = 5;
  options.interceptors = {watching};
  world w("127.0.0.1:0", options);
  w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return status(status_code::aborted, "no");
  };
  w.play([&]() -> awaitable<void> { (void)co_await w.stub->SayHello(request("x")); });
  EXPECT_THAT(describe(watching->seen),
              HasSubstr("The last frames of the stream: received HEADERS, "));
}

}  // namespace
}  // namespace grpcwire::tests
