// Connections that are well and end all the same: idle for too long, too old, drained.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using namespace std::chrono_literals;
using tests::dialogue;
using tests::end_flags;
using tests::play;
using tests::request_fields;
using tests::trailer_fields;
namespace flag = http2::flag;

const std::string drain_ack = frames().ping(std::string_view("drain\0\0\0", 8), true).text();

session_settings living(const connection_life_settings& life) {
  session_settings s;
  s.life = life;
  return s;
}

std::vector<codec::header_view> whole_answer() {
  return {{":status", "200"}, {"grpc-status", "0"}};
}

TEST(drain, sends_the_second_goaway_with_the_reason_when_the_ping_is_acknowledged) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields(), end_flags))
        .skip_events()
        .act([](session& s) {
          s.drain("why");
          s.drain("not again");
        })
        .expect_sent("GOAWAY 2147483647 NO_ERROR")
        .expect_sent("PING 8 bytes")
        .expect_nothing_sent()
        .receive(frames().headers(3, request_fields(), end_flags))
        .expect_event("headers_received 3")
        .receive(codec::as_bytes(drain_ack))
        .expect_sent("GOAWAY 3 NO_ERROR \"why\"")
        .expect_no_event()
        .send_headers(0, whole_answer(), true)
        .send_headers(1, whole_answer(), true)
        .skip_events();
    if (!d.cut()) {
      EXPECT_TRUE(d.session().finished());
    }
  });
}

TEST(drain, does_not_wait_for_ever_for_that_acknowledgement) {
  dialogue d(role::server);
  d.handshake().act([](session& s) { s.drain("why"); }).skip_sent();
  EXPECT_EQ(d.session().next_timeout(), at_once);
  d.tell_time().pass(4999ms).expect_nothing_sent();
  d.pass(1ms).expect_sent("GOAWAY 0 NO_ERROR \"why\"");
  EXPECT_TRUE(d.session().finished());
  EXPECT_FALSE(d.session().next_timeout());
}

TEST(drain, of_a_client_that_said_goaway_itself_is_one_goaway) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields(), end_flags).goaway(0, 0));
  d.act([](session& s) { s.drain("why"); }).expect_sent("GOAWAY 1 NO_ERROR \"why\"");
  d.send_headers(0, whole_answer(), true);
  EXPECT_TRUE(d.session().finished());
  d.end();
}

TEST(drain, by_a_client_is_one_goaway) {
  dialogue d(role::client);
  d.handshake().act([](session& s) { s.drain("why"); });
  d.expect_sent("GOAWAY 0 NO_ERROR \"why\"").expect_nothing_sent();
  EXPECT_TRUE(d.session().finished());
}

TEST(drain, after_the_last_goaway_is_nothing) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields(), end_flags));
  d.act([](session& s) { s.shutdown(); }).expect_sent("GOAWAY 1 NO_ERROR");
  d.act([](session& s) { s.drain("why"); }).expect_nothing_sent();
  d.end();
}

TEST(max_idle, drains_a_connection_that_never_had_a_call) {
  dialogue d(role::server, living({.idle_max = 10s}));
  d.handshake().pass(9999ms).expect_nothing_sent();
  // PINGs do not keep a connection from being idle.
  d.receive(frames().ping()).skip_sent();
  d.pass(1ms).expect_sent("GOAWAY 2147483647 NO_ERROR").expect_sent("PING 8 bytes");
  d.receive(codec::as_bytes(drain_ack)).expect_sent("GOAWAY 0 NO_ERROR \"max_idle\"");
  EXPECT_TRUE(d.session().finished());
}

TEST(max_idle, counts_from_the_end_of_the_last_call) {
  dialogue d(role::server, living({.idle_max = 10s}));
  d.handshake().pass(8s).receive(frames().headers(1, request_fields(), end_flags));
  d.pass(1min).receive(frames().headers(3, request_fields(), end_flags)).pass(1min);
  d.send_headers(0, whole_answer(), true).pass(1min).expect_sent("HEADERS 1 end");
  d.send_headers(1, whole_answer(), true).expect_sent("HEADERS 3 end").tell_time();
  d.pass(5s).receive(frames().headers(5, request_fields(), end_flags)).reset(2, 8).tell_time();
  d.skip_sent().pass(9999ms).expect_nothing_sent();
  d.pass(1ms).expect_sent("GOAWAY 2147483647").expect_sent("PING");
  // A call that was on its way is answered all the same.
  d.receive(frames().headers(7, request_fields(), end_flags)).receive(codec::as_bytes(drain_ack));
  d.expect_sent("GOAWAY 7 NO_ERROR \"max_idle\"").send_headers(3, whole_answer(), true);
  d.expect_sent("HEADERS 7 end");
  EXPECT_TRUE(d.session().finished());
  d.end();
}

TEST(max_age, drains_a_connection_and_lets_its_calls_finish) {
  dialogue d(role::server, living({.age_max = 30s}));
  d.handshake().receive(frames().headers(1, request_fields(), end_flags));
  d.pass(30s - 1ms).expect_nothing_sent();
  d.pass(1ms).expect_sent("GOAWAY 2147483647 NO_ERROR").expect_sent("PING 8 bytes");
  d.receive(codec::as_bytes(drain_ack)).expect_sent("GOAWAY 1 NO_ERROR \"max_age\"");
  d.pass(24h).expect_nothing_sent();
  EXPECT_FALSE(d.error());
  EXPECT_FALSE(d.session().finished());
  d.send_headers(0, whole_answer(), true).expect_sent("HEADERS 1 end");
  EXPECT_TRUE(d.session().finished());
  d.end();
}

TEST(max_age, cuts_calls_off_when_the_grace_is_over) {
  dialogue d(role::server, living({.age_max = 30s, .age_grace = 10s}));
  d.handshake().receive(frames().headers(1, request_fields(), end_flags)).skip_events();
  d.pass(33s).receive(codec::as_bytes(drain_ack)).skip_sent();
  // From the second GOAWAY on.
  d.pass(9999ms);
  EXPECT_FALSE(d.error());
  d.pass(1ms).expect_error(transport_errc::shut_down).expect_nothing_sent();
  d.act([](session& s) { s.connection_lost("closed"); });
  d.expect_event("stream_closed 1 connection_lost");
  EXPECT_EQ(d.session().failure_text(),
            "the grace of a connection that reached its maximum age is over");
  d.end();
}

TEST(max_age, counts_its_grace_also_without_an_acknowledgement) {
  dialogue d(role::server, living({.age_max = 30s, .age_grace = 0s}));
  d.handshake().receive(frames().headers(1, request_fields(), end_flags)).pass(34'999ms);
  EXPECT_FALSE(d.error());
  d.pass(1ms).expect_error(transport_errc::shut_down);
  d.end();
}

TEST(max_age, and_grace_say_nothing_about_a_drain_for_another_reason) {
  dialogue d(role::server, living({.age_max = 30s, .age_grace = 1s}));
  d.handshake().receive(frames().headers(1, request_fields(), end_flags));
  d.act([](session& s) { s.drain({}); }).tell_time();
  d.receive(codec::as_bytes(drain_ack)).skip_sent().pass(24h).expect_nothing_sent();
  EXPECT_FALSE(d.error());
  d.end();
}

TEST(connection_life, is_not_for_clients) {
  dialogue d(role::client, living({.idle_max = 1s, .age_max = 1s, .age_grace = 1s}));
  d.handshake().pass(24h).expect_nothing_sent();
  EXPECT_FALSE(d.session().next_timeout());
}

}  // namespace
}  // namespace grpcwire::transport
