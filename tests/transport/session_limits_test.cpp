// What a peer may not do: each attack ends in GOAWAY(ENHANCE_YOUR_CALM), and honest use does not.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using namespace std::chrono_literals;
using tests::dialogue;
using tests::request_fields;
using tests::response_fields;
namespace flag = http2::flag;

/// Repeats `attack` until the session ends, at most `times` times; how many it took.
int repeats_until_the_end(dialogue& d, int times, const std::function<raw_frames(int)>& attack) {
  for (int i = 0; i < times; ++i) {
    d.receive(attack(i));
    if (d.error() || d.session().finished()) return i + 1;
  }
  return times;
}

void expect_calm_down(dialogue& d, std::string_view debug) {
  d.expect_error(http2_errc::enhance_your_calm);
  ASSERT_FALSE(d.sent().empty());
  const std::string& last = d.sent().back();
  EXPECT_NE(last.find(" ENHANCE_YOUR_CALM \"" + std::string(debug) + "\""), std::string::npos)
      << last;
  EXPECT_TRUE(d.session().finished());
  d.end();
}

std::uint32_t odd(int i) {
  return static_cast<std::uint32_t>(2 * i + 1);
}

TEST(session_limits, ends_a_rapid_reset) {
  dialogue d(role::server);
  d.handshake();
  const int count = repeats_until_the_end(d, 5000, [](int i) {
    return frames().headers(odd(i), request_fields()).rst_stream(odd(i), 8);
  });
  EXPECT_EQ(count, 1001);
  expect_calm_down(d, "too many RST_STREAM frames");
}

TEST(session_limits, allows_cancelled_calls_at_a_normal_rate) {
  dialogue d(role::server);
  d.handshake();
  const int count = repeats_until_the_end(d, 3000, [&](int i) {
    d.clock().advance(31ms);
    return frames().headers(odd(i), request_fields()).rst_stream(odd(i), 8);
  });
  EXPECT_EQ(count, 3000);
  EXPECT_FALSE(d.error());
}

TEST(session_limits, lets_a_server_reset_the_calls_of_a_client) {
  dialogue d(role::client);
  d.handshake();
  for (std::size_t i = 0; i < 3000; ++i) {
    d.open().send_headers(i, request_fields());
    d.receive(frames()
                  .headers(odd(static_cast<int>(i)), response_fields(),
                           flag::end_headers | flag::end_stream)
                  .rst_stream(odd(static_cast<int>(i)), 0));
  }
  EXPECT_FALSE(d.error());
}

TEST(session_limits, ends_a_peer_that_makes_us_reset) {
  const std::function<raw_frames(std::uint32_t)> attacks[] = {
      [](std::uint32_t id) {
        return frames().headers(id, request_fields()).window_update(id, 0x7fff'ffff);
      },
      [](std::uint32_t id) {
        auto fields = request_fields();
        fields.push_back({"content-length", "5"});
        return frames().headers(id, fields).data(id, "123456");
      },
      [](std::uint32_t id) {
        return frames().headers(id, {{":method", "POST"}});
      },
      [](std::uint32_t id) {
        return frames().headers(id, {{":method", "POST"},
                                     {":scheme", "http"},
                                     {":path", "/"},
                                     {":authority", "a"},
                                     {"connection", "close"}});
      },
  };
  for (const auto& attack : attacks) {
    dialogue d(role::server);
    d.handshake();
    const int count = repeats_until_the_end(d, 2000, [&](int i) { return attack(odd(i)); });
    EXPECT_EQ(count, 201);
    EXPECT_NE(d.sent().back().find("ENHANCE_YOUR_CALM \"too many faulty streams\""),
              std::string::npos)
        << d.sent().back();
    d.end();
  }
}

TEST(session_limits, does_not_count_its_own_resets) {
  dialogue d(role::server);
  d.handshake();
  for (std::size_t i = 0; i < 2000; ++i) {
    d.receive(frames().headers(odd(static_cast<int>(i)), request_fields())).reset(i, 8);
  }
  EXPECT_FALSE(d.session().finished());
}

TEST(session_limits, ends_floods_of_frames_that_cost_nothing_to_send) {
  struct flood {
    std::string_view debug;
    int allowed;
    std::function<raw_frames()> frame;
  };
  const flood floods[] = {
      {"too many SETTINGS frames", 100, [] { return frames().settings(); }},
      {"too many PRIORITY frames", 1000, [] { return frames().priority(1, {}); }},
      {"too many WINDOW_UPDATE frames", 20'000, [] { return frames().window_update(0, 1); }},
      {"too many empty DATA frames", 100, [] { return frames().data(1, ""); }},
  };
  for (const flood& f : floods) {
    SCOPED_TRACE(f.debug);
    dialogue d(role::server);
    d.handshake().receive(frames().headers(1, request_fields()));
    const int count = repeats_until_the_end(d, 30'000, [&](int) { return f.frame(); });
    EXPECT_GE(count, f.allowed - 1);
    EXPECT_LE(count, f.allowed + 1);
    expect_calm_down(d, f.debug);
  }
}

TEST(session_limits, allows_the_same_frames_at_a_normal_rate) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields()));
  for (int i = 0; i < 5000; ++i) {
    d.clock().advance(500ms);
    d.receive(frames().settings().priority(1, {}).window_update(1, 1).data(1, "").data(1, "x"));
    d.consume(0, 1);
  }
  EXPECT_FALSE(d.error());
}

