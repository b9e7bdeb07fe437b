// The window of a single stream, what windows look like, and credit that is held back while very
// much waits to be read.
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::request_fields;
using tests::response_fields;

TEST(a_stream_of_a_client, gets_a_larger_window_behind_its_headers) {
  dialogue d(role::client, {.stream_window = 100'000});
  d.handshake().open();
  d.act([&](session& s) {
    s.send_headers(d.stream(0), request_fields(), false);
    s.set_receive_window(d.stream(0), 300'000);
  });
  d.expect_sent("HEADERS 1").expect_sent("WINDOW_UPDATE 1 +200000").expect_nothing_sent();
  const flow_state now = d.session().flow(d.stream(0));
  EXPECT_EQ(now.receive_window, 300'000);
  EXPECT_EQ(now.receive_window_size, 300'000U);
  EXPECT_EQ(now.send_window, 65'535) << "that is the peer's business";
  d.end();
}

TEST(a_window, waits_for_the_acknowledgement_of_the_settings_it_is_counted_from) {
  dialogue d(role::client, {.stream_window = 100'000});
  d.receive(frames().settings()).skip_events().skip_sent().open();
  d.act([&](session& s) {
    s.send_headers(d.stream(0), request_fields(), false);
    s.set_receive_window(d.stream(0), 300'000);
  });
  d.expect_sent("HEADERS 1").expect_nothing_sent();
  d.receive(frames().settings_ack()).expect_sent("WINDOW_UPDATE 1 +200000");
  EXPECT_EQ(d.session().flow(d.stream(0)).receive_window, 300'000);
  d.end();
}

TEST(a_smaller_window, holds_back_credit_until_no_more_than_that_is_on_its_way) {
  dialogue d(role::server, {.stream_window = 10'000});
  d.handshake().receive(frames().headers(1, request_fields()));
  d.act([&](session& s) { s.set_receive_window(d.stream(0), 2'000); }).skip_sent();
  EXPECT_EQ(d.session().flow(d.stream(0)).receive_window_size, 2'000U);
  // The peer was allowed 10,000. All of it is taken, and yet only 2,000 are open afterwards.
  d.receive(frames().data(1, std::string(8'000, 'x'))).consume(0, 8'000).expect_nothing_sent();
  d.receive(frames().data(1, std::string(2'000, 'x'))).consume(0, 2'000);
  d.expect_sent("WINDOW_UPDATE 1 +2000").expect_nothing_sent();
  EXPECT_EQ(d.session().flow(d.stream(0)).receive_window, 2'000);
  d.end();
}

TEST(a_smaller_window, still_lets_a_larger_message_through) {
  dialogue d(role::server, {.stream_window = 10'000});
  d.handshake().receive(frames().headers(1, request_fields()));
  d.act([&](session& s) { s.set_receive_window(d.stream(0), 100); });
  d.receive(frames().data(1, std::string(10'000, 'x'))).consume(0, 10'000).skip_sent();
  d.receive(frames().data(1, std::string(50, 'x')));
  d.act([&](session& s) { s.expect(d.stream(0), 5'000); }).expect_sent("WINDOW_UPDATE 1 +9900");
  d.end();
}

TEST(the_windows, of_a_stream_can_be_seen) {
  dialogue d(role::server, {.stream_window = 1'000, .connection_window = 80'000});
  d.handshake({{4, 500}});  // SETTINGS_INITIAL_WINDOW_SIZE of the peer
  d.receive(frames().headers(1, request_fields()).data(1, std::string(300, 'x')));
  d.send_headers(0, response_fields()).send_data(0, std::string(700, 'y'));
  const flow_state now = d.session().flow(d.stream(0));
  EXPECT_EQ(now.receive_window, 700);
  EXPECT_EQ(now.receive_window_size, 1'000U);
  EXPECT_EQ(now.connection_receive_window, 80'000 - 300);
  EXPECT_EQ(now.send_window, 0);
  EXPECT_EQ(now.connection_send_window, 65'535 - 500);
  EXPECT_EQ(now.queued, 200U);
  EXPECT_EQ(d.session().queued_bytes(), 200U);
  d.receive(frames().window_update(1, 1'000));
  EXPECT_EQ(d.session().flow(d.stream(0)).send_window, 800);
  EXPECT_EQ(d.session().flow(d.stream(0)).queued, 0U);
  EXPECT_EQ(d.session().queued_bytes(), 0U);
  d.reset(0, 8);
  EXPECT_EQ(d.session().flow(d.stream(0)).receive_window, 0) << "a stream that is gone has none";
  d.end();
}

TEST(the_sum_of_queued_bytes, forgets_streams_that_are_reset) {
  dialogue d(role::server, {});
  d.handshake({{4, 0}});
  for (std::uint32_t id = 1; id <= 5; id += 2) {
    d.receive(frames().headers(id, request_fields()));
    d.send_headers(id / 2, response_fields()).send_data(id / 2, std::string(100, 'y'));
  }
  EXPECT_EQ(d.session().queued_bytes(), 300U);
  d.reset(0, 8);
  EXPECT_EQ(d.session().queued_bytes(), 200U);
  d.receive(frames().rst_stream(3, 8));
  EXPECT_EQ(d.session().queued_bytes(), 100U);
  d.end();
  EXPECT_EQ(d.session().queued_bytes(), 0U);
}

TEST(the_connection, holds_back_credit_while_too_much_waits_to_be_read) {
  dialogue d(role::server,
             {.stream_window = 60'000, .connection_window = 65'535, .max_buffered_bytes = 100'000});
  d.handshake().receive(frames().headers(1, request_fields()).headers(3, request_fields()));
  d.skip_sent();
  const auto unread = [&](std::uint32_t id, std::size_t size) {
    for (std::size_t sent = 0; sent < size; sent += 10'000) {
      d.receive(frames().data(id, std::string(10'000, 'x')));
    }
    d.act([&](session& s) { s.add_buffered(size); });
  };
  unread(1, 60'000);
  d.expect_sent("WINDOW_UPDATE 0");  // one slow stream stalls nobody
  d.skip_sent();
  unread(3, 50'000);
  d.skip_sent();
  d.receive(frames().headers(5, request_fields()));
  for (int i = 0; i < 3; ++i) d.receive(frames().data(5, std::string(10'000, 'x')));
  d.expect_nothing_sent();
  EXPECT_EQ(d.session().buffered_bytes(), 110'000U);
  const auto stalled = d.session().flow(d.stream(2)).connection_receive_window;
  EXPECT_LT(stalled, 30'000) << "what is left of the connection's window";
  d.act([](session& s) { s.remove_buffered(20'000); }).expect_sent("WINDOW_UPDATE 0");
  EXPECT_EQ(d.session().flow(d.stream(2)).connection_receive_window, 65'535);
  d.end();
}

}  // namespace
}  // namespace grpcwire::transport
