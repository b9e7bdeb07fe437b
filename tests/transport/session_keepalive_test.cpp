// Signs of life: when a PING goes out, what counts as an answer, and what becomes of a silent peer.
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
using tests::request_fields;
using tests::response_fields;
namespace flag = http2::flag;

constexpr std::string_view ping_line = "PING \"keepaliv\"";
constexpr std::string_view timeout_line =
    "keepalive timeout: nothing came from the peer within 20000 ms";

session_settings pinging(std::chrono::milliseconds time, bool without_calls = false) {
  session_settings s;
  s.keepalive = {.time = time, .timeout = 20s, .without_calls = without_calls};
  return s;
}

raw_frames answer() {
  return frames().ping("keepaliv", true);
}

TEST(keepalive, is_off_unless_it_is_asked_for) {
  dialogue d(role::client);
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  d.pass(24h * 365).expect_nothing_sent().expect_no_event();
  EXPECT_FALSE(d.session().next_timeout());
  d.end();
}

TEST(keepalive, pings_after_a_silence_that_counts_from_the_last_byte) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  d.pass(9s).receive(frames().headers(1, response_fields())).skip_events();
  d.pass(9999ms).expect_nothing_sent();
  d.pass(1ms).expect_sent(ping_line).expect_nothing_sent();
  // Less than a frame is a sign of life too.
  d.pass(5s).receive(codec::as_bytes(std::string_view("\0", 1)));
  d.pass(9999ms).expect_nothing_sent();
  d.pass(1ms).expect_sent(ping_line).expect_nothing_sent();
  EXPECT_FALSE(d.error());
  d.end();
}

TEST(keepalive, goes_on_as_long_as_the_peer_answers) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  for (int i = 0; i < 100; ++i) {
    d.pass(10s).expect_sent(ping_line).expect_nothing_sent();
    d.pass(30ms).receive(answer()).expect_no_event();
  }
  EXPECT_FALSE(d.error());
  d.end();
}

TEST(keepalive, takes_what_an_application_sends_for_no_sign_of_life_of_the_peer) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  for (int i = 0; i < 9; ++i) d.pass(1s).send_data(0, "x");
  d.skip_sent().pass(999ms).expect_nothing_sent();
  d.pass(1ms).expect_sent(ping_line);
  d.end();
}

TEST(keepalive, ends_a_connection_whose_peer_is_silent_after_the_ping) {
  for (const auto time : {10s, 60s}) {
    dialogue d(role::client, pinging(time));
    d.handshake().open().open().send_headers(0, request_fields()).skip_sent();
    d.pass(time).expect_sent(ping_line);
    d.pass(19'999ms);
    EXPECT_FALSE(d.error());
    d.pass(1ms).expect_error(transport_errc::keepalive_timeout).expect_nothing_sent();
    EXPECT_TRUE(d.session().failure_text().starts_with(timeout_line)) << d.session().failure_text();
    EXPECT_EQ(d.error().message(), "keepalive timeout");
    EXPECT_EQ(d.session().fault(), d.error());
    EXPECT_FALSE(d.session().next_timeout());
    open_error error{};
    EXPECT_FALSE(d.session().open_stream(nullptr, error));
    EXPECT_EQ(error, open_error::ended);
    d.act([](session& s) { s.connection_lost("whatever"); });
    for (int i = 0; i < 2; ++i) {
      d.expect_event("stream_closed");
      EXPECT_NE(d.log().events().back().rest.find("connection_lost"), std::string::npos);
    }
    d.end();
  }
}

TEST(keepalive, gives_up_behind_a_full_socket_too) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  d.hold_output(true).send_data(0, "stays here").pass(30s);
  d.expect_error(transport_errc::keepalive_timeout);
  d.end();
}

TEST(keepalive, says_what_the_peer_had_said_before) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields());
  d.receive(frames().goaway(1, 0, "max_age")).pass(30s);
  d.expect_error(transport_errc::keepalive_timeout);
  EXPECT_NE(d.session().failure_text().find("ms of a PING; before, the peer sent GOAWAY NO_ERROR"),
            std::string::npos)
      << d.session().failure_text();
  d.end();
}

TEST(keepalive, forgives_a_process_that_was_asleep) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  d.pass(10s).expect_sent(ping_line);
  d.clock().advance(10min);
  d.tell_time();
  EXPECT_FALSE(d.error()) << "the answer may lie in the socket";
  d.pass(19'999ms);
  EXPECT_FALSE(d.error());
  d.pass(1ms).expect_error(transport_errc::keepalive_timeout);
  d.end();
}

TEST(keepalive, sends_nothing_while_there_is_no_call) {
  dialogue d(role::client, pinging(10s));
  d.handshake().pass(1h).expect_nothing_sent();
  EXPECT_FALSE(d.session().next_timeout());
  EXPECT_FALSE(d.error());
}

