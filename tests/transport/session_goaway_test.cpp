// GOAWAY from either side, and what becomes of the streams.
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::end_flags;
using tests::play;
using tests::request_fields;
using tests::response_fields;
using tests::trailer_fields;
namespace flag = http2::flag;

TEST(session_goaway, drains_a_server_in_two_phases) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()))
        .skip_events()
        .act([](session& s) {
          s.announce_shutdown();
          s.ping(7);
        })
        .expect_sent("GOAWAY 2147483647 NO_ERROR \"\"")
        .expect_sent("PING 8 bytes")
        .expect_nothing_sent();
    if (!d.cut()) {
      EXPECT_FALSE(d.session().draining());
    }
    // Sent before the client had heard of it.
    d.receive(frames().headers(3, request_fields(), end_flags))
        .expect_event("headers_received 3")
        .receive(frames().ping(std::string_view("\7\0\0\0\0\0\0\0", 8), true))
        .expect_event("ping_acknowledged 7")
        .act([](session& s) { s.shutdown(); })
        .expect_sent("GOAWAY 3 NO_ERROR")
        // After the second one nothing new is taken, and nobody hears of it.
        .receive(frames().headers(5, request_fields()))
        .expect_no_event()
        .expect_nothing_sent();
    if (!d.cut()) {
      EXPECT_TRUE(d.session().draining());
      EXPECT_FALSE(d.session().finished());
    }
    d.send_headers(1, {{":status", "200"}, {"grpc-status", "0"}}, true)
        .expect_sent("HEADERS 3 end")
        .expect_event("stream_closed 3 finished")
        .send_headers(0, {{":status", "200"}, {"grpc-status", "0"}}, true)
        .expect_event("stream_closed 1 finished");
    if (!d.cut()) {
      EXPECT_TRUE(d.session().finished());
    }
  });
}

TEST(session_goaway, finishes_an_idle_server_at_once) {
  dialogue d(role::server);
  d.handshake().act([](session& s) { s.shutdown(http2_errc::no_error, "max_idle"); });
  d.expect_sent("GOAWAY 0 NO_ERROR \"max_idle\"");
  EXPECT_TRUE(d.session().finished());
  d.receive(frames().headers(1, request_fields())).expect_no_event().expect_nothing_sent();
  d.end();
}

TEST(session_goaway, lets_a_client_finish_the_calls_that_were_accepted) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake({{http2::setting::max_concurrent_streams, 3}});
    for (int i = 0; i < 5; ++i) d.open();
    for (std::size_t i = 0; i < 3; ++i) d.send_headers(i, request_fields());
    d.receive(frames().goaway(3, 0, "max_age"))
        .expect_event("goaway_received 3 NO_ERROR \"max_age\"")
        // Never sent, so they may go elsewhere; and so may those above the last one.
        .expect_event("stream_closed 0 refused REFUSED_STREAM \"the peer sent GOAWAY NO_ERROR")
        .expect_event("stream_closed 0 refused REFUSED_STREAM")
        .expect_event("stream_closed 5 refused REFUSED_STREAM \"the peer sent GOAWAY NO_ERROR")
        .expect_no_event()
        .receive(frames().headers(1, response_fields(), end_flags))
        .expect_event("headers_received 1 end");
    if (!d.cut()) {
      open_error error{};
      EXPECT_FALSE(d.session().open_stream(nullptr, error));
      EXPECT_EQ(error, open_error::draining);
      EXPECT_FALSE(d.session().finished());
    }
    d.reset(0, 0).reset(1, 8).skip_events();
    if (!d.cut()) {
      EXPECT_TRUE(d.session().finished());
    }
  });
}

TEST(session_goaway, refuses_a_call_that_was_granted_but_had_not_begun) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .open()
        .open()
        .send_headers(0, request_fields())
        .receive(frames().goaway(1, 0))
        .expect_event("goaway_received 1")
        .send_headers(1, request_fields())
        .expect_event("stream_closed 3 refused REFUSED_STREAM")
        .expect_sent("HEADERS 1")
        .expect_nothing_sent();
  });
}

TEST(session_goaway, keeps_the_texts_of_two_goaways_in_one_piece_of_input) {
  dialogue d(role::client);
  d.handshake({{http2::setting::max_concurrent_streams, 1}}).open().open();
  d.send_headers(0, request_fields());
  d.receive(
       frames()
           .goaway(1, 0, "first, with a text that is on the heap for sure")
           .goaway(0, 11, "second, with a text that is longer than the first and so moves it away"))
      .expect_event("goaway_received 1 NO_ERROR \"first")
      .expect_event("stream_closed 0 refused REFUSED_STREAM 79 bytes")
      .expect_event("goaway_received 0 ENHANCE_YOUR_CALM");
  EXPECT_NE(d.session().failure_text().find("second"), std::string::npos);
  d.end();
}

