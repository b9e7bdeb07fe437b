// What a client may send on which stream.
#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/http2_names.hpp>
#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/stream_rules.hpp>

namespace grpcwire::transport {
namespace {

constexpr std::uint8_t end = http2::flag::end_stream;

raw_frames after_preface() {
  raw_frames frames;
  frames.preface();
  return frames;
}

TEST(stream_rules, let_pass_what_is_in_order) {
  stream_rules rules;
  raw_frames frames = after_preface();
  frames.raw(1, 0, 1, "block").raw(0, 0, 1, "data").raw(0, end, 1, "").raw(1, end, 3, "block");
  frames.raw(3, 0, 1, "code").raw(8, 0, 1, "size").raw(2, 0, 1, "weigh").raw(0, end, 0, "");
  EXPECT_EQ(rules.check(frames), frames.size());
  EXPECT_FALSE(rules.broken());
}

struct breach {
  const char* what;
  raw_frames before;
  raw_frames frame;
  http2_errc code;
};

TEST(stream_rules, stop_in_front_of_a_breach_however_the_bytes_are_cut) {
  const auto begun = [] { return after_preface().raw(1, end, 5, "block"); };
  const breach breaches[] = {
      {"DATA behind END_STREAM", begun(), raw_frames().raw(0, 0, 5, "x"),
       http2_errc::stream_closed},
      {"HEADERS behind END_STREAM", begun(), raw_frames().raw(1, end, 5, "x"),
       http2_errc::stream_closed},
      {"DATA behind RST_STREAM", begun().raw(1, 0, 7, "block").raw(3, 0, 7, "code"),
       raw_frames().raw(0, 0, 7, "x"), http2_errc::stream_closed},
      {"HEADERS on a skipped stream", begun(), raw_frames().raw(1, 0, 3, "block"),
       http2_errc::protocol_error},
  };
  for (const breach& b : breaches) {
    SCOPED_TRACE(b.what);
    const std::size_t good = b.before.size();
    raw_frames all = b.before;
    all.garbage(b.frame.text());
    const codec::const_bytes bytes = all;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      stream_rules rules;
      std::size_t taken = rules.check(bytes.first(cut));
      if (!rules.broken()) taken += rules.check(bytes.subspan(cut));
      ASSERT_TRUE(rules.broken());
      EXPECT_EQ(rules.broken()->code, b.code);
      // A part of the frame's head may have passed, which means nothing to anybody.
      EXPECT_GE(taken, good);
      EXPECT_LT(taken, good + http2::frame_header_size);
    }
  }
}

TEST(stream_rules, remember_the_last_streams) {
  stream_rules rules;
  constexpr auto count = static_cast<std::uint32_t>(stream_rules::remembered);
  raw_frames frames = after_preface();
  for (std::uint32_t n = 0; n <= count; ++n) frames.raw(1, end, 2 * n + 1, "");
  frames.raw(0, 0, 1, "forgotten");
  rules.check(frames);
  EXPECT_FALSE(rules.broken());
  rules.check(raw_frames().raw(0, 0, 3, ""));
  EXPECT_TRUE(rules.broken());
}

}  // namespace
}  // namespace grpcwire::transport