TEST(keepalive, without_calls_sends_pings_while_there_is_none) {
  dialogue d(role::client, pinging(10s, true));
  d.handshake().pass(10s).expect_sent(ping_line).receive(answer());
  d.pass(10s).expect_sent(ping_line).expect_nothing_sent();
  d.pass(20s).expect_error(transport_errc::keepalive_timeout);
}

TEST(keepalive, pings_in_front_of_a_call_that_begins_after_a_long_silence) {
  dialogue d(role::client, pinging(10s));
  d.handshake().pass(1h).expect_nothing_sent();
  d.open().send_headers(0, request_fields());
  d.expect_sent(ping_line).expect_sent("HEADERS 1").expect_nothing_sent();
  ASSERT_TRUE(d.session().next_timeout());
  EXPECT_EQ(d.session().next_timeout(), at_once) << "how late it is, the session does not know";
  d.tell_time().pass(19'999ms);
  EXPECT_FALSE(d.error());
  d.pass(1ms).expect_error(transport_errc::keepalive_timeout);
  d.end();
}

TEST(keepalive, goes_on_after_that_ping_is_answered) {
  dialogue d(role::client, pinging(10s));
  d.handshake().pass(1h).open().send_headers(0, request_fields()).tell_time().skip_sent();
  d.pass(1s).receive(answer()).expect_no_event();
  d.pass(9999ms).expect_nothing_sent().pass(1ms).expect_sent(ping_line);
  d.end();
}

TEST(keepalive, does_not_ping_in_front_of_a_call_when_bytes_came_meanwhile) {
  dialogue d(role::client, pinging(10s));
  d.handshake().pass(1h).receive(frames().settings()).skip_sent();
  d.open().send_headers(0, request_fields()).expect_sent("HEADERS 1").expect_nothing_sent();
  d.pass(9999ms).expect_nothing_sent().pass(1ms).expect_sent(ping_line);
  d.end();
}

TEST(keepalive, of_a_server_pings_whether_there_are_calls_or_not) {
  dialogue d(role::server, pinging(2h, true));
  d.handshake().pass(2h - 1ms).expect_nothing_sent().pass(1ms).expect_sent(ping_line);
  d.receive(answer()).receive(frames().headers(1, request_fields())).skip_events();
  d.pass(2h).expect_sent(ping_line).pass(20s).expect_error(transport_errc::keepalive_timeout);
  d.end();
}

TEST(keepalive, waits_for_the_first_bytes_of_the_peer) {
  dialogue d(role::client, pinging(10s, true));
  EXPECT_FALSE(d.session().next_timeout());
  d.receive(frames().settings());
  EXPECT_EQ(d.session().next_timeout(), d.clock().now() + 10s);
}

TEST(keepalive, works_beside_pings_of_the_owner) {
  dialogue d(role::client, pinging(10s));
  d.handshake().open().send_headers(0, request_fields()).skip_sent();
  d.pass(10s).expect_sent(ping_line).act([](session& s) { s.ping(7); }).expect_sent("PING");
  d.receive(frames().ping(std::string_view("\7\0\0\0\0\0\0\0", 8), true).ping("keepaliv", true));
  d.expect_event("ping_acknowledged 7").expect_no_event();
  d.receive(frames().headers(1, response_fields(), end_flags)).end();
}

TEST(settings_timeout, ends_a_peer_that_never_acknowledges) {
  for (const role r : {role::client, role::server}) {
    session_settings settings;
    settings.settings_timeout = 7s;
    dialogue d(r, settings);
    d.skip_sent();
    raw_frames first = frames();
    if (r == role::server) first.preface();
    d.receive(first.settings()).skip_sent().pass(6999ms).expect_nothing_sent();
    // Other frames are no acknowledgement.
    d.receive(frames().ping()).skip_sent();
    d.pass(1ms).expect_error(http2_errc::settings_timeout);
    d.expect_sent("GOAWAY 0 SETTINGS_TIMEOUT \"SETTINGS were not acknowledged\"");
    EXPECT_TRUE(d.session().finished());
    EXPECT_FALSE(d.session().next_timeout());
    d.end();
  }
}

TEST(settings_timeout, forgives_a_process_that_was_asleep) {
  dialogue d(role::client);
  d.receive(frames().settings()).skip_sent();
  d.clock().advance(10min);
  d.tell_time().expect_nothing_sent();
  d.pass(1min - 1ms).expect_nothing_sent().pass(1ms).expect_error(http2_errc::settings_timeout);
}

TEST(settings_timeout, is_over_with_the_acknowledgement) {
  for (const role r : {role::client, role::server}) {
    dialogue d(r);
    d.handshake().pass(1h).expect_nothing_sent();
    EXPECT_FALSE(d.error());
    EXPECT_FALSE(d.session().next_timeout());
  }
}

}  // namespace
}  // namespace grpcwire::transport
