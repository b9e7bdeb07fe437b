// What a failed call says about itself: details of the peer, causes, and the paragraph.

#include <string>

#include <gmock/gmock.h>

#include <grpcwire/rpc/rich_status.hpp>

#include "google/rpc/error_details.pb.h"
#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using google::rpc::DebugInfo;
using google::rpc::ErrorInfo;
using google::rpc::RetryInfo;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using transport::frames;

ErrorInfo error_info(std::string reason) {
  ErrorInfo info;
  info.set_reason(std::move(reason));
  return info;
}

/// An address where nobody listens.
std::string dead_address() {
  asio::io_context io;
  return raw_listener(io).address();
}

TEST(details, reach_the_caller_of_unary_and_streaming_methods) {
  world w;
  RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3);
  const status sent =
      rich_status(status_code::unavailable, "100 % busy, später", retry, error_info("BUSY"));
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return sent;
  };
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    EXPECT_TRUE(co_await c.write(reply("x")));
    co_return sent;
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(says(co_await call.read(), "x"));
    const auto [unary, answer] = co_await w.stub->SayHello(request("x"));
    const status streaming = co_await call.finish();
    for (const status* s : {&unary, &streaming}) {
      EXPECT_EQ(*s, sent);
      const auto found = error_detail<RetryInfo>(*s);
      EXPECT_TRUE(found && found->retry_delay().seconds() == 3);
      const auto info = error_detail<ErrorInfo>(*s);
      EXPECT_TRUE(info && info->reason() == "BUSY");
    }
  });
}

TEST(details, that_make_the_trailers_too_large_are_left_out) {
  world w;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    context.add_trailing_metadata("x-cost", std::string(1000, '9'));
    DebugInfo debug;
    debug.set_detail(std::string(7000, 'd'));
    co_return rich_status(status_code::internal, "broken", debug, error_info("BROKEN"));
  };
  w.play([&]() -> awaitable<void> {
    call_info info;
    const auto [s, answer] = co_await w.stub->SayHello(request("x"), {.info = &info});
    EXPECT_EQ(s.message(), "broken (1 of 2 details left out: the trailers may have 8192 bytes)");
    EXPECT_TRUE(error_detail<ErrorInfo>(s));
    EXPECT_FALSE(error_detail<DebugInfo>(s));
    EXPECT_EQ(info.trailing_metadata.get("x-cost").value_or("").size(), 1000U);
  });
}

TEST(details, have_the_room_that_the_server_is_set_to) {
  server_options options;
  options.max_trailers_size = 16'000;
  channel_options large = quick_channel();
  large.session.max_header_list_size = 16'000;
  world w("127.0.0.1:0", options, large);
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    DebugInfo debug;
    debug.set_detail(std::string(9000, 'd'));
    co_return rich_status(status_code::internal, "broken", debug);
  };
  w.play([&]() -> awaitable<void> {
    const auto [s, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(s.message(), "broken");
    const auto debug = error_detail<DebugInfo>(s);
    EXPECT_TRUE(debug && debug->detail().size() == 9000U);
  });
}

/// A call by somebody who takes header lists of 1000 bytes at most.
transport::raw_frames call_of_a_modest_client() {
  return frames()
      .preface()
      .settings({{6, 1000}})
      .headers(1, hello_fields())
      .data(1, framed(request("x")), true);
}

TEST(details, respect_what_the_caller_announces) {
  world w;
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    DebugInfo debug;
    debug.set_detail(std::string(900, 'd'));
    co_return rich_status(status_code::internal, "broken", debug);
  };
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    co_await client.send(call_of_a_modest_client());
    const std::string line = co_await client.next("HEADERS 1");
    EXPECT_THAT(line, HasSubstr("details left out: the trailers may have 1000 bytes"));
    EXPECT_EQ(line.find("grpc-status-details-bin"), std::string::npos);
  });
}

TEST(the_paragraph, of_a_server_that_is_not_there) {
  asio::io_context io;
  const std::string address = dead_address();
  channel c(io, address, quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    const auto [s, answer] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(describe(s), "UNAVAILABLE: cannot connect (" + address +
                               ": Connection refused). The transport (to " + address +
                               ") ended the call while it waited for a connection. What to try: "
                               "check that the server runs and listens there.");
  });
}

