// The client's side of one call: which input gives which events, and exactly one status.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/codec/client_call.hpp>

#include "tests/support/call_script.hpp"

namespace grpcwire::codec {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(client_call, ends_a_unary_call_with_ok) {
  const auto played = play_client(unary, {half_close(), headers(grpc_response()),
                                          data(framed("hello")), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events, ElementsAre("headers", "message hello", "ended OK"));
}

TEST(client_call, reads_many_messages_in_any_pieces) {
  const auto played = play_client(streaming, {half_close(), headers(grpc_response()),
                                              data(framed("one") + framed("") + framed("th")),
                                              data(framed("ree")), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events, ElementsAre("headers", "message one", "message ", "message th",
                                         "message ree", "ended OK"));
}

TEST(client_call, needs_no_message_when_it_streams) {
  const auto played = play_client(
      streaming, {half_close(), headers(grpc_response()), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events, ElementsAre("headers", "ended OK"));
  const auto only =
      play_client(streaming, {half_close(), headers(grpc_response({{"grpc-status", "0"}}), true)});
  EXPECT_THAT(only.events, ElementsAre("ended OK"));
}

TEST(client_call, resets_with_no_error_what_it_has_not_half_closed) {
  const auto played =
      play_client(streaming, {headers(grpc_response()), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events, ElementsAre("headers", "ended OK reset NO_ERROR"));
}

TEST(client_call, takes_trailers_only_as_trailers) {
  client_call call(unary);
  const auto played =
      play_client(call, {half_close(), headers(grpc_response({{"grpc-status", "5"},
                                                              {"grpc-message", "no such%20thing"},
                                                              {"grpc-status-details-bin", "AAEC"},
                                                              {"x", "y"}}),
                                               true)});
  EXPECT_THAT(played.events, ElementsAre("ended NOT_FOUND"));
  EXPECT_EQ(played.ends[0].message(), "no such thing");
  EXPECT_EQ(played.ends[0].details().binary, std::string("\0\1\2", 3));
  EXPECT_EQ(played.ends[0].details().origin, status_origin::peer);
  EXPECT_EQ(played.ends[0].details().phase, call_phase::finished);
  EXPECT_TRUE(call.initial_metadata().empty());
  EXPECT_EQ(call.trailing_metadata().get("x"), "y");
}

TEST(client_call, keeps_initial_and_trailing_metadata_apart) {
  client_call call(unary);
  (void)play_client(call, {headers(grpc_response({{"a", "1"}, {"b-bin", "AAEC"}, {"a", "2"}})),
                           data(framed("x")), headers({{"grpc-status", "0"}, {"a", "3"}}, true)});
  EXPECT_THAT(call.initial_metadata().get_all("a"), ElementsAre("1", "2"));
  EXPECT_EQ(call.initial_metadata().get("b-bin"), std::string_view("\0\1\2", 3));
  EXPECT_THAT(call.trailing_metadata().get_all("a"), ElementsAre("3"));
}

TEST(client_call, ignores_a_grpc_status_in_headers_that_do_not_end) {
  const auto played =
      play_client(unary, {half_close(), headers(grpc_response({{"grpc-status", "9"}})),
                          data(framed("x")), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events, ElementsAre("headers", "message x", "ended OK"));
}

TEST(client_call, skips_informational_responses) {
  const auto played = play_client(
      unary, {half_close(), headers({{":status", "103"}}), headers({{":status", "100"}}),
              headers(grpc_response()), data(framed("x")), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events, ElementsAre("headers", "message x", "ended OK"));
  const auto ends = play_client(unary, {half_close(), headers({{":status", "100"}}, true)});
  EXPECT_THAT(ends.events, ElementsAre("ended INTERNAL reset NO_ERROR"));
}

TEST(client_call, rejects_headers_that_are_neither_first_nor_last) {
  const auto played =
      play_client(streaming, {half_close(), headers(grpc_response()), data(framed("x")),
                              headers(ok_trailers()), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events,
              ElementsAre("headers", "message x", "ended INTERNAL reset PROTOCOL_ERROR"));
}

TEST(client_call, rejects_data_before_headers) {
  const auto played = play_client(unary, {half_close(), data(framed("x"))});
  EXPECT_THAT(played.events, ElementsAre("ended INTERNAL reset PROTOCOL_ERROR"));
}

struct violation {
  std::string_view what;
  std::vector<step> steps;          // behind half_close and headers
  std::vector<std::string> events;  // behind "headers"
};

TEST(client_call, counts_the_messages_of_a_method_with_one) {
  const violation cases[] = {
      {"none", {headers(ok_trailers(), true)}, {"ended UNIMPLEMENTED"}},
      {"two",
       {data(framed("a") + framed("b")), headers(ok_trailers(), true)},
       {"message a", "ended UNIMPLEMENTED reset CANCEL"}},
      {"none, but not OK either",
       {headers({{"grpc-status", "7"}}, true)},
       {"ended PERMISSION_DENIED"}},
      {"one and not OK",
       {data(framed("a")), headers({{"grpc-status", "7"}}, true)},
       {"message a", "ended PERMISSION_DENIED"}},
  };
  for (const violation& c : cases) {
    SCOPED_TRACE(c.what);
    std::vector<step> steps{half_close(), headers(grpc_response())};
    steps.insert(steps.end(), c.steps.begin(), c.steps.end());
    std::vector<std::string> events{"headers"};
    events.insert(events.end(), c.events.begin(), c.events.end());
    EXPECT_EQ(play_client(unary, steps).events, events);
  }
}

TEST(client_call, notices_what_is_wrong_with_messages) {
  const violation cases[] = {
      {"cut inside a prefix", {data("\0\0"), headers(ok_trailers(), true)}, {"ended INTERNAL"}},
      {"cut inside a payload",
       {data(framed("hello").substr(0, 7)), headers(ok_trailers(), true)},
       {"ended INTERNAL"}},
      {"cut, but the status says why",
       {data(framed("hello").substr(0, 7)), headers({{"grpc-status", "8"}}, true)},
       {"ended RESOURCE_EXHAUSTED"}},
      {"flag 2",
       {data(framed("a") + framed("b", 2))},
       {"message a", "ended INTERNAL reset CANCEL"}},
      {"flag 255", {data(framed("b", 255))}, {"ended INTERNAL reset CANCEL"}},
      {"too large",
       {data(framed(std::string(101, 'x')))},
       {"ended RESOURCE_EXHAUSTED reset CANCEL"}},
      {"absurd prefix, no payload",
       {data(std::string("\0\xff\xff\xff\xff", 5))},
       {"ended RESOURCE_EXHAUSTED reset CANCEL"}},
      {"as large as allowed",
       {data(framed(std::string(100, 'x'))), headers(ok_trailers(), true)},
       {"message " + std::string(100, 'x'), "ended OK"}},
      {"compressed without an encoding", {data(framed("a", 1))}, {"ended INTERNAL reset CANCEL"}},
  };
  for (const violation& c : cases) {
    SCOPED_TRACE(c.what);
    std::vector<step> steps{half_close(), headers(grpc_response())};
    steps.insert(steps.end(), c.steps.begin(), c.steps.end());
    if (std::string_view(c.what).starts_with("cut inside a prefix")) {
      steps[2].data = std::string(2, '\0');
    }
    std::vector<std::string> events{"headers"};
    events.insert(events.end(), c.events.begin(), c.events.end());
    EXPECT_EQ(play_client(streaming, steps).events, events);
  }
}

TEST(client_call, hands_up_compressed_messages_with_their_encoding) {
  client_call call(streaming);
  const auto played =
      play_client(call, {half_close(), headers(grpc_response({{"grpc-encoding", "gzip"}})),
                         data(framed("a", 1) + framed("b", 0)), headers(ok_trailers(), true)});
  EXPECT_THAT(played.events,
              ElementsAre("headers", "message a compressed", "message b", "ended OK"));
  EXPECT_EQ(call.message_encoding(), encoding::gzip);
}

TEST(client_call, fails_only_when_an_unknown_encoding_is_used) {
  const auto unused =
      play_client(unary, {half_close(), headers(grpc_response({{"grpc-encoding", "snappy"}})),
                          data(framed("a")), headers(ok_trailers(), true)});
  EXPECT_THAT(unused.events, ElementsAre("headers", "message a", "ended OK"));
  const auto used = play_client(
      unary,
      {half_close(), headers(grpc_response({{"grpc-encoding", "snappy"}})), data(framed("a", 1))});
  EXPECT_THAT(used.events, ElementsAre("headers", "ended INTERNAL reset CANCEL"));
}

TEST(client_call, misses_trailers) {
  const auto on_data =
      play_client(unary, {half_close(), headers(grpc_response()), data(framed("x"), true)});
  EXPECT_THAT(on_data.events, ElementsAre("headers", "message x", "ended INTERNAL"));
  const auto on_empty_data = play_client(streaming, {headers(grpc_response()), data("", true)});
  EXPECT_THAT(on_empty_data.events, ElementsAre("headers", "ended INTERNAL reset NO_ERROR"));
  EXPECT_THAT(on_empty_data.ends[0].message(), HasSubstr("without sending trailers"));
  const auto without_status = play_client(unary, {half_close(), headers(grpc_response()),
                                                  data(framed("x")), headers({{"a", "b"}}, true)});
  EXPECT_THAT(without_status.events, ElementsAre("headers", "message x", "ended UNKNOWN"));
  for (const auto& played : {on_data, on_empty_data, without_status}) {
    EXPECT_THAT(played.ends[0].details().advice, HasSubstr("look for a proxy"));
    EXPECT_EQ(played.ends[0].details().phase, call_phase::receiving) << "no regular end";
  }
}

TEST(client_call, reads_odd_status_values_as_unknown) {
  for (const std::string_view value : {"17", "99", "-1", "", "abc", "00", "1 "}) {
    const auto played =
        play_client(unary, {half_close(), headers(grpc_response({{"grpc-status", value}}), true)});
    EXPECT_THAT(played.events, ElementsAre("ended UNKNOWN")) << value;
  }
}

TEST(client_call, fails_on_metadata_that_is_no_base64) {
  const auto first = play_client(
      unary, {half_close(), headers(grpc_response({{"x-bin", "!"}})), data(framed("x"))});
  EXPECT_THAT(first.events, ElementsAre("ended INTERNAL reset CANCEL"));
  const auto last = play_client(unary, {half_close(), headers(grpc_response()), data(framed("x")),
                                        headers({{"grpc-status", "0"}, {"x-bin", "!"}}, true)});
  EXPECT_THAT(last.events, ElementsAre("headers", "message x", "ended INTERNAL reset NO_ERROR"));
}

TEST(client_call, fails_on_headers_that_are_too_large) {
  const auto first = play_client(unary, {half_close(), too_large_headers()});
  EXPECT_THAT(first.events, ElementsAre("ended RESOURCE_EXHAUSTED reset CANCEL"));
  const auto last = play_client(
      unary, {half_close(), headers(grpc_response()), data(framed("x")), too_large_headers(true)});
  EXPECT_THAT(last.events,
              ElementsAre("headers", "message x", "ended RESOURCE_EXHAUSTED reset CANCEL"));
}

// ---- responses that are not gRPC

TEST(client_call, maps_http_statuses_of_others) {
  const std::pair<std::string_view, status_code> table[] = {
      {"400", status_code::internal},          {"401", status_code::unauthenticated},
      {"403", status_code::permission_denied}, {"404", status_code::unimplemented},
      {"429", status_code::unavailable},       {"502", status_code::unavailable},
      {"503", status_code::unavailable},       {"504", status_code::unavailable},
      {"200", status_code::unknown},           {"204", status_code::unknown},
      {"302", status_code::unknown},           {"409", status_code::unknown},
      {"415", status_code::unknown},           {"431", status_code::unknown},
      {"500", status_code::unknown},           {"800", status_code::unknown},
  };
  for (const auto& [http, code] : table) {
    SCOPED_TRACE(http);
    const std::string expected = "ended " + std::string(name(code));
    const field_list head{{":status", http}, {"content-type", "text/html"}};
    const auto body =
        play_client(unary, {half_close(), headers(head), data("<html>"), data("no</html>", true)});
    EXPECT_THAT(body.events, ElementsAre(expected));
    EXPECT_THAT(body.ends[0].message(), HasSubstr(http));
    EXPECT_THAT(body.ends[0].details().causes, ElementsAre(HasSubstr("<html>no</html>")));
    EXPECT_EQ(body.ends[0].details().phase, call_phase::receiving);
    const auto bodiless = play_client(unary, {half_close(), headers(head, true)});
    EXPECT_THAT(bodiless.events, ElementsAre(expected));
    const auto trailers =
        play_client(unary, {half_close(), headers(head), headers({{"x", "y"}}, true)});
    EXPECT_THAT(trailers.events, ElementsAre(expected));
  }
}

TEST(client_call, maps_the_http_status_of_a_grpc_response_that_has_no_other) {
  const field_list head{{":status", "503"}, {"content-type", "application/grpc"}};
  EXPECT_THAT(play_client(unary, {half_close(), headers(head, true)}).events,
              ElementsAre("ended UNAVAILABLE"));
  EXPECT_THAT(play_client(unary, {half_close(), headers(head), headers({{"a", "b"}}, true)}).events,
              ElementsAre("headers", "ended UNAVAILABLE"));
  // grpc-status wins.
  const field_list both{
      {":status", "503"}, {"content-type", "application/grpc"}, {"grpc-status", "5"}};
  EXPECT_THAT(play_client(unary, {half_close(), headers(both, true)}).events,
              ElementsAre("ended NOT_FOUND"));
}

TEST(client_call, never_takes_a_foreign_response_for_ok) {
  const field_list ok{{":status", "200"}, {"content-type", "text/html"}, {"grpc-status", "0"}};
  EXPECT_THAT(play_client(streaming, {half_close(), headers(ok, true)}).events,
              ElementsAre("ended UNKNOWN"));
  for (const std::string_view type : {"text/html", "application/grpc-web"}) {
    const field_list other{{":status", "200"}, {"content-type", type}};
    EXPECT_THAT(play_client(streaming, {half_close(), headers(other), data(framed("x")),
                                        headers(ok_trailers(), true)})
                    .events,
                ElementsAre("ended UNKNOWN"))
        << type;
  }
  const field_list late{{"grpc-status", "5"}};
  EXPECT_THAT(play_client(streaming, {half_close(), headers({{":status", "200"}}), data("x"),
                                      headers(late, true)})
                  .events,
              ElementsAre("ended NOT_FOUND"));
  const field_list said{{":status", "415"}, {"grpc-status", "3"}, {"grpc-message", "text"}};
  const auto played = play_client(streaming, {half_close(), headers(said, true)});
  EXPECT_THAT(played.events, ElementsAre("ended INVALID_ARGUMENT"));
  EXPECT_EQ(played.ends[0].message(), "text");
}

TEST(client_call, keeps_only_the_beginning_of_a_foreign_body) {
  client_call call(unary);
  const auto played =
      play_client(call, {half_close(), headers({{":status", "500"}}), data(std::string(5000, 'x')),
                         data(std::string(5000, 'y'), true)});
  ASSERT_EQ(played.ends.size(), 1U);
  EXPECT_LT(played.ends[0].details().causes[0].size(), 600U);
}

TEST(client_call, tells_of_a_foreign_response_in_one_line) {
  const auto played = play_client(
      unary, {half_close(), headers({{":status", "413"}, {"content-type", "text/html"}}),
              data("<html>\r\n<h1>Too Large</h1>\r\n<hr>\xff\r\n</html>\r\n", true)});
  EXPECT_EQ(describe(played.ends[0]),
            "UNKNOWN: the response has HTTP status 413 and content-type text/html. The peer ended "
            "the call while the response was being received. The cause: the body begins with: "
            "<html> <h1>Too Large</h1> <hr>? </html>. What to try: raise the limit for request "
            "bodies of the proxy between client and server.");
}

TEST(client_call, advises_by_the_http_status_of_a_foreign_response) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"404", "that of a gRPC server"}, {"502", "reaches no server"}, {"503", "reaches no server"},
      {"504", "its time-out"},          {"500", "answered instead"},
  };
  for (const auto& [http, advice] : table) {
    const auto played = play_client(unary, {half_close(), headers({{":status", http}}, true)});
    EXPECT_THAT(played.ends[0].details().advice, HasSubstr(advice));
    EXPECT_THAT(played.ends[0].message(), HasSubstr("no content-type"));
  }
}

TEST(client_call, says_what_a_foreign_response_was_when_that_is_reset) {
  const auto played = play_client(unary, {half_close(), headers({{":status", "502"}}),
                                          data("<html>"), closed(stream_end::reset, 0)});
  EXPECT_THAT(played.events, ElementsAre("ended UNAVAILABLE"));
  EXPECT_THAT(played.ends[0].details().causes, ElementsAre(HasSubstr("<html>")));
}

}  // namespace
}  // namespace grpcwire::codec
