// What our server answers to requests that no well-behaved client sends. The comments say what
// stock servers answer (grpc-go 1.85; gRPC C++ 1.51), as measured, and why ours differs where it
// does.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interop/bad_peer/wire.hpp"
#include "tests/interop/raw_caller.hpp"

namespace grpcwire::tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using transport::frames;
using transport::raw_frames;

using bad_peer::call_to;
using bad_peer::empty_call;
using bad_peer::fields;
using bad_peer::message;
using bad_peer::whole;

fields with(std::string_view name, std::string_view value) {
  return bad_peer::with(call_to(empty_call), name, value);
}
fields without(std::string_view name) {
  return bad_peer::without(call_to(empty_call), name);
}

/// Stream 1 with these headers and one whole request.
raw_frames calling(const fields& head, std::string_view body = message()) {
  return frames().headers(1, head).data(1, body, true);
}

class bad_input : public testing::Test {
 protected:
  std::vector<std::string> answer(const raw_frames& request_frames) {
    caller_.send(request_frames);
    return caller_.answer_on(1);
  }

  /// Whatever was wrong with stream 1, the next call is served.
  void TearDown() override {
    if (!connection_must_live_) return;
    caller_.send(frames().headers(3, call_to(empty_call)).data(3, message(), true));
    EXPECT_THAT(caller_.answer_on(3), served(3));
  }

  static testing::Matcher<std::vector<std::string>> served(int id) {
    const std::string stream = " " + std::to_string(id) + " ";
    return ElementsAre(StartsWith("HEADERS" + stream + ":status=200 content-type=application/grpc"),
                       StartsWith("DATA" + stream), "HEADERS" + stream + "end grpc-status=0");
  }

  /// Trailers-Only.
  static testing::Matcher<std::string> refused(int code, int http_status = 200) {
    return AllOf(StartsWith("HEADERS 1 end :status=" + std::to_string(http_status) +
                            " content-type=application/grpc"),
                 HasSubstr(" grpc-status=" + std::to_string(code)));
  }

  running_test_server server_;
  raw_caller caller_{server_.port()};
  bool connection_must_live_ = true;
};

// ---- the request headers

// Go serves it, C++ says UNKNOWN. Only proxies need the field, so there is no reason to refuse.
TEST_F(bad_input, a_request_without_te_is_served) {
  EXPECT_THAT(answer(calling(without("te"))), served(1));
}

// Go: 415, but Trailers-Only. C++ serves it. A body says it to people with a browser or curl.
TEST_F(bad_input, another_content_type_gets_415_and_a_sentence) {
  EXPECT_THAT(
      answer(calling(with("content-type", "text/html"))),
      ElementsAre("HEADERS 1 :status=415 content-type=text/plain", StartsWith("DATA 1 end ")));
}

// The same, so that browsers get no success from a gRPC server by mistake.
TEST_F(bad_input, grpc_web_and_a_missing_content_type_get_415) {
  EXPECT_THAT(answer(calling(with("content-type", "application/grpc-web"))),
              ElementsAre(StartsWith("HEADERS 1 :status=415"), StartsWith("DATA 1 end ")));
  caller_.send(frames().headers(5, without("content-type"), whole));
  EXPECT_THAT(caller_.answer_on(5),
              ElementsAre(StartsWith("HEADERS 5 :status=415"), StartsWith("DATA 5 end ")));
  connection_must_live_ = false;  // stream 3 is behind 5 and cannot be opened any more
}

// What is wrong with the rest of such a request counts, too: h2spec sends many.
TEST_F(bad_input, another_content_type_is_answered_when_its_request_is_over) {
  const fields head = with("content-type", "text/html");
  caller_.send(frames().headers(1, head).data(1, "half a "));
  caller_.send(frames().headers(3, call_to(empty_call)).data(3, message(), true));
  EXPECT_THAT(caller_.answer_on(3), served(3));
  EXPECT_THAT(caller_.lines(), Not(testing::Contains(HasSubstr(" 1 "))));
  EXPECT_THAT(answer(frames().data(1, "page", true)),
              ElementsAre(StartsWith("HEADERS 1 :status=415"), StartsWith("DATA 1 end ")));
  connection_must_live_ = false;  // stream 3 has shown it
}

