// The explanation of red cells, over conversations that go wrong in one way each.
#include "tools/grpcwire/report/why.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "made_recording.hpp"

namespace grpcwire::tools {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using codec::header_view;
using testing::HasSubstr;
using transport::frames;
using transport::raw_frames;
namespace flag = transport::http2::flag;

constexpr std::uint8_t last = flag::end_headers | flag::end_stream;

std::vector<header_view> request_fields(std::string_view path) {
  return {{":method", "POST"}, {":scheme", "http"}, {":path", path},
          {":authority", "a"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
}

std::vector<header_view> with(std::vector<header_view> fields, std::string_view name,
                              std::string_view value) {
  for (header_view& f : fields) {
    if (f.name == name) {
      f.value = value;
      return fields;
    }
  }
  fields.push_back({name, value});
  return fields;
}

std::vector<header_view> without(std::vector<header_view> fields, std::string_view name) {
  std::erase_if(fields, [&](const header_view& f) { return f.name == name; });
  return fields;
}

const std::string_view unary = "/grpc.testing.TestService/UnaryCall";
const std::string_view full_duplex = "/grpc.testing.TestService/FullDuplexCall";

const std::vector<header_view> response_fields = {{":status", "200"},
                                                  {"content-type", "application/grpc"}};

raw_frames request(std::vector<header_view> fields, const std::string& messages = message(""),
                   std::uint32_t id = 1) {
  return frames().headers(id, fields).data(id, messages, true);
}

raw_frames response(const std::string& messages = message(""), std::string_view status = "0",
                    std::uint32_t id = 1) {
  return frames()
      .headers(id, response_fields)
      .data(id, messages)
      .headers(id, {{"grpc-status", status}}, last);
}

raw_frames trailers_only(std::string_view status, std::string_view text, std::uint32_t id = 1) {
  return frames().headers(id,
                          {{":status", "200"},
                           {"content-type", "application/grpc"},
                           {"grpc-status", status},
                           {"grpc-message", text}},
                          last);
}

// `frame` is part of the headline of the frame at fault; empty: there is none.
void expect_why(const recording& r, std::string_view case_name, std::string_view sentence,
                std::string_view frame, std::string_view section) {
  const nlohmann::json answer = why(r, case_name, "");
  EXPECT_THAT(answer["sentence"].get<std::string>(), HasSubstr(std::string(sentence)));
  EXPECT_THAT(answer["section"].get<std::string>(), HasSubstr(std::string(section)));
  if (frame.empty()) {
    EXPECT_TRUE(answer["frame"].is_null()) << answer;
    EXPECT_EQ(answer["frame_line"], "");
    return;
  }
  ASSERT_TRUE(answer["frame"].is_number()) << answer;
  EXPECT_THAT(answer["frame_line"].get<std::string>(), HasSubstr(std::string(frame)));
  const std::vector<std::string> lines = frame_lines(r, 1000);
  EXPECT_THAT(lines.at(answer["frame"].get<std::size_t>()), HasSubstr(std::string(frame)));
}

// One call whose request is like this.
void expect_bad_request(const std::vector<header_view>& fields, std::string_view sentence,
                        std::string_view section = "PROTOCOL-HTTP2.md, Requests") {
  expect_why(conversation().hello().client(request(fields)).server(response()), "", sentence,
             "client → server  HEADERS  stream 1", section);
}

// A right request with this answer.
void expect_bad_response(const raw_frames& answer, std::string_view sentence,
                         std::string_view frame, std::string_view section,
                         std::string_view case_name = "", const std::string& asked = message("")) {
  expect_why(conversation().hello().client(request(request_fields(unary), asked)).server(answer),
             case_name, sentence, frame, section);
}

TEST(why_of_a_connection, that_was_never_made) {
  expect_why(recording(), "large_unary", "The client never connected.", "",
             "interop-test-descriptions.md, Client");
}

TEST(why_of_a_connection, that_nothing_accepted) {
  expect_why(conversation().end(connection_end::not_connected, 0, "Connection refused"),
             "large_unary", "Nothing accepted connections at localhost:50051: Connection refused.",
             "", "Server");
}

TEST(why_of_a_connection, on_which_the_client_says_nothing) {
  expect_why(conversation().server(frames().settings()), "", "sent nothing at all", "",
             "RFC 9113 section 3.4");
}

const std::string_view client_hello = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"sv;
const std::string_view server_hello = "\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00"sv;

TEST(why_of_a_connection, with_tls_to_a_plaintext_server) {
  expect_why(conversation().client_text(client_hello).server(frames().settings()), "",
             "The client began with TLS (a ClientHello)", "client → server  TLS",
             "RFC 9113 section 3.2");
}

TEST(why_of_a_connection, in_plaintext_to_a_tls_server) {
  expect_why(conversation()
                 .client(frames().preface().settings())
                 .server_text("\x15\x03\x01\x00\x02\x02\x46"sv),
             "", "The client spoke plaintext", "server → client  TLS", "RFC 9113 section 3.3");
}

TEST(why_of_a_connection, whose_handshake_ends_with_an_alert) {
  expect_why(conversation()
                 .client_text(client_hello)
                 .server_text(server_hello)
                 .client_text("\x15\x03\x03\x00\x02\x02\x30"sv),
             "", "unknown_ca", "alert: fatal, unknown_ca", "RFC 8446 section 6.2");
}

TEST(why_of_a_connection, that_is_encrypted) {
  const std::string_view encrypted = "\x17\x03\x03\x00\x03\x01\x02\x03"sv;
  const recording r = conversation()
                          .client_text(client_hello)
                          .server_text(server_hello)
                          .server_text(encrypted)
                          .client_text(encrypted);
  const nlohmann::json answer = why(r, "large_unary", "started\nlarge_unary failed: 13\n");
  EXPECT_THAT(answer["sentence"].get<std::string>(),
              testing::AllOf(HasSubstr("encrypted with TLS"),
                             HasSubstr("The client says: large_unary failed: 13")));
}

TEST(why_of_a_connection, that_speaks_http1) {
  expect_why(conversation().client_text("GET / HTTP/1.1\r\nhost: a\r\n\r\n"), "",
             "The client speaks HTTP/1: \"GET / HTTP/1.1\"", "client → server  at byte 0",
             "RFC 9113 section 3.4");
}

TEST(why_of_a_connection, that_is_answered_in_http1) {
  expect_why(conversation()
                 .client(frames().preface().settings())
                 .server_text("HTTP/1.1 400 Bad Request\r\n\r\n"),
             "", "The server answers in HTTP/1", "server → client  at byte 0",
             "RFC 9113 section 3.4");
}

TEST(why_of_a_connection, that_begins_with_something_else) {
  expect_why(conversation().client_text("\x01\x02\x03\x04").server(frames().settings()), "",
             "What the client sends is not HTTP/2. It begins with 01 02 03 04",
             "client → server  at byte 0", "RFC 9113 section 3.4");
}

TEST(why_of_a_connection, that_is_never_answered) {
  expect_why(
      conversation().client(frames().preface().settings()).end(connection_end::client_closed, 20),
      "", "The server never answered: no SETTINGS, no byte", "PREFACE", "RFC 9113 section 3.4");
}

TEST(why_of_a_connection, whose_server_does_not_begin_with_settings) {
  expect_why(conversation().client(frames().preface().settings()).server(frames().ping()), "",
             "The first frame of the server is not SETTINGS", "server → client  PING",
             "RFC 9113 section 3.4");
}

TEST(why_of_a_connection, with_a_malformed_frame) {
  expect_why(conversation().hello().server(frames().raw(8, 0, 0, "12345")), "",
             "The server sent a frame that HTTP/2 does not allow",
             "server → client  WINDOW_UPDATE  stream 0  length 5", "RFC 9113 section 6");
}

TEST(why_of_a_connection, with_headers_that_cannot_be_decoded) {
  expect_why(
      conversation().hello().client(frames().headers_block_raw(1, "\xff\xff\xff\xff\xff\xff\xff")),
      "", "The client sent a frame that HTTP/2 does not allow",
      "client → server  HEADERS  stream 1", "RFC 7541 (HPACK)");
}

TEST(why_of_a_connection, that_ends_inside_a_frame) {
  expect_why(conversation()
                 .hello()
                 .server(frames().raw(100, 0, 0, 1, "short"))
                 .end(connection_end::server_closed),
             "", "The bytes of the server stop being frames", "server → client  at byte",
             "RFC 9113 section 4.1");
}

TEST(why_of_a_connection, that_is_ended_by_goaway) {
  expect_why(conversation()
                 .hello()
                 .client(request(request_fields(unary)))
                 .server(frames().goaway(0, 11, "too_many_pings")),
             "",
             "The server ended the whole connection with GOAWAY ENHANCE_YOUR_CALM: "
             "\"too_many_pings\"",
             "GOAWAY", "RFC 9113 sections 6.8");
}

TEST(why_of_a_connection, that_breaks_in_the_middle_of_a_call) {
  expect_why(conversation()
                 .hello()
                 .client(request(request_fields(unary)))
                 .end(connection_end::server_broke, 1, "Connection reset by peer"),
             "", "The server dropped the connection in the middle of UnaryCall",
             "client → server  DATA", "RFC 9113 section 9.1");
}

TEST(why_of_a_request, that_is_no_post) {
  expect_bad_request(with(request_fields(unary), ":method", "GET"), "is a \"GET\", not a POST");
}

TEST(why_of_a_request, whose_path_names_no_method) {
  expect_bad_request(request_fields("/UnaryCall"), "The path \"/UnaryCall\" names no method");
}

TEST(why_of_a_request, with_another_content_type) {
  expect_bad_request(with(request_fields(unary), "content-type", "application/json"),
                     "content-type is \"application/json\"");
  expect_bad_request(without(request_fields(unary), "content-type"), "has no content-type");
}

TEST(why_of_a_request, without_te) {
  expect_bad_request(without(request_fields(unary), "te"), "does not say \"te: trailers\"");
}

TEST(why_of_a_request, with_a_bad_timeout) {
  expect_bad_request(with(request_fields(unary), "grpc-timeout", "1s"),
                     "grpc-timeout \"1s\" is not legal");
}

TEST(why_of_a_request, with_an_upper_case_name) {
  expect_bad_request(with(request_fields(unary), "X-Key", "1"), "in upper case: \"X-Key\"",
                     "RFC 9113 section 8.2.1");
}

TEST(why_of_a_request, whose_binary_metadata_are_not_base64) {
  expect_bad_request(with(request_fields(unary), "x-bin", "%%%"), "x-bin is not Base64",
                     "Custom-Metadata");
}

TEST(why_of_a_response, with_an_http_status) {
  expect_bad_response(
      frames().headers(1, {{":status", "503"}, {"content-type", "text/html"}}, last),
      "UnaryCall with HTTP status 503", "server → client  HEADERS", "http-grpc-status-mapping.md");
}

TEST(why_of_a_response, without_an_http_status) {
  expect_bad_response(frames().headers(1, {{"content-type", "application/grpc"}}),
                      "The response has no :status", "server → client  HEADERS",
                      "RFC 9113 section 8.3.2");
}

TEST(why_of_a_response, with_another_content_type) {
  expect_bad_response(frames().headers(1, {{":status", "200"}, {"content-type", "text/html"}}),
                      "content-type is \"text/html\"", "server → client  HEADERS",
                      "PROTOCOL-HTTP2.md, Responses");
}

TEST(why_of_a_response, without_trailers) {
  expect_bad_response(frames().headers(1, response_fields).data(1, message(""), true),
                      "without trailers: END_STREAM is on DATA", "server → client  DATA",
                      "Responses");
}

TEST(why_of_a_response, whose_trailers_do_not_end_it) {
  expect_bad_response(
      frames().headers(1, response_fields).data(1, message("")).headers(1, {{"grpc-status", "0"}}),
      "trailers do not have END_STREAM", "server → client  HEADERS", "RFC 9113 section 8.1");
}

TEST(why_of_a_response, without_grpc_status) {
  expect_bad_response(
      frames().headers(1, response_fields).data(1, message("")).headers(1, {{"a", "b"}}, last),
      "have no grpc-status", "flags END_STREAM|END_HEADERS", "Responses");
}

TEST(why_of_a_response, whose_grpc_status_is_no_number) {
  expect_bad_response(response(message(""), "01"), "grpc-status \"01\" is no status",
                      "flags END_STREAM|END_HEADERS", "statuscodes.md");
}

TEST(why_of_a_response, with_grpc_status_too_early) {
  expect_bad_response(frames()
                          .headers(1, with(response_fields, "grpc-status", "0"))
                          .data(1, message(""))
                          .headers(1, {{"grpc-status", "0"}}, last),
                      "grpc-status came in the response headers", "server → client  HEADERS",
                      "Responses");
}

TEST(why_of_a_response, whose_grpc_message_is_not_encoded) {
  expect_bad_response(trailers_only("2", "50% more"), "not percent-encoded at its byte 2",
                      "server → client  HEADERS", "Status-Message");
}

TEST(why_of_a_response, that_is_reset) {
  expect_bad_response(frames().rst_stream(1, 7),
                      "broke UnaryCall off with RST_STREAM REFUSED_STREAM", "RST_STREAM",
                      "PROTOCOL-HTTP2.md, Errors");
}

TEST(why_of_a_response, that_goes_on_after_its_end) {
  expect_bad_response(response().data(1, message("")), "goes on after it has ended its side",
                      "server → client  DATA", "RFC 9113 section 5.1");
}

TEST(why_of_a_response, larger_than_the_window) {
  expect_why(conversation()
                 .client(frames().preface().settings())
                 .server(frames().settings())
                 .client(request(request_fields(unary)))
                 .server(frames().headers(1, response_fields).data(1, std::string(70'000, '\0'))),
             "", "sent more DATA than the client had made room for", "server → client  DATA",
             "RFC 9113 section 6.9.1");
}

TEST(why_of_a_message, with_a_bad_flag) {
  expect_bad_response(response(message("abc", 2)), "begins with the byte 2",
                      "server → client  DATA", "Length-Prefixed-Message");
}

TEST(why_of_a_message, whose_prefix_lies) {
  expect_bad_response(response("\0\0\0\0\x63too short"s), "its prefix promises 99 bytes",
                      "flags END_STREAM|END_HEADERS", "Length-Prefixed-Message");
}

TEST(why_of_a_message, that_is_compressed_with_nothing) {
  expect_bad_response(response(message("abc", 1)), "no grpc-encoding was announced",
                      "server → client  DATA", "compression.md");
}

TEST(why_of_a_message, compressed_in_a_way_that_was_not_offered) {
  const auto headers = with(response_fields, "grpc-encoding", "gzip");
  expect_bad_response(
      frames().headers(1, headers).data(1, message("")).headers(1, {{"grpc-status", "0"}}, last),
      "compresses with \"gzip\", which the client did not offer", "server → client  HEADERS",
      "compression.md");
}

TEST(why_of_a_message, that_cannot_be_decompressed) {
  const auto headers = with(response_fields, "grpc-encoding", "gzip");
  expect_why(
      conversation()
          .hello()
          .client(request(with(request_fields(unary), "grpc-accept-encoding", "deflate, gzip")))
          .server(frames()
                      .headers(1, headers)
                      .data(1, message("this is no gzip", 1))
                      .headers(1, {{"grpc-status", "0"}}, last)),
      "", "of 15 bytes is not gzip", "server → client  DATA", "compression.md");
}

const std::string large_request = message(request_of(271'828));

TEST(why_of_a_case, that_ends_with_another_status) {
  expect_bad_response(trailers_only("12", "Method not found"),
                      "UnaryCall ended with status UNIMPLEMENTED, without any response headers "
                      "(trailers-only): \"Method not found\"",
                      "server → client  HEADERS", "interop-test-descriptions.md, large_unary",
                      "large_unary", large_request);
}

TEST(why_of_a_case, whose_probe_should_have_failed) {
  expect_bad_response(response(message(response_of(314'159))), "UnaryCall ended with status OK",
                      "flags END_STREAM|END_HEADERS", "client_compressed_unary",
                      "client_compressed_unary", large_request);
}

TEST(why_of_a_case, with_another_status_message) {
  const auto status = field(7, "\x08\x02");
  expect_bad_response(trailers_only("2", "test status massage"),
                      "status message of UnaryCall is \"test status massage\"",
                      "server → client  HEADERS", "status_code_and_message",
                      "status_code_and_message", message(status));
}

TEST(why_of_a_case, with_another_response_size) {
  expect_bad_response(response(message(response_of(31'415))),
                      "The response number 1 of UnaryCall has a body of 31415 bytes",
                      "server → client  DATA", "large_unary", "large_unary", large_request);
}

TEST(why_of_a_case, with_another_request_size) {
  expect_bad_response(response(message(response_of(314'159))),
                      "The request number 1 of UnaryCall has a body of 5 bytes",
                      "client → server  DATA", "large_unary", "large_unary",
                      message(request_of(5)));
}

TEST(why_of_a_case, with_a_response_too_few) {
  expect_why(conversation()
                 .hello()
                 .client(request(request_fields("/grpc.testing.TestService/StreamingOutputCall")))
                 .server(response(message(response_of(31'415)) + message(response_of(9)))),
             "server_streaming", "StreamingOutputCall ended after 2 of 4 responses",
             "flags END_STREAM|END_HEADERS", "server_streaming");
}

TEST(why_of_a_case, with_a_response_too_many) {
  expect_why(conversation()
                 .hello()
                 .client(frames().headers(1, request_fields(full_duplex)).data(1, "", true))
                 .server(response()),
             "empty_stream", "There is one response too many of FullDuplexCall: number 1",
             "server → client  DATA", "empty_stream");
}

TEST(why_of_a_case, whose_response_is_not_compressed) {
  expect_bad_response(response(message(response_of(314'159))),
                      "The response number 1 of UnaryCall is not compressed",
                      "server → client  DATA", "server_compressed_unary", "server_compressed_unary",
                      large_request);
}

TEST(why_of_a_case, whose_sum_is_wrong) {
  std::string messages;
  for (const std::size_t size : {27'182, 8, 1'828, 45'904}) {
    messages += message(field(1, field(2, std::string(size, '\0'))));
  }
  expect_why(
      conversation()
          .hello()
          .client(request(request_fields("/grpc.testing.TestService/StreamingInputCall"), messages))
          .server(response(message("\x08\x07"))),
      "client_streaming", "the requests had 7 bytes together", "server → client  DATA",
      "client_streaming");
}

std::vector<header_view> echo_request() {
  return with(
      with(request_fields(unary), "x-grpc-test-echo-initial", "test_initial_metadata_value"),
      "x-grpc-test-echo-trailing-bin", "q6ur");
}

TEST(why_of_a_case, whose_metadata_do_not_come_back) {
  expect_why(conversation().hello().client(request(echo_request())).server(response()),
             "custom_metadata",
             "The response headers of UnaryCall lack the metadata x-grpc-test-echo-initial",
             "server → client  HEADERS", "custom_metadata");
  const auto headers =
      with(response_fields, "x-grpc-test-echo-initial", "test_initial_metadata_value");
  expect_why(
      conversation()
          .hello()
          .client(request(echo_request()))
          .server(frames()
                      .headers(1, headers)
                      .data(1, message(""))
                      .headers(1, {{"grpc-status", "0"}, {"x-grpc-test-echo-trailing-bin", "AAAA"}},
                               last)),
      "custom_metadata",
      "The trailers of UnaryCall have \"AAAA\" as the metadata "
      "x-grpc-test-echo-trailing-bin",
      "flags END_STREAM|END_HEADERS", "custom_metadata");
}

TEST(why_of_a_case, whose_client_does_not_send_the_metadata) {
  expect_why(conversation().hello().client(request(request_fields(unary))).server(response()),
             "custom_metadata", "did not send the metadata x-grpc-test-echo-initial",
             "client → server  HEADERS", "custom_metadata");
}

TEST(why_of_a_case, that_is_cancelled_with_another_code) {
  const auto fields = request_fields("/grpc.testing.TestService/StreamingInputCall");
  expect_why(
      conversation().hello().client(frames().headers(1, fields)).client(frames().rst_stream(1, 0)),
      "cancel_after_begin", "RST_STREAM NO_ERROR", "RST_STREAM", "Errors");
}

TEST(why_of_a_case, that_ends_before_it_is_cancelled) {
  expect_why(conversation()
                 .hello()
                 .client(frames().headers(1, request_fields(full_duplex)))
                 .client(frames().data(1, message(request_of(27'182))))
                 .server(response(message(response_of(31'415)))),
             "cancel_after_first_response",
             "The server ended FullDuplexCall before the client had cancelled it",
             "flags END_STREAM|END_HEADERS", "cancel_after_first_response");
}

TEST(why_of_a_case, without_its_timeout) {
  expect_why(conversation()
                 .hello()
                 .client(frames().headers(1, request_fields(full_duplex)))
                 .server(trailers_only("4", "")),
             "timeout_on_sleeping_server", "The request has no grpc-timeout",
             "client → server  HEADERS", "timeout_on_sleeping_server");
}

TEST(why_of_a_case, in_which_calls_are_missing) {
  expect_why(conversation().hello().client(request(request_fields(unary))).server(response()),
             "status_code_and_message", "UnaryCall ended with status OK",
             "flags END_STREAM|END_HEADERS", "status_code_and_message");
  expect_why(conversation().hello(), "empty_unary", "made 0 of 1 calls of EmptyCall", "",
             "empty_unary");
}

TEST(why_of_silence, of_the_server) {
  const recording r = conversation()
                          .hello()
                          .client(request(request_fields(unary)))
                          .end(connection_end::client_closed, 60);
  expect_why(r, "",
             "UnaryCall was never finished: the server said no more, after the whole request",
             "client → server  DATA", "Outline");
  EXPECT_THAT(why(r, "", "")["sentence"].get<std::string>(),
              HasSubstr("its last byte came 60.002 s before the end"));
}

TEST(why_of_silence, of_the_client) {
  expect_why(conversation()
                 .hello()
                 .client(frames().headers(1, request_fields(full_duplex)))
                 .server(frames().headers(1, response_fields))
                 .end(connection_end::client_closed, 60),
             "empty_stream", "the client said no more, though it has not ended its request",
             "client → server  HEADERS", "Outline");
}

TEST(why_of_silence, of_a_receiver_that_makes_no_room) {
  expect_why(
      conversation()
          .client(frames().preface().settings())
          .server(frames().settings())
          .client(request(request_fields(unary)))
          .server(frames()
                      .headers(1, response_fields)
                      .data(1, std::string_view(message(response_of(70'000))).substr(0, 65'535)))
          .end(connection_end::client_closed, 60),
      "", "The server has sent all that it may on the stream (65535 bytes)",
      "server → client  DATA", "RFC 9113 sections 5.2 and 6.9");
}

TEST(why, quotes_the_client_when_the_frames_are_right) {
  const recording r = conversation()
                          .hello()
                          .client(request(request_fields(unary), large_request))
                          .server(response(message(response_of(314'159))));
  const nlohmann::json answer = why(r, "large_unary", "connecting\nwrong body type\n");
  EXPECT_EQ(answer["sentence"],
            "All frames keep the rules that are known here. The client says: wrong body type");
  EXPECT_EQ(answer["section"], "");
  EXPECT_TRUE(answer["frame"].is_null());
}

TEST(why, names_the_first_of_several_faults) {
  expect_why(conversation()
                 .hello()
                 .client(request(without(request_fields(unary), "te"), large_request))
                 .server(trailers_only("2", "Missing :te header"))
                 .server(frames().goaway(1, 2)),
             "large_unary", "does not say \"te: trailers\"", "client → server  HEADERS",
             "Requests");
}

}  // namespace
}  // namespace grpcwire::tools