/// A call that a raw server has received; it ends with what the server does then.
template <class Act>
status ending(std::string& address, channel_options options, Act act) {
  asio::io_context io;
  raw_listener listener(io);
  address = listener.address();
  channel c(io, address, std::move(options));
  Greeter::stub stub(c);
  std::optional<status> end;
  play(io, [&]() -> awaitable<void> {
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    raw_peer server = co_await listener.accept();
    co_await server.send(frames().settings().settings_ack());
    (void)co_await server.next("DATA 1");
    co_await act(server);
    while (!end) co_await pause(1ms);
  });
  return *end;
}

TEST(the_paragraph, of_a_lost_connection_ends_with_the_last_frames) {
  std::string address;
  channel_options options = quick_channel();
  options.frame_history = 5;
  const status s = ending(address, options, [](raw_peer& server) -> awaitable<void> {
    server.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
    co_return;
  });
  EXPECT_THAT(describe(s),
              StartsWith("UNAVAILABLE: the connection was lost: the peer closed the connection. "
                         "The transport (to " +
                         address +
                         ") ended the call after the request, before any response. The cause: its "
                         "end of file came without a GOAWAY. What to try: try again if the call "
                         "may run twice; is the server up? The last frames of the stream: sent "
                         "HEADERS, "));
  EXPECT_THAT(describe(s), EndsWith("; sent DATA, 8 bytes, END_STREAM."));
}

TEST(the_paragraph, of_a_connection_that_was_reset_names_the_error_of_the_socket) {
  std::string address;
  const status s = ending(address, quick_channel(), [](raw_peer& server) -> awaitable<void> {
    server.socket().set_option(asio::socket_base::linger(true, 0));  // close() resets
    server.close();
    co_return;
  });
  EXPECT_EQ(describe(s),
            "UNAVAILABLE: the connection was lost: Connection reset by peer. The transport (to " +
                address +
                ") ended the call after the request, before any response. The cause: the socket "
                "reported errno 104 (Connection reset by peer). What to try: try again if the call "
                "may run twice; is the server up?");
}

TEST(the_causes, of_a_lost_connection_go_back_to_its_GOAWAY) {
  std::string address;
  const status s = ending(address, quick_channel(), [](raw_peer& server) -> awaitable<void> {
    co_await server.send(frames().goaway(1, 11, "too_many_pings"));
    server.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
  });
  EXPECT_EQ(s.message(),
            "the connection was lost: the peer sent GOAWAY ENHANCE_YOUR_CALM \"too_many_pings\"");
  EXPECT_THAT(s.details().causes, ElementsAre("the peer closed the connection"));
}

TEST(the_causes, of_a_failed_reconnect_name_the_loss_before_it) {
  world w;
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    w.server.reset();
    while (w.channel->state() == channel_state::ready) co_await pause(1ms);
    const auto [s, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_THAT(s.message(), StartsWith("cannot connect ("));
    EXPECT_FALSE(s.details().causes.empty()) << describe(s);
    if (!s.details().causes.empty()) {
      EXPECT_THAT(s.details().causes.front(), StartsWith("UNAVAILABLE: the connection was lost: "));
    }
  });
}

TEST(the_causes, of_a_call_made_for_another_one_name_the_end_of_that_one) {
  world w;
  std::optional<status> inner;
  happening called(w.io);
  happening over(w.io);
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    if (r.name() == "inner") {
      called.now();
      co_await over.wait();
      co_return reply("late");
    }
    w.stub->SayHello(request("inner"), {.parent = &context}, [&](status s, HelloReply) {
      inner = s;
      over.now();
    });
    co_await over.wait();
    co_return status(status_code::internal, "unseen");
  };
  w.play([&]() -> awaitable<void> {
    asio::cancellation_signal cancel;
    w.stub->SayHello(request("outer"),
                     asio::bind_cancellation_slot(cancel.slot(), [](status, HelloReply) {}));
    co_await called.wait();
    cancel.emit(asio::cancellation_type::terminal);
    co_await over.wait();
  });
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->message(), "the call that this one was made for ended");
  ASSERT_FALSE(inner->details().causes.empty());
  EXPECT_THAT(inner->details().causes[0],
              StartsWith("CANCELLED: the client reset the stream with CANCEL"));
}

}  // namespace
}  // namespace grpcwire::tests