TEST_F(bad_input, a_long_request_of_another_content_type_is_not_waited_for) {
  EXPECT_THAT(answer(frames()
                         .headers(1, with("content-type", "text/html"))
                         .data(1, std::string(10'000, 'x'))
                         .data(1, std::string(10'000, 'x'))),
              ElementsAre(StartsWith("HEADERS 1 :status=415"), StartsWith("DATA 1 end "),
                          "RST_STREAM 1 NO_ERROR"));
}

// connectrpc's conformance suite wants an error, and leaves open which one.
TEST_F(bad_input, a_codec_other_than_protobuf_is_unimplemented) {
  EXPECT_THAT(answer(calling(with("content-type", "application/grpc+json"))),
              ElementsAre(refused(12)));
}

// Go the same; C++ answers 200 and UNKNOWN.
TEST_F(bad_input, get_is_405_and_internal) {
  EXPECT_THAT(answer(frames().headers(1, with(":method", "GET"), whole)),
              ElementsAre(refused(13, 405)));
}

// All the same, C++ without a message.
TEST_F(bad_input, unknown_methods_services_and_odd_paths_are_unimplemented) {
  std::uint32_t id = 1;
  for (const std::string_view path : {"/grpc.testing.TestService/Fly", "/no.Such/EmptyCall", "/x",
                                      "//", "/grpc.testing.TestService/EmptyCall/", "/"}) {
    caller_.send(frames().headers(id, call_to(path)).data(id, message(), true));
    const auto lines = caller_.answer_on(id);
    EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr(" end :status=200"),
                                         HasSubstr(" grpc-status=12"), HasSubstr("grpc-message="))))
        << path;
    id += 2;
  }
  connection_must_live_ = false;  // the loop has shown it
}

// RFC 9113 §8.3.1 wants a path that begins with a slash.
TEST_F(bad_input, a_path_without_a_slash_is_a_stream_error) {
  EXPECT_THAT(answer(calling(with(":path", "grpc.testing.TestService/EmptyCall"))),
              ElementsAre("RST_STREAM 1 PROTOCOL_ERROR"));
}

// All stock servers: the same, with RST_STREAM so that the stream does not stay half open.
TEST_F(bad_input, an_early_answer_is_followed_by_a_reset) {
  EXPECT_THAT(answer(frames().headers(1, call_to("/x"))),
              ElementsAre(refused(12), "RST_STREAM 1 NO_ERROR"));
}

// Go serves it, C++ says UNKNOWN. RFC 9113 §8.3.1 allows it only next to a host field, and nghttp2
// takes it at its word.
TEST_F(bad_input, a_request_for_no_host_is_a_stream_error) {
  EXPECT_THAT(answer(calling(without(":authority"))), ElementsAre("RST_STREAM 1 PROTOCOL_ERROR"));
}

TEST_F(bad_input, host_is_as_good_as_authority) {
  fields head = without(":authority");
  head.push_back({"host", "localhost"});
  EXPECT_THAT(answer(calling(head)), served(1));
}

// Go the same; C++ ignores the field, and the call would run without the deadline it asked for.
TEST_F(bad_input, a_malformed_timeout_is_400_and_internal) {
  EXPECT_THAT(answer(calling(with("grpc-timeout", "1 second"))), ElementsAre(refused(13, 400)));
}

// Both: Go 13 over HTTP 400, C++ closes the whole connection. One call's fault ends one call.
TEST_F(bad_input, bad_base64_is_400_and_internal_and_the_connection_lives) {
  EXPECT_THAT(answer(calling(with("x-test-bin", "!!!"))), ElementsAre(refused(13, 400)));
}

// All the same: older clients send UTF-8 in plain metadata.
TEST_F(bad_input, octets_above_ascii_in_a_value_are_served) {
  EXPECT_THAT(answer(calling(with("x-test", "caf\xc3\xa9"))), served(1));
}

// Go the same, C++ serves it. RFC 9113 §8.2.1: malformed.
TEST_F(bad_input, an_upper_case_name_is_a_stream_error) {
  EXPECT_THAT(answer(calling(with("X-Test", "1"))), ElementsAre("RST_STREAM 1 PROTOCOL_ERROR"));
}

// Go the same, C++ takes it for metadata. RFC 9113 §8.2.2: malformed.
TEST_F(bad_input, a_connection_field_is_a_stream_error) {
  EXPECT_THAT(answer(calling(with("connection", "close"))),
              ElementsAre("RST_STREAM 1 PROTOCOL_ERROR"));
}

// Go accepts up to 16 MiB; C++ 8 KiB, and its connection is of no use afterwards.
TEST_F(bad_input, a_header_list_of_9_kilobytes_is_served) {
  const std::string value(9'000, 'x');
  EXPECT_THAT(answer(calling(with("x-test", value))), served(1));
}

TEST_F(bad_input, a_header_list_of_20_kilobytes_is_refused_and_the_connection_lives) {
  const std::string value(20'000, 'x');
  EXPECT_THAT(
      answer(frames().headers_in_pieces(1, with("x-test", value), 16'000).data(1, message(), true)),
      ElementsAre(refused(8)));
}

// ---- the messages

// Go the same; C++ serves it. connectrpc's conformance suite wants 12: flags may lie.
TEST_F(bad_input, an_unknown_encoding_that_no_message_uses_is_unimplemented) {
  EXPECT_THAT(answer(calling(with("grpc-encoding", "foo"))), ElementsAre(refused(12)));
}

// Go the same; C++ 1.51 serves it when the message is empty. gRPC doc/compression.md wants
// the list of what would be understood.
TEST_F(bad_input, an_unknown_encoding_that_is_used_is_unimplemented) {
  EXPECT_THAT(answer(calling(with("grpc-encoding", "foo"), message("x", 1))),
              ElementsAre(AllOf(refused(12), HasSubstr("grpc-accept-encoding=identity,gzip"))));
}

// Go the same, C++ serves it. gRPC doc/compression.md: INTERNAL.
TEST_F(bad_input, a_compressed_message_without_an_encoding_is_internal) {
  EXPECT_THAT(answer(calling(call_to(empty_call), message("x", 1))), ElementsAre(refused(13)));
}

TEST_F(bad_input, a_compressed_message_with_identity_is_internal) {
  EXPECT_THAT(answer(calling(with("grpc-encoding", "identity"), message("x", 1))),
              ElementsAre(refused(13)));
}

// Go 13 (12 where gzip is not linked in), C++ RST_STREAM(INTERNAL_ERROR) without a status.
TEST_F(bad_input, garbage_instead_of_gzip_is_internal) {
  EXPECT_THAT(answer(calling(with("grpc-encoding", "gzip"), message("garbage", 1))),
              ElementsAre(refused(13)));
}

// All the same.
TEST_F(bad_input, flag_byte_2_is_internal) {
  EXPECT_THAT(answer(calling(call_to(empty_call), message("", 2))), ElementsAre(refused(13)));
}

// Go the same; C++ waits for all of the data first.
TEST_F(bad_input, a_message_above_the_limit_is_refused_by_its_prefix) {
  EXPECT_THAT(
      answer(frames().headers(1, call_to(empty_call)).data(1, message("", 0, (4U << 20) + 1))),
      ElementsAre(refused(8), "RST_STREAM 1 NO_ERROR"));
}

// Go does not answer at all, C++ 13. gRPC's table of cardinality violations says 12.
TEST_F(bad_input, a_unary_request_that_ends_with_its_headers_is_unimplemented) {
  EXPECT_THAT(answer(frames().headers(1, call_to(empty_call), whole)), ElementsAre(refused(12)));
}

// Go and C++ 13; 12 for the same reason.
TEST_F(bad_input, a_unary_request_without_a_message_is_unimplemented) {
  EXPECT_THAT(answer(calling(call_to(empty_call), "")), ElementsAre(refused(12)));
}

// Go 13; C++ ignores the second one and answers OK; 12 for the same reason.
TEST_F(bad_input, a_second_message_on_a_unary_call_is_unimplemented) {
  EXPECT_THAT(answer(calling(call_to(empty_call), message() + message())),
              ElementsAre(refused(12)));
}

// All the same.
TEST_F(bad_input, a_message_that_is_cut_off_is_internal) {
  EXPECT_THAT(answer(calling(call_to(empty_call), message("abc", 0, 10))),
              ElementsAre(refused(13)));
}

TEST_F(bad_input, a_prefix_that_is_cut_off_is_internal) {
  EXPECT_THAT(answer(calling(call_to(empty_call), message().substr(0, 3))),
              ElementsAre(refused(13)));
}

// All the same.
TEST_F(bad_input, bytes_that_are_no_protobuf_are_internal) {
  EXPECT_THAT(answer(calling(call_to(empty_call), message("\xff\xff\xff"))),
              ElementsAre(refused(13)));
}

// ---- the connection

// RFC 9113 §5.1.1, h2spec http2/5.1.1/2. nghttp2 ignores it.
TEST_F(bad_input, a_stream_number_that_was_jumped_over_ends_the_connection) {
  connection_must_live_ = false;
  caller_.send(frames().headers(5, call_to(empty_call)).data(5, message(), true));
  caller_.send(frames().headers(3, call_to(empty_call)).data(3, message(), true));
  EXPECT_TRUE(caller_.wait_for_close());
  EXPECT_THAT(caller_.lines(), testing::Contains(StartsWith("GOAWAY 5 PROTOCOL_ERROR")));
}

// RFC 9113 §5.1, h2spec http2/5.1/11. Go does not pass that one.
TEST_F(bad_input, data_on_a_call_that_is_over_ends_the_connection) {
  connection_must_live_ = false;
  EXPECT_THAT(answer(calling(call_to(empty_call))), served(1));
  caller_.send(frames().data(1, message(), true));
  EXPECT_TRUE(caller_.wait_for_close());
  EXPECT_THAT(caller_.lines(), testing::Contains(StartsWith("GOAWAY 1 STREAM_CLOSED")));
}

// All the same: the first one is free, two strikes are forgiven, the next one ends the connection
// (gRFC A8). Stock servers acknowledge 4 of 6; ours has read all of them by then.
void expect_too_many(raw_caller& caller, int count) {
  raw_frames pings;
  for (int n = 0; n < count; ++n) pings.ping();
  caller.send(pings);
  EXPECT_TRUE(caller.wait_for_close());
  EXPECT_THAT(caller.lines(), testing::Contains(HasSubstr("ENHANCE_YOUR_CALM \"too_many_pings\"")));
}

TEST_F(bad_input, six_pings_on_an_idle_connection_are_too_many) {
  connection_must_live_ = false;
  expect_too_many(caller_, 6);
}

TEST_F(bad_input, four_pings_are_too_many) {
  connection_must_live_ = false;
  expect_too_many(caller_, 4);
}

TEST_F(bad_input, three_pings_are_not_too_many) {
  caller_.send(frames().ping().ping());  // answer_on() adds one
  EXPECT_THAT(answer(calling(call_to(empty_call))), served(1));
  connection_must_live_ = false;  // its ping would be one too many
  EXPECT_THAT(caller_.lines(), Not(testing::Contains(StartsWith("GOAWAY"))));
}

}  // namespace
}  // namespace grpcwire::tests
