// How calls end: what handlers return or throw, and what is wrong with requests.

#include <array>
#include <stdexcept>
#include <string>

#include "grpc/testing/test.grpcwire.hpp"
#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

class each_code : public testing::TestWithParam<int> {};

TEST_P(each_code, arrives_with_its_message_from_unary_and_streaming_handlers) {
  const auto code = static_cast<status_code>(GetParam());
  const std::string message = "Grüße, 世界 🎉\nsecond line\t100 % \"quoted\"";
  world w;
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return status(code, message);
  };
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    EXPECT_TRUE(co_await c.write(reply("x")));
    co_return status(code, message);
  };
  w.play([&]() -> awaitable<void> {
    const auto [unary, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(unary, status(code, message)) << describe(unary);
    EXPECT_EQ(unary.details().origin, status_origin::peer);
    EXPECT_EQ(unary.details().address, w.address);
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(says(co_await call.read(), "x"));
    EXPECT_FALSE(co_await call.read());
    EXPECT_EQ(co_await call.finish(), status(code, message));
  });
}

INSTANTIATE_TEST_SUITE_P(codes, each_code, testing::Range(1, 17));

TEST(a_handler, that_throws_ends_its_call_with_UNKNOWN_and_what_it_threw) {
  world w;
  w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    throw std::runtime_error("out of cheese");
    co_return reply("");
  };
  w.greeter.chat = [](server_context&, greeter_server_call& c) -> awaitable<status> {
    (void)co_await c.read();
    throw 5;
  };
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unknown);
    EXPECT_NE(status.message().find("out of cheese"), std::string::npos);
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_EQ((co_await call.finish()).code(), status_code::unknown);
  });
}

TEST(a_handler, that_returns_ok_without_a_response_is_an_INTERNAL_error) {
  world w;
  w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await w.stub->SayHello(request("x"))).code(), status_code::internal);
  });
}

/// Nothing but the defaults of the generated class.
struct silent_greeter final : Greeter::service {};

TEST(a_method, that_nobody_wrote_is_UNIMPLEMENTED_by_name) {
  asio::io_context io;
  silent_greeter greeter;
  server s(io);
  s.add(greeter);
  channel c(io, *s.listen("127.0.0.1:0"));
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    const auto [status, answer] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unimplemented);
    EXPECT_NE(status.message().find("/helloworld.Greeter/SayHello"), std::string::npos);
    EXPECT_EQ((co_await stub.SayHelloStreamReply(request("x")).finish()).code(),
              status_code::unimplemented);
    EXPECT_EQ((co_await stub.CollectNames().finish()).code(), status_code::unimplemented);
    EXPECT_EQ((co_await stub.SayHelloBidiStream().finish()).code(), status_code::unimplemented);
  });
}

TEST(a_service, that_the_server_does_not_have_is_UNIMPLEMENTED_for_all_kinds) {
  world w;
  grpc::testing::TestService::stub stub(*w.channel);
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] = co_await stub.EmptyCall({});
    EXPECT_EQ(status.code(), status_code::unimplemented);
    EXPECT_NE(status.message().find("/grpc.testing.TestService/EmptyCall"), std::string::npos);
    auto call = stub.FullDuplexCall();
    EXPECT_FALSE(co_await call.read());
    EXPECT_EQ((co_await call.finish()).code(), status_code::unimplemented);
  });
}