TEST(session_limits, lets_a_peer_credit_each_piece_of_what_it_gets) {
  dialogue d(role::server, {.abuse = {.window_updates_received = {10, 0}}});
  d.handshake().receive(frames().headers(1, request_fields()));
  d.send_headers(0, response_fields());
  const std::string piece(8192, 'x');
  for (int i = 0; i < 1000; ++i) {
    d.send_data(0, piece);
    d.receive(frames().window_update(1, 4000).window_update(0, 4000));
    d.receive(frames().window_update(1, 4192).window_update(0, 4192));
  }
  EXPECT_FALSE(d.error());
}

TEST(session_limits, ends_a_peer_that_takes_data_by_the_byte) {
  dialogue d(role::server, {.abuse = {.window_updates_received = {1000, 0}}});
  d.handshake({{http2::setting::initial_window_size, 0}})
      .receive(frames().headers(1, request_fields()));
  d.send_headers(0, response_fields()).send_data(0, std::string(30'000, 'x'));
  const int count =
      repeats_until_the_end(d, 30'000, [](int) { return frames().window_update(1, 1); });
  EXPECT_EQ(count, 1001);
  expect_calm_down(d, "too many WINDOW_UPDATE frames");
}

TEST(session_limits, ends_a_continuation_flood) {
  dialogue d(role::server);
  raw_frames input = frames();
  input.headers(1, {{":method", "POST"}}, flag::none);
  for (int i = 0; i < 8; ++i) input.continuation_block_raw(1, "", flag::none);
  d.handshake().receive(input);
  EXPECT_FALSE(d.error());
  d.receive(frames().continuation_block_raw(1, "", flag::none));
  expect_calm_down(d, "too many CONTINUATION frames");
}

raw_frames request_with(std::uint32_t id, std::string_view value) {
  auto fields = request_fields();
  fields.push_back({"x", value});
  return frames().headers_in_pieces(id, fields, 16384);
}

TEST(session_limits, refuses_only_the_call_whose_headers_are_too_large) {
  tests::play(role::server, {.max_header_list_size = 1000}, [](dialogue& d) {
    d.handshake()
        .receive(request_with(1, std::string(500, 'x')))
        .expect_event("headers_received 1 :method=POST")
        .receive(request_with(3, std::string(1000, 'x')))
        .expect_event("headers_received 3 too_large :method=POST")
        .receive(request_with(5, "small"))
        .expect_event("headers_received 5 :method=POST")
        .expect_no_event();
  });
}

TEST(session_limits, keeps_the_compression_state_behind_headers_that_are_too_large) {
  // Literals with incremental indexing: "x" goes into the table behind the limit, and is used next.
  const auto literal = [](std::string_view name, std::string_view value) {
    std::string text = "\x40";
    text += static_cast<char>(name.size());
    text += name;
    text += static_cast<char>(value.size());
    text += value;
    return text;
  };
  const std::string head = literal_header_block(request_fields());
  dialogue d(role::server, {.max_header_list_size = 400});
  d.handshake()
      .receive(frames().headers_block_raw(
          1, head + literal("big", std::string(100, 'b')) + literal("x", "kept")))
      .expect_event("headers_received 1 too_large")
      .receive(frames().headers_block_raw(3, head + "\xbe"))
      .expect_event(
          "headers_received 3 :method=POST :scheme=http :path=/a.B/C "
          ":authority=localhost te=trailers content-type=application/grpc x=kept");
  d.end();
}

TEST(session_limits, ends_a_connection_with_absurd_headers) {
  dialogue d(role::server, {.max_header_list_size = 1000});
  d.handshake().receive(request_with(1, std::string(16'001, 'x')));
  expect_calm_down(d, "header list too large");
}

TEST(session_limits, ends_an_hpack_bomb_early) {
  // One entry of 4000 bytes, and then a byte each time it is used again.
  std::string block = literal_header_block(request_fields());
  block += "\x40\x01x\x7f\xa1\x1e";  // indexed literal, 4000 = 127 + 33 + 30 * 128
  block += std::string(4000, 'b') + std::string(3000, '\xbe');
  dialogue d(role::server);
  d.handshake().receive(frames().headers_block_raw(1, block));
  expect_calm_down(d, "header list too large");
}

TEST(session_limits, counts_fields_that_it_drops) {
  std::vector<codec::header_view> fields = request_fields();
  for (int i = 0; i < 100; ++i) fields.push_back({"bad", "\x01"});
  dialogue d(role::server, {.max_header_list_size = 1000});
  d.handshake()
      .receive(frames().headers_in_pieces(1, fields, 16384))
      .expect_event("headers_received 1 too_large");
  for (int i = 0; i < 1000; ++i) fields.push_back({"bad", "\x01"});
  d.receive(frames().headers_in_pieces(3, fields, 16384));
  expect_calm_down(d, "header list too large");
}

TEST(session_pings, ends_a_peer_that_pings_without_need) {
  dialogue d(role::server);
  d.handshake();
  for (int i = 0; i < 3; ++i) {
    d.receive(frames().ping()).expect_sent("PING ACK \"12345678\"").expect_nothing_sent();
  }
  d.receive(frames().ping())
      .expect_sent("PING ACK \"12345678\"")
      .expect_sent("GOAWAY 0 ENHANCE_YOUR_CALM \"too_many_pings\"")
      .expect_nothing_sent();
  expect_calm_down(d, "too_many_pings");
}

TEST(session_pings, acknowledges_all_of_them_when_they_come_at_once) {
  dialogue d(role::server);
  d.handshake().receive(
      frames().ping("1.......").ping("2.......").ping("3.......").ping("4......."));
  for (int i = 0; i < 4; ++i) d.expect_sent("PING ACK");
  d.expect_sent("GOAWAY");
  expect_calm_down(d, "too_many_pings");
}

TEST(session_pings, are_free_again_when_headers_or_data_were_sent) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields()));
  d.send_headers(0, response_fields());
  for (int i = 0; i < 20; ++i) {
    d.receive(frames().ping()).receive(frames().ping()).receive(frames().ping());
    d.send_data(0, "x");
  }
  EXPECT_FALSE(d.error());
  d.send_data(0, "x");
  for (int i = 0; i < 3; ++i) d.receive(frames().ping());
  EXPECT_FALSE(d.error());
  d.receive(frames().ping());
  expect_calm_down(d, "too_many_pings");
}

TEST(session_pings, are_fine_when_they_are_far_apart) {
  const auto lives = [](bool with_call, std::chrono::minutes apart) {
    dialogue d(role::server);
    d.handshake();
    if (with_call) d.receive(frames().headers(1, request_fields()));
    for (int i = 0; i < 10; ++i) {
      d.receive(frames().ping());
      d.clock().advance(apart);
    }
    return !d.error();
  };
  EXPECT_TRUE(lives(true, 5min));
  EXPECT_FALSE(lives(true, 4min));
  EXPECT_TRUE(lives(false, 120min));
  EXPECT_FALSE(lives(false, 119min));
}

TEST(session_pings, carry_their_eight_bytes_back) {
  dialogue d(role::client);
  d.handshake().act([](session& s) { s.ping(0x0102030405060708); });
  d.receive(frames().ping(std::string_view("\x08\x07\x06\x05\x04\x03\x02\x01", 8), true))
      .expect_event("ping_acknowledged 72623859790382856");
  for (int i = 0; i < 100; ++i) d.receive(frames().ping());  // a server may ping as it likes
  EXPECT_FALSE(d.error());
}

}  // namespace
}  // namespace grpcwire::transport
