// Credit: it returns when the application takes data, messages larger than a window get through,
// and output stops where it should.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::play;
using tests::request_fields;
using tests::response_fields;
using tests::trailer_fields;

constexpr session_settings small_windows{.stream_window = 1000, .connection_window = 100'000};

/// Increments of WINDOW_UPDATE for one stream, added up.
std::uint64_t credit(const dialogue& d, std::uint32_t id) {
  const std::string begin = "WINDOW_UPDATE " + std::to_string(id) + " +";
  std::uint64_t sum = 0;
  for (const std::string& line : d.sent()) {
    if (line.starts_with(begin)) sum += std::stoull(line.substr(begin.size()));
  }
  return sum;
}

TEST(session_flow_control, gives_stream_credit_back_only_for_what_was_taken) {
  play(role::server, small_windows, [](dialogue& d) {
    d.handshake().receive(frames().headers(1, request_fields()).data(1, std::string(1000, 'x')));
    d.skip_sent().consume(0, 499).expect_nothing_sent();
    d.consume(0, 1).expect_sent("WINDOW_UPDATE 1 +500").expect_nothing_sent();
    d.consume(0, 500).expect_sent("WINDOW_UPDATE 1 +500").expect_nothing_sent();
  });
}

TEST(session_flow_control, closes_the_window_of_a_stream_that_nobody_reads) {
  dialogue d(role::server, small_windows);
  d.handshake().receive(frames().headers(1, request_fields()).data(1, std::string(1000, 'x')));
  d.skip_events().skip_sent();
  // One byte more than was allowed: the stream pays for it, not the connection.
  d.receive(frames().data(1, "y"))
      .expect_sent("RST_STREAM 1 FLOW_CONTROL_ERROR")
      .expect_event("stream_closed 1 protocol_error FLOW_CONTROL_ERROR")
      .receive(frames().headers(3, request_fields()))
      .expect_event("headers_received 3");
  d.end();
}

TEST(session_flow_control, gives_connection_credit_back_on_arrival) {
  dialogue d(role::server, {.stream_window = 60'000, .connection_window = 70'000});
  d.handshake();
  std::uint32_t id = 1;
  for (int i = 0; i < 20; ++i, id += 2) {  // nothing of it is ever taken
    raw_frames input = frames();
    input.headers(id, request_fields());
    for (int k = 0; k < 5; ++k) input.data(id, std::string(10'000, 'x'));
    d.receive(input);
    ASSERT_FALSE(d.session().finished());
    EXPECT_EQ(credit(d, id), 0U);
  }
  EXPECT_GE(credit(d, 0), 20U * 50'000 - 35'000);
  d.end();
}

TEST(session_flow_control, credits_padding_and_data_of_streams_that_are_gone) {
  dialogue d(role::server, small_windows);
  d.handshake().receive(frames().headers(1, request_fields())).reset(0, 8).skip_sent();
  const std::uint64_t before = credit(d, 0);
  for (int i = 0; i < 300; ++i) d.receive(frames().data(1, std::string(1000, 'x')));
  EXPECT_GE(credit(d, 0) - before, 240'000U);
  EXPECT_FALSE(d.session().finished());
  d.receive(frames().headers(3, request_fields()));
  // 255 bytes of padding and its length for 5 bytes of data: only the data waits to be taken.
  for (int i = 0; i < 100; ++i) d.receive(frames().data_padded(3, "12345", 255)).consume(1, 5);
  EXPECT_GE(credit(d, 3), 25'000U);
  d.end();
}

/// Sends messages of `size` bytes in frames as large as the credit allows, takes each when it is
/// whole, and says how many came through.
std::size_t messages_through(std::uint32_t window, std::size_t size, std::size_t first_size) {
  dialogue d(role::server, {.stream_window = window, .connection_window = 1U << 24});
  d.handshake().receive(frames().headers(1, request_fields()));
  std::size_t sent = 0;
  std::size_t through = 0;
  for (int i = 0; i < 20; ++i) {
    const std::size_t length = i == 0 ? first_size : size;
    std::size_t rest = length;
    while (rest != 0) {
      const std::size_t room = window + static_cast<std::size_t>(credit(d, 1)) - sent;
      const std::size_t part = std::min({rest, room, std::size_t{16384}});
      if (part == 0) return through;  // both sides wait for each other
      d.receive(frames().data(1, std::string(part, 'x')));
      sent += part;
      rest -= part;
      if (rest != 0) d.act([&](session& s) { s.expect(d.stream(0), length); });
    }
    d.consume(0, length);
    ++through;
  }
  d.end();
  return through;
}

TEST(session_flow_control, lets_messages_of_any_size_through_a_window) {
  for (const std::size_t size : {1U, 499U, 500U, 501U, 600U, 999U, 1000U, 1001U, 5000U, 100'000U}) {
    for (const std::size_t first : {1U, 250U, 499U, 501U, 1000U, 1500U}) {
      EXPECT_EQ(messages_through(1000, size, first), 20U) << size << " after " << first;
    }
  }
}

TEST(session_flow_control, raises_a_window_once_for_a_large_message) {
  play(role::server, small_windows, [](dialogue& d) {
    d.handshake().receive(frames().headers(1, request_fields()).data(1, std::string(1000, 'x')));
    d.skip_sent()
        .act([&](session& s) { s.expect(d.stream(0), 500); })
        .expect_nothing_sent()
        .act([&](session& s) { s.expect(d.stream(0), 5000); })
        .expect_sent("WINDOW_UPDATE 1 +9000")
        // A slow reader does not get more with every piece that comes.
        .act([&](session& s) { s.expect(d.stream(0), 5000); })
        .receive(frames().data(1, std::string(1000, 'x')))
        .act([&](session& s) { s.expect(d.stream(0), 5000); })
        .act([&](session& s) { s.expect(d.stream(0), 100); })
        .expect_nothing_sent();
  });
}

TEST(session_flow_control, raises_a_window_before_the_peer_knows_our_settings) {
  // The peer has not acknowledged them: nghttp2 still counts with 65535 bytes.
  dialogue d(role::server, small_windows);
  d.receive(frames().preface().settings().headers(1, request_fields()).data(1, "x")).skip_sent();
  d.act([&](session& s) { s.expect(d.stream(0), 5000); })
      .expect_sent("WINDOW_UPDATE 1 +9000")
      .receive(frames().settings_ack().data(1, std::string(9999, 'x')))
      .expect_nothing_sent()
      .consume(0, 10'000)
      .expect_sent("WINDOW_UPDATE 1 +10000");
  d.end();
}

TEST(session_flow_control, asks_for_no_more_than_a_window_can_be) {
  dialogue d(role::server, small_windows);
  d.handshake().receive(frames().headers(1, request_fields())).skip_sent();
  d.act([&](session& s) { s.expect(d.stream(0), ~std::size_t{0} / 4); });
  EXPECT_EQ(credit(d, 1), 0x7fff'ffffU - 1000);
  d.end();
}

TEST(session_flow_control, survives_a_negative_send_window) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake().receive(frames().headers(1, request_fields())).skip_events();
    d.send_headers(0, response_fields())
        .send_data(0, std::string(30'000, 'x'))
        .skip_sent()
        .receive(frames().settings({{http2::setting::initial_window_size, 100}}))
        .expect_sent("SETTINGS ACK")
        .send_data(0, "more")
        .send_trailers(0, trailer_fields())
        .expect_nothing_sent()
        .receive(frames().window_update(1, 29'900))
        .expect_nothing_sent()
        .receive(frames().window_update(1, 3))
        .expect_sent("DATA 1 \"mor\"")
        .expect_nothing_sent()
        .receive(frames().window_update(1, 3))
        .expect_sent("DATA 1 \"e\"")
        .expect_sent("HEADERS 1 end");
  });
}

TEST(session_flow_control, sends_trailers_although_the_window_is_closed) {
  dialogue d(role::server);
  d.handshake({{http2::setting::initial_window_size, 0}});
  d.receive(frames().headers(1, request_fields())).skip_events();
  d.send_headers(0, response_fields()).skip_sent().send_trailers(0, trailer_fields());
  d.expect_sent("HEADERS 1 end").expect_sent("RST_STREAM 1 NO_ERROR");
  d.end();
}

/// A call whose answer is `size` bytes, and a peer that allows all of it.
void ask_for(dialogue& d, std::size_t size) {
  d.handshake({{http2::setting::initial_window_size, 0x7fff'ffff}});
  d.receive(frames().window_update(0, 0x7fff'0000).headers(1, request_fields()));
  d.skip_events().hold_output(true).send_headers(0, response_fields());
  d.act([&](session& s) { s.send_data(d.stream(0), codec::buffer(size), false, true); });
}

std::size_t waiting_bytes(session& s) {
  std::size_t sum = 0;
  for (const codec::const_bytes block : s.output()) sum += block.size();
  return sum;
}

TEST(session_output, stops_at_the_high_water_mark) {
  dialogue d(role::server, {.output_high_water = 50'000});
  ask_for(d, 1'000'000);
  const std::size_t waiting = waiting_bytes(d.session());
  EXPECT_GE(waiting, 50'000U);
  EXPECT_LE(waiting, 50'000U + 2 * (16384 + 9));
  EXPECT_EQ(waiting_bytes(d.session()), waiting);
  d.session().consume_output(waiting - 49'999);
  EXPECT_GT(waiting_bytes(d.session()), 49'999U);
  EXPECT_GT(d.session().queued_bytes(d.stream(0)), 800'000U);
  d.hold_output(false).expect_event("data_sent 1").expect_no_event();
  EXPECT_EQ(d.session().queued_bytes(d.stream(0)), 0U);
  d.end();
}

TEST(session_output, keeps_a_payload_that_waits_while_its_stream_ends) {
  for (const bool by_peer : {true, false}) {
    dialogue d(role::server, {.output_high_water = 50'000});
    ask_for(d, 1'000'000);
    const std::vector<codec::const_bytes> blocks = [&] {
      const auto now = d.session().output();
      return std::vector<codec::const_bytes>(now.begin(), now.end());
    }();
    by_peer ? d.receive(frames().rst_stream(1, 8)) : d.reset(0, 8);
    // The stream is gone and its slot is used again, while a system call still reads its payload.
    d.receive(frames().headers(3, request_fields()));
    std::size_t sum = 0;
    std::size_t zeros = 0;
    for (const codec::const_bytes block : blocks) {
      sum += block.size();
      zeros += static_cast<std::size_t>(std::count(block.begin(), block.end(), 0));
    }
    EXPECT_GE(sum, 50'000U);
    EXPECT_LE(zeros, sum);
    d.session().consume_output(sum);
    d.hold_output(false);
    EXPECT_EQ(d.log().closes(d.stream(0)), 1U);
    EXPECT_EQ(d.session().open_streams(), 1U);
    d.end();
  }
}

TEST(session_output, sends_small_pieces_in_order_while_more_are_added) {
  // The list of a stream's data is never empty here, and must not grow for ever or lose its place.
  std::string expected;
  dialogue d(role::server, {.output_high_water = 1});
  d.handshake({{http2::setting::initial_window_size, 0}});
  d.receive(frames().headers(1, request_fields())).skip_events().send_headers(0, response_fields());
  for (int i = 0; i < 1000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    expected += piece;
    d.send_data(0, piece);
    if (i > 5) d.receive(frames().window_update(1, 3));
  }
  EXPECT_GT(d.session().queued_bytes(d.stream(0)), 0U);
  d.receive(frames().window_update(1, 10'000));
  std::string seen;
  for (const std::string& line : d.sent()) {
    if (line.starts_with("DATA 1 \"")) seen += line.substr(8, line.size() - 9);
  }
  EXPECT_TRUE(expected.starts_with(seen)) << seen;
  EXPECT_GT(seen.size(), 2900U);
  EXPECT_EQ(d.session().queued_bytes(d.stream(0)), 0U);
  d.end();
}

TEST(session_output, gives_each_stream_its_share) {
  dialogue d(role::server, {.output_high_water = 50'000});
  ask_for(d, 1'000'000);
  d.receive(frames().headers(3, request_fields())).send_headers(1, response_fields());
  d.act([&](session& s) { s.send_data(d.stream(1), codec::buffer(20'000), false); });
  d.skip_sent().hold_output(false);
  const auto& lines = d.sent();
  const auto first = std::find_if(lines.begin(), lines.end(),
                                  [](const auto& line) { return line.starts_with("DATA 3"); });
  EXPECT_LT(first - lines.begin(), 20);
  d.end();
}

}  // namespace
}  // namespace grpcwire::transport