TEST(session_goaway, refuses_a_long_queue_without_a_deep_stack) {
  dialogue d(role::client);
  d.handshake({{http2::setting::max_concurrent_streams, 0}});
  open_error error{};
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(d.session().open_stream(nullptr, error));
  EXPECT_FALSE(d.session().open_stream(nullptr, error));
  d.receive(frames().goaway(0, 0));
  EXPECT_EQ(d.session().open_streams(), 0U);
  EXPECT_EQ(d.session().queued_streams(), 0U);
  EXPECT_EQ(d.log().streams().size(), 100'000U);
  d.end();
}

TEST(session_goaway, refuses_what_waits_when_this_side_shuts_down) {
  dialogue d(role::client);
  d.handshake({{http2::setting::max_concurrent_streams, 1}}).open().open();
  d.send_headers(0, request_fields()).act([](session& s) { s.shutdown(); });
  d.expect_event("stream_closed 0 refused");
  EXPECT_EQ(d.session().open_streams(), 1U);
  d.receive(frames().headers(1, response_fields(), end_flags)).reset(0, 0);
  EXPECT_TRUE(d.session().finished());
  d.end();
}

TEST(session_goaway, says_what_ended_the_session) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields()).data(0, "x"));
  d.expect_sent("GOAWAY 1 PROTOCOL_ERROR");
  EXPECT_TRUE(d.session().finished());
  EXPECT_NE(d.session().failure_text().find("this side sent GOAWAY PROTOCOL_ERROR"),
            std::string::npos)
      << d.session().failure_text();
  d.skip_events().act([](session& s) { s.connection_lost("end of file"); });
  d.expect_event("stream_closed 1 connection_lost");
  EXPECT_NE(d.session().failure_text().find("PROTOCOL_ERROR"), std::string::npos);
}

TEST(session_goaway, tells_a_fault_from_an_end) {
  const auto fault_after = [](role side, const raw_frames& received) {
    dialogue d(side);
    d.handshake().receive(received).skip_sent();
    return d.session().fault();
  };
  EXPECT_FALSE(fault_after(role::server, frames().goaway(0, 0)));
  EXPECT_FALSE(fault_after(role::client, frames().goaway(1, 0, "max_age")));
  EXPECT_EQ(fault_after(role::client, frames().goaway(0, 11, "too_many_pings")),
            http2_errc::enhance_your_calm);
  EXPECT_EQ(fault_after(role::server, frames().data(1, "x")), http2_errc::protocol_error);
  EXPECT_EQ(fault_after(role::client, frames().goaway(0, 2).data(1, "x")),
            http2_errc::internal_error)
      << "the first one counts";
  dialogue d(role::server);
  d.handshake().act([](session& s) { s.shutdown(); });
  EXPECT_FALSE(d.session().fault());
}

TEST(session_goaway, says_why_a_peer_went_that_names_its_own_last_stream) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(7, request_fields()).goaway(7, 2, "no room"));
  EXPECT_EQ(d.session().failure_text(),
            "the peer sent GOAWAY INTERNAL_ERROR \"no room\", whose last stream (7) is impossible");
  EXPECT_EQ(d.session().fault(), http2_errc::internal_error);
  d.expect_sent("GOAWAY 7 PROTOCOL_ERROR");
}

TEST(session_goaway, ends_every_stream_when_the_connection_is_lost) {
  dialogue d(role::client);
  d.handshake({{http2::setting::max_concurrent_streams, 2}});
  for (int i = 0; i < 4; ++i) d.open();
  d.send_headers(0, request_fields());
  d.act([](session& s) { s.connection_lost("end of file"); });
  for (int i = 0; i < 4; ++i) d.expect_event("stream_closed");
  d.expect_no_event();
  open_error error{};
  EXPECT_FALSE(d.session().open_stream(nullptr, error));
  EXPECT_EQ(error, open_error::ended);
  EXPECT_TRUE(d.session().finished());
  d.act([](session& s) {
     s.connection_lost("again");
     s.ping(1);
     s.announce_shutdown();
     s.shutdown();
   }).expect_no_event();
  d.end();
}

}  // namespace
}  // namespace grpcwire::transport
