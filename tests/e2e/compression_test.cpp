// Compression for each channel, call and message, in both directions, and algorithms of the
// program's own.

#include <memory>
#include <string>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"
#include "tests/support/run_length.hpp"

namespace grpcwire::tests {
namespace {

using codec::encoding;

const std::string long_name(2000, 'x');

/// Answers whether the request came compressed, in a long reply compressed with `coding`.
void answer_how_it_came(scripted_greeter& greeter, encoding coding) {
  greeter.hello = [coding](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    context.set_compression(coding);
    co_return reply((context.request_was_compressed() ? "compressed" : "plain") + long_name);
  };
}

struct exchange {
  status end;
  std::string request_came;  ///< as the server saw it
  bool response_compressed = false;
};

awaitable<exchange> exchange_hello(Greeter::stub& stub, std::optional<encoding> coding) {
  call_info info;
  const auto [end, answer] =
      co_await stub.SayHello(request(long_name), {.compression = coding, .info = &info});
  co_return exchange{end, answer.message().substr(0, answer.message().find('x')),
                     info.response_was_compressed};
}

TEST(compression, is_chosen_for_channel_and_call_in_both_directions) {
  for (const encoding coding : {encoding::gzip, encoding::deflate}) {
    channel_options options = quick_channel();
    options.compression = coding;
    world w("127.0.0.1:0", {}, options);
    answer_how_it_came(w.greeter, coding);
    w.play([&]() -> awaitable<void> {
      const exchange by_channel = co_await exchange_hello(*w.stub, std::nullopt);
      EXPECT_TRUE(by_channel.end.ok()) << describe(by_channel.end);
      EXPECT_EQ(by_channel.request_came, "compressed");
      EXPECT_TRUE(by_channel.response_compressed);
      const exchange off = co_await exchange_hello(*w.stub, encoding::identity);
      EXPECT_EQ(off.request_came, "plain");
      answer_how_it_came(w.greeter, encoding::identity);
      const exchange one_way = co_await exchange_hello(*w.stub, std::nullopt);
      EXPECT_EQ(one_way.request_came, "compressed");
      EXPECT_FALSE(one_way.response_compressed);
    });
  }
}

TEST(compression, is_switched_off_for_single_messages_of_a_stream) {
  world w;
  w.greeter.chat = [](server_context& context, greeter_server_call& c) -> awaitable<status> {
    context.set_compression(encoding::gzip);
    for (bool compress = true; auto r = co_await c.read(); compress = !compress) {
      const char* came = context.request_was_compressed() ? "compressed" : "plain";
      (void)co_await c.write(reply(came + long_name), {.compress = compress});
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream({.compression = encoding::gzip});
    bool every_other = true;
    for (const bool compress : {true, false, false, true}) {
      EXPECT_TRUE(co_await call.write(request(long_name), {.compress = compress}));
      const auto answer = co_await call.read();
      EXPECT_TRUE(says(answer, (compress ? "compressed" : "plain") + long_name));
      EXPECT_EQ(call.response_was_compressed(), every_other);
      every_other = !every_other;
    }
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(compression, of_a_message_that_was_read_again_is_still_known) {
  world w;
  w.greeter.replies = [](server_context& context, HelloRequest,
                         greeter_server_call& c) -> awaitable<status> {
    context.set_compression(encoding::gzip);
    (void)co_await c.write(reply(long_name));
    (void)co_await c.write(reply(long_name), {.compress = false});
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request("x"));
    co_await pause(20ms);  // both wait in the queue of the call
    EXPECT_TRUE(says(co_await call.read(), long_name));
    EXPECT_TRUE(call.response_was_compressed());
    EXPECT_TRUE(says(co_await call.read(), long_name));
    EXPECT_FALSE(call.response_was_compressed());
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_plugged_in_algorithm, compresses_in_both_directions) {
  server_options of_server;
  const encoding on_server = of_server.codings.add(std::make_shared<run_length>());
  channel_options of_channel = quick_channel();
  (void)of_channel.codings.add(std::make_shared<run_length>("x-other"));
  const encoding on_channel = of_channel.codings.add(std::make_shared<run_length>());
  EXPECT_NE(on_server, on_channel) << "what counts is the name";
  world w("127.0.0.1:0", of_server, of_channel);
  answer_how_it_came(w.greeter, on_server);
  w.play([&]() -> awaitable<void> {
    const exchange both = co_await exchange_hello(*w.stub, on_channel);
    EXPECT_TRUE(both.end.ok()) << describe(both.end);
    EXPECT_EQ(both.request_came, "compressed");
    EXPECT_TRUE(both.response_compressed);
  });
}

TEST(a_plugged_in_algorithm, is_refused_by_a_server_that_does_not_have_it) {
  channel_options of_channel = quick_channel();
  const encoding own = of_channel.codings.add(std::make_shared<run_length>());
  world w("127.0.0.1:0", {}, of_channel);
  w.play([&]() -> awaitable<void> {
    const exchange refused = co_await exchange_hello(*w.stub, own);
    EXPECT_EQ(refused.end.code(), status_code::unimplemented) << describe(refused.end);
    EXPECT_NE(refused.end.message().find("x-rle"), std::string::npos) << refused.end.message();
  });
}

TEST(a_plugged_in_algorithm, inflates_no_further_than_a_message_may_be_long) {
  server_options of_server;
  (void)of_server.codings.add(std::make_shared<run_length>());
  of_server.max_receive_message_size = 10'000;
  channel_options of_channel = quick_channel();
  const encoding own = of_channel.codings.add(std::make_shared<run_length>());
  world w("127.0.0.1:0", of_server, of_channel);
  w.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(
        co_await w.stub->SayHello(request(std::string(1'000'000, 'x')), {.compression = own}));
    EXPECT_EQ(end.code(), status_code::resource_exhausted) << describe(end);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"), {.compression = own})).ok());
  });
}

TEST(a_plugged_in_algorithm, of_another_channel_is_refused_before_anything_is_sent) {
  channel_options other;
  const encoding strange = other.codings.add(std::make_shared<run_length>());
  world w;
  w.play([&]() -> awaitable<void> {
    const exchange refused = co_await exchange_hello(*w.stub, strange);
    EXPECT_EQ(refused.end.code(), status_code::internal);
    EXPECT_NE(refused.end.message().find("another channel"), std::string::npos);
    EXPECT_EQ(w.greeter.calls, 0);
  });
}

TEST(the_accept_list, of_a_server_decides_what_callers_may_send) {
  server_options of_server;
  of_server.codings.accept_only({encoding::deflate});
  world w("127.0.0.1:0", of_server);
  answer_how_it_came(w.greeter, encoding::identity);
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ((co_await exchange_hello(*w.stub, encoding::gzip)).end.code(),
              status_code::unimplemented);
    const exchange accepted = co_await exchange_hello(*w.stub, encoding::deflate);
    EXPECT_TRUE(accepted.end.ok()) << describe(accepted.end);
    EXPECT_EQ(accepted.request_came, "compressed");
  });
}

TEST(the_accept_list, of_a_client_decides_what_servers_send) {
  for (const encoding accepted : {encoding::identity, encoding::deflate}) {
    channel_options of_channel = quick_channel();
    of_channel.codings.accept_only({accepted});
    world w("127.0.0.1:0", {}, of_channel);
    w.play([&]() -> awaitable<void> {
      answer_how_it_came(w.greeter, encoding::gzip);
      const exchange plain = co_await exchange_hello(*w.stub, std::nullopt);
      EXPECT_TRUE(plain.end.ok()) << describe(plain.end);
      EXPECT_FALSE(plain.response_compressed);
      answer_how_it_came(w.greeter, encoding::deflate);
      const exchange maybe = co_await exchange_hello(*w.stub, std::nullopt);
      EXPECT_TRUE(maybe.end.ok()) << describe(maybe.end);
      EXPECT_EQ(maybe.response_compressed, accepted == encoding::deflate);
    });
  }
}

TEST(the_accept_list, goes_over_the_wire_with_every_call) {
  asio::io_context io;
  raw_listener listener(io);
  channel_options options = quick_channel();
  (void)options.codings.add(std::make_shared<run_length>());
  const channel c(io, listener.address(), options);
  play(io, [&]() -> awaitable<void> {
    Greeter::stub(c).SayHello(request("x"), [](status, HelloReply) {});
    raw_peer server = co_await listener.accept();
    co_await server.send(transport::frames().settings().settings_ack());
    const std::string head = co_await server.next("HEADERS 1");
    EXPECT_NE(head.find("grpc-accept-encoding=identity,gzip,deflate,x-rle"), std::string::npos)
        << head;
  });
}

}  // namespace
}  // namespace grpcwire::tests
