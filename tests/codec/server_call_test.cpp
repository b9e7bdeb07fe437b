// The server's side of one call: what a request means, what a response looks like, and its end.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/codec/server_call.hpp>

#include "tests/support/call_script.hpp"
#include "tests/support/header_lines.hpp"

namespace grpcwire::codec {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr bool single = true;
constexpr bool many = false;

field_list with(std::string_view name, std::string_view value) {
  field_list fields = grpc_request();
  std::erase_if(fields, [&](const header_view& f) { return f.name == name; });
  fields.push_back({name, value});
  return fields;
}
field_list without(std::string_view name) {
  field_list fields = grpc_request();
  std::erase_if(fields, [&](const header_view& f) { return f.name == name; });
  return fields;
}

TEST(server_call, serves_a_unary_call) {
  const auto played = play_server(single, {headers(grpc_request()), data(framed("hello"), true)});
  EXPECT_THAT(played.events, ElementsAre("request /a.B/C", "message hello", "half_closed"));
}

TEST(server_call, takes_the_half_close_in_an_empty_frame) {
  const auto played =
      play_server(single, {headers(grpc_request()), data(framed("hello")), data("", true)});
  EXPECT_THAT(played.events, ElementsAre("request /a.B/C", "message hello", "half_closed"));
}

TEST(server_call, streams_messages_in_any_pieces) {
  const auto played = play_server(
      many, {headers(grpc_request()), data(framed("a") + framed("")),
             data(framed("bcd").substr(0, 6)), data(framed("bcd").substr(6)), data("", true)});
  EXPECT_THAT(played.events,
              ElementsAre("request /a.B/C", "message a", "message ", "message bcd", "half_closed"));
}

TEST(server_call, needs_no_message_when_it_streams) {
  EXPECT_THAT(play_server(many, {headers(grpc_request(), true)}).events,
              ElementsAre("request /a.B/C", "half_closed"));
  EXPECT_THAT(play_server(many, {headers(grpc_request()), data("", true)}).events,
              ElementsAre("request /a.B/C", "half_closed"));
}

TEST(server_call, takes_request_trailers_as_a_half_close) {
  const auto played = play_server(
      single, {headers(grpc_request()), data(framed("x")), headers({{"a", "b"}}, true)});
  EXPECT_THAT(played.events, ElementsAre("request /a.B/C", "message x", "half_closed"));
}

/// What is odd about a request, and how it is answered.
struct oddity {
  std::string_view what;
  std::vector<step> steps;
  std::string last_event;
};

TEST(server_call, answers_odd_heads) {
  const oddity cases[] = {
      {"no te", {headers(without("te")), data(framed("x"), true)}, "half_closed"},
      {"no :authority", {headers(without(":authority")), data(framed("x"), true)}, "half_closed"},
      {"no content-type",
       {headers(without("content-type"), true)},
       "rejected INVALID_ARGUMENT http 415"},
      {"bad content-type",
       {headers(with("content-type", "text/plain"), true)},
       "rejected INVALID_ARGUMENT http 415"},
      {"grpc-web",
       {headers(with("content-type", "application/grpc-web"), true)},
       "rejected INVALID_ARGUMENT http 415"},
      {"content-type in upper case",
       {headers(with("content-type", "Application/GRPC+proto")), data(framed("x"), true)},
       "half_closed"},
      {"another sub-type",
       {headers(with("content-type", "application/grpc+json;x=y"))},
       "rejected UNIMPLEMENTED"},
      {"sub-type in upper case with a parameter",
       {headers(with("content-type", "application/grpc+PROTO;x=y"))},
       "request /a.B/C"},
      {"GET", {headers(with(":method", "GET"))}, "rejected INTERNAL http 405"},
      {"bad grpc-timeout", {headers(with("grpc-timeout", "1 S"))}, "rejected INTERNAL http 400"},
      {"empty grpc-timeout", {headers(with("grpc-timeout", ""))}, "rejected INTERNAL http 400"},
      {"too long grpc-timeout",
       {headers(with("grpc-timeout", "123456789S"))},
       "rejected INTERNAL http 400"},
      {"no time left", {headers(with("grpc-timeout", "0S"))}, "rejected DEADLINE_EXCEEDED"},
      {"bad Base64", {headers(with("x-bin", "!!!"))}, "rejected INTERNAL http 400"},
      {"obs-text", {headers(with("x", "\xff\x80")), data(framed("x"), true)}, "half_closed"},
      {"two hosts",
       {headers(grpc_request({{"host", "a"}, {"host", "b"}}))},
       "rejected INTERNAL http 400"},
      {"headers too large", {too_large_headers()}, "rejected RESOURCE_EXHAUSTED"},
      {"headers too large and no more", {too_large_headers(true)}, "rejected RESOURCE_EXHAUSTED"},
  };
  for (const oddity& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(play_server(single, c.steps).events.back(), c.last_event);
  }
}

TEST(server_call, refuses_what_is_not_grpc_when_it_is_over) {
  const auto foreign = with("content-type", "text/plain");
  const std::string refused = "rejected INVALID_ARGUMENT http 415";
  const std::string much(10'000, 'x');
  EXPECT_THAT(play_server(single, {headers(foreign), data("text")}).events, IsEmpty());
  EXPECT_THAT(play_server(single, {headers(foreign), data("text", true)}).events,
              ElementsAre(refused));
  EXPECT_THAT(
      play_server(single, {headers(foreign), data("text"), headers({{"a", "b"}}, true)}).events,
      ElementsAre(refused));
  server_call long_one({});
  EXPECT_THAT(play_server(long_one, {headers(foreign), data(much), data(much)}).events,
              ElementsAre(refused));
  EXPECT_THAT(
      play_server(single, {headers(foreign), data("text"), closed(stream_end::reset, 8)}).events,
      ElementsAre("cancelled CANCELLED"));
}

TEST(server_call, answers_odd_messages) {
  const oddity cases[] = {
      {"END_STREAM on HEADERS", {headers(grpc_request(), true)}, "rejected UNIMPLEMENTED"},
      {"no message", {headers(grpc_request()), data("", true)}, "rejected UNIMPLEMENTED"},
      {"two messages",
       {headers(grpc_request()), data(framed("a") + framed("b"), true)},
       "rejected UNIMPLEMENTED"},
      {"truncated prefix",
       {headers(grpc_request()), data(std::string(3, '\0'), true)},
       "rejected INTERNAL"},
      {"truncated message",
       {headers(grpc_request()), data(framed("abc").substr(0, 7), true)},
       "rejected INTERNAL"},
      {"flag byte 2", {headers(grpc_request()), data(framed("a", 2))}, "rejected INTERNAL"},
      {"too large",
       {headers(grpc_request()), data(framed(std::string(101, 'x')))},
       "rejected RESOURCE_EXHAUSTED"},
      {"too large, prefix only",
       {headers(grpc_request()), data(std::string("\0\xff\xff\xff\xff", 5))},
       "rejected RESOURCE_EXHAUSTED"},
      {"flag 1 without an encoding",
       {headers(grpc_request()), data(framed("a", 1), true)},
       "rejected INTERNAL"},
      {"flag 1 with identity",
       {headers(grpc_request({{"grpc-encoding", "identity"}})), data(framed("a", 1), true)},
       "rejected INTERNAL"},
      {"flag 1 with an unknown encoding",
       {headers(grpc_request({{"grpc-encoding", "foo"}})), data(framed("a", 1), true)},
       "rejected UNIMPLEMENTED"},
      {"flag 0 with an unknown encoding",
       {headers(grpc_request({{"grpc-encoding", "foo"}})), data(framed("a", 0), true)},
       "rejected UNIMPLEMENTED"},
      {"flag 1 with gzip",
       {headers(grpc_request({{"grpc-encoding", "gzip"}})), data(framed("a", 1), true)},
       "half_closed"},
  };
  for (const oddity& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(play_server(single, c.steps).events.back(), c.last_event);
  }
}

TEST(server_call, stops_listening_when_it_has_rejected) {
  const auto played =
      play_server(single, {headers(with("content-type", "x")), data(framed("a")),
                           data(framed("b", 7), true), deadline(), closed(stream_end::reset, 8)});
  EXPECT_THAT(played.events, ElementsAre("rejected INVALID_ARGUMENT http 415"));
}

TEST(server_call, is_cancelled_by_reset_loss_and_deadline) {
  const std::pair<step, std::string> ends[] = {
      {closed(stream_end::reset, 8), "cancelled CANCELLED"},
      {closed(stream_end::reset, 0), "cancelled CANCELLED"},
      {closed(stream_end::fault, 1), "cancelled CANCELLED"},
      {closed(stream_end::lost), "cancelled CANCELLED"},
      {deadline(), "cancelled DEADLINE_EXCEEDED"},
  };
  for (const auto& [end, expected] : ends) {
    for (const std::vector<step>& before :
         {std::vector<step>{headers(grpc_request())},
          std::vector<step>{headers(grpc_request()), data(framed("a"))},
          std::vector<step>{headers(grpc_request()), data(framed("abc").substr(0, 6))}}) {
      std::vector<step> steps = before;
      steps.push_back(end);
      steps.push_back(closed(stream_end::lost));
      EXPECT_EQ(play_server(many, steps).events.back(), expected);
    }
  }
}

TEST(server_call, is_cancelled_behind_the_half_close_too) {
  server_call call({});
  const auto played = play_server(
      call, {headers(grpc_request()), data(framed("a"), true), closed(stream_end::reset, 8)});
  EXPECT_THAT(played.events,
              ElementsAre("request /a.B/C", "message a", "half_closed", "cancelled CANCELLED"));
  EXPECT_TRUE(call.cancelled());
  EXPECT_THAT(played.ends[0].message(), HasSubstr("CANCEL"));
  header_fields fields;
  call.respond(fields, nullptr);
  EXPECT_TRUE(fields.view().empty());
  EXPECT_EQ(call.finish(fields, status(), nullptr), server_call::finish_kind::nothing);
  EXPECT_TRUE(fields.view().empty());
}

TEST(server_call, is_not_cancelled_when_it_has_finished) {
  server_call call({});
  (void)play_server(call, {headers(grpc_request()), data(framed("a"), true)});
  header_fields fields;
  EXPECT_EQ(call.finish(fields, status(), nullptr), server_call::finish_kind::trailers_only);
  const auto played = play_server(call, {deadline(), closed(stream_end::lost)});
  EXPECT_TRUE(played.events.empty());
  EXPECT_FALSE(call.cancelled());
}

TEST(server_call, tells_a_caller_whose_time_is_over) {
  server_call call({});
  const auto played = play_server(call, {headers(grpc_request()), deadline()});
  header_fields fields;
  EXPECT_EQ(call.finish(fields, played.ends[0], nullptr), server_call::finish_kind::trailers_only);
  EXPECT_THAT(lines_of(fields), testing::Contains("grpc-status=4"));
}

// ---- responses

TEST(server_call, writes_headers_and_trailers) {
  server_call call({});
  (void)play_server(call, {headers(grpc_request()), data(framed("a"), true)});
  header_fields fields;
  call.respond(fields, nullptr, encoding::gzip);
  EXPECT_THAT(lines_of(fields),
              ElementsAre(":status=200", "content-type=application/grpc", "grpc-encoding=gzip"));
  EXPECT_TRUE(call.responded());
  call.respond(fields, nullptr);
  EXPECT_TRUE(fields.view().empty());
  const metadata trailing{{"a", "b"}, {"c-bin", std::string_view("\0\1", 2)}};
  EXPECT_EQ(call.finish(fields, status(status_code::not_found, "no %"), &trailing),
            server_call::finish_kind::trailers);
  EXPECT_THAT(lines_of(fields),
              ElementsAre("grpc-status=5", "grpc-message=no %25 !", "a=b", "c-bin=AAE"));
  EXPECT_EQ(call.finish(fields, status(), nullptr), server_call::finish_kind::nothing);
  EXPECT_TRUE(fields.view().empty());
}

TEST(server_call, writes_trailers_only) {
  server_call call({});
  (void)play_server(call, {headers(with("content-type", "application/grpc+proto"))});
  header_fields fields;
  status_details details{.message = "wait", .binary = std::string("\1\2\3")};
  EXPECT_EQ(call.finish(fields, status(status_code::unavailable, details), nullptr),
            server_call::finish_kind::trailers_only);
  EXPECT_THAT(lines_of(fields),
              ElementsAre(":status=200", "content-type=application/grpc+proto", "grpc-status=14",
                          "grpc-message=wait !", "grpc-status-details-bin=AQID !"));
}

TEST(server_call, says_what_it_can_decompress) {
  server_call call({});
  const auto played =
      play_server(call, {headers(grpc_request({{"grpc-encoding", "foo"}})), data(framed("a", 1))});
  ASSERT_EQ(played.ends.size(), 1U);
  EXPECT_THAT(played.ends[0].message(), HasSubstr("foo"));
  header_fields fields;
  (void)call.finish(fields, played.ends[0], nullptr);
  EXPECT_THAT(lines_of(fields), testing::Contains("grpc-accept-encoding=identity,gzip,deflate"));
}

TEST(server_call, answers_others_in_plain_text) {
  server_call call({});
  const auto played = play_server(call, {headers(with("content-type", "text/html"), true)});
  header_fields fields;
  EXPECT_EQ(call.finish(fields, played.ends[0], nullptr, 415),
            server_call::finish_kind::plain_text);
  EXPECT_THAT(lines_of(fields), ElementsAre(":status=415", "content-type=text/plain"));
  EXPECT_THAT(server_call::plain_body(played.ends[0]), HasSubstr("text/html"));
}

TEST(server_call, says_how_much_a_message_needs) {
  server_call call({});
  const std::string bytes = framed(std::string(90, 'x'));
  (void)play_server(call, {headers(grpc_request()), data(bytes.substr(0, 30))});
  EXPECT_EQ(call.expected_bytes(), 90U);
  (void)play_server(call, {data(bytes.substr(30))});
  EXPECT_EQ(call.expected_bytes(), 0U);
}

}  // namespace
}  // namespace grpcwire::codec
