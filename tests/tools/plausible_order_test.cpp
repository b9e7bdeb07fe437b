// Two directions without times are put into an order that could have been.
#include "tools/grpcwire/plausible_order.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::tools {
namespace {

using testing::ElementsAre;
using transport::frames;
using transport::raw_frames;
namespace flag = transport::http2::flag;
constexpr std::uint8_t last_frame = flag::end_headers | flag::end_stream;

// `c4` for a SETTINGS frame of the client, `s1` for HEADERS of the server, `s?` for loose bytes.
std::vector<std::string> order_of(const raw_frames& client, const raw_frames& server) {
  std::vector<std::string> out;
  std::string joined[2];
  for (const sent_bytes& part : plausible_order(client, server)) {
    const bool by_client = part.sender == side::client;
    joined[by_client ? 0 : 1] += codec::as_text(part.bytes);
    const std::size_t at = by_client && joined[0].size() == part.bytes.size() ? 24 : 0;
    out.push_back((by_client ? "c" : "s") +
                  (part.bytes.size() < at + 9 ? "?" : std::to_string(part.bytes[at + 3])));
  }
  EXPECT_EQ(joined[0], client.text());
  EXPECT_EQ(joined[1], server.text());
  return out;
}

TEST(plausible_order, answers_a_call_after_it_was_made) {
  EXPECT_THAT(order_of(frames()
                           .preface()
                           .settings()
                           .headers(1, {})
                           .data(1, "x", true)
                           .settings_ack()
                           .headers(3, {}, last_frame),
                       frames()
                           .settings()
                           .settings_ack()
                           .headers(1, {})
                           .data(1, "y")
                           .headers(1, {}, last_frame)
                           .headers(3, {}, last_frame)),
              ElementsAre("c4", "c1", "c0", "s4", "s4", "s1", "s0", "s1", "c4", "c1", "s1"));
}

TEST(plausible_order, acknowledges_what_was_sent_before) {
  EXPECT_THAT(order_of(frames().preface().settings().settings_ack().ping("12345678", true),
                       frames().settings().ping().settings_ack()),
              ElementsAre("c4", "s4", "s6", "s4", "c4", "c6"));
}

TEST(plausible_order, lets_a_server_wait_for_the_call_it_speaks_of) {
  EXPECT_THAT(order_of(frames().preface().settings().settings_ack().headers(1, {}, last_frame),
                       frames().settings().headers(1, {}, last_frame).window_update(1, 1)),
              ElementsAre("c4", "s4", "c4", "c1", "s1", "s8"));
}

TEST(plausible_order, loses_no_byte_of_conversations_that_make_no_sense) {
  EXPECT_THAT(order_of(frames().preface().settings_ack(), frames().headers(1, {}, last_frame)),
              ElementsAre("s1", "c4"));
  EXPECT_THAT(order_of(frames().preface().ping().garbage("abc"), frames().garbage("x")),
              ElementsAre("c6", "c?", "s?"));
  EXPECT_THAT(order_of(frames(), frames().settings()), ElementsAre("s4"));
  EXPECT_TRUE(plausible_order({}, {}).empty());
}

}  // namespace
}  // namespace grpcwire::tools