TEST(a_handler, may_answer_without_reading) {
  world w;
  w.greeter.collect = [](server_context&, greeter_server_call&) -> awaitable<result<HelloReply>> {
    co_return reply("enough");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    (void)co_await call.write(request("unread"));
    EXPECT_TRUE(says(co_await call.read(), "enough"));
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

TEST(a_status, that_comes_early_ends_the_writes_of_the_caller) {
  world w;
  w.greeter.collect = [](server_context&, greeter_server_call& c) -> awaitable<result<HelloReply>> {
    (void)co_await c.read();
    co_return status(status_code::permission_denied, "no more");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    write_error last{};
    for (int i = 0; i < 10'000 && last == write_error::none; ++i) {
      last = (co_await call.write(request(std::string(10'000, 'x')))).error();
    }
    EXPECT_EQ(last, write_error::ended);
    EXPECT_EQ(co_await call.finish(), status(status_code::permission_denied, "no more"));
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

/// One request of a raw client; gives the status that it gets.
awaitable<std::string> ask(world& w, std::string path, std::string data, std::string more = {}) {
  raw_peer client(w.io, w.address);
  std::vector<codec::header_view> fields{{":method", "POST"}, {":scheme", "http"},
                                         {":path", path},     {":authority", "x"},
                                         {"te", "trailers"},  {"content-type", "application/grpc"}};
  if (!more.empty()) fields.push_back({"grpc-encoding", more});
  co_await client.send(frames().preface().settings().headers(1, fields).data(1, data, true));
  for (;;) {
    const std::string line = co_await client.next("HEADERS 1");
    const std::size_t at = line.find("grpc-status=");
    if (at != std::string::npos) co_return line.substr(at + 12, line.find(' ', at) - at - 12);
    if (line.empty()) co_return "none";
  }
}

TEST(a_request, that_cannot_be_read_is_refused_with_the_right_status) {
  world w;
  w.play([&]() -> awaitable<void> {
    const std::string unary = "/helloworld.Greeter/SayHello";
    const std::string chat = "/helloworld.Greeter/SayHelloBidiStream";
    const std::string good = framed(request("x"));
    const std::string no_protobuf("\0\0\0\0\2\xff\xff", 7);
    EXPECT_EQ(co_await ask(w, unary, good), "0");
    EXPECT_EQ(co_await ask(w, unary, no_protobuf), "13");
    EXPECT_EQ(co_await ask(w, chat, no_protobuf), "13");
    EXPECT_EQ(co_await ask(w, unary, good.substr(0, 6)), "13");
    EXPECT_EQ(co_await ask(w, chat, good.substr(0, 6)), "13");
    EXPECT_EQ(co_await ask(w, unary, ""), "12");
    EXPECT_EQ(co_await ask(w, unary, good + good), "12");
    EXPECT_EQ(co_await ask(w, unary, std::string("\7\0\0\0\0", 5)), "13");
    EXPECT_EQ(co_await ask(w, unary, std::string("\1\0\0\0\0", 5)), "13");
    EXPECT_EQ(co_await ask(w, unary, std::string("\1\0\0\0\0", 5), "snappy"), "12");
    EXPECT_EQ(co_await ask(w, unary, std::string("\1\0\0\0\1x", 6), "gzip"), "13");
    EXPECT_EQ(co_await ask(w, unary, std::string("\0\x7f\0\0\0", 5)), "8");
    EXPECT_EQ(co_await ask(w, "/nobody.Knows/It", good), "12");
  });
}

TEST(a_response, that_is_no_such_message_is_an_INTERNAL_error) {
  asio::io_context io;
  raw_listener listener(io);
  channel c(io, listener.address(), quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    raw_peer server = co_await listener.accept();
    co_await server.send(frames().settings().settings_ack());
    (void)co_await server.next("HEADERS 1");
    std::vector<codec::header_view> head{{":status", "200"}, {"content-type", "application/grpc"}};
    co_await server.send(frames().headers(1, head).data(1, std::string("\0\0\0\0\2\xff\xff", 7)));
    EXPECT_EQ(co_await server.next("RST_STREAM"), "RST_STREAM 1 CANCEL");
    EXPECT_TRUE(end);
    if (end) {
      EXPECT_EQ(end->code(), status_code::internal) << describe(*end);
      EXPECT_NE(end->message().find("HelloReply"), std::string::npos);
    }
  });
}

TEST(describe, names_who_when_where_and_what_to_try) {
  asio::io_context io;
  raw_listener listener(io);
  channel_options options = quick_channel();
  options.frame_history = 3;
  channel c(io, listener.address(), options);
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    raw_peer server = co_await listener.accept();
    co_await server.send(frames().settings().settings_ack());
    (void)co_await server.next("DATA 1");
    server.close();
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::unavailable);
    EXPECT_EQ(end->details().origin, status_origin::transport);
    EXPECT_EQ(end->details().phase, call_phase::waiting);
    EXPECT_EQ(end->details().address, listener.address());
    EXPECT_FALSE(end->details().advice.empty());
    EXPECT_EQ(end->details().last_frames.size(), 2U);
    const std::string text = describe(*end);
    for (const std::string& part :
         {std::string("UNAVAILABLE"), std::string("The transport (to "), listener.address(),
          std::string("after the request, before any response"), std::string("What to try: "),
          std::string("sent HEADERS"), std::string("sent DATA")}) {
      EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
    }
  });
}

TEST(a_reset, of_the_server_tells_its_code) {
  asio::io_context io;
  raw_listener listener(io);
  channel c(io, listener.address(), quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    raw_peer server = co_await listener.accept();
    co_await server.send(frames().settings().settings_ack());
    (void)co_await server.next("DATA 1");
    co_await server.send(frames().rst_stream(1, 11));
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::resource_exhausted) << describe(*end);
    EXPECT_EQ(end->details().origin, status_origin::peer);
    EXPECT_NE(end->message().find("ENHANCE_YOUR_CALM"), std::string::npos);
  });
}

}  // namespace
}  // namespace grpcwire::tests
