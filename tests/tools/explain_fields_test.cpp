// Fields and settings in words.
#include "tools/grpcwire/explain_fields.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/grpcwire/explain_payloads.hpp"

namespace grpcwire::tools {
namespace {

using namespace std::string_view_literals;
using transport::hpack_field;
using transport::hpack_form;

std::string meaning(std::string_view name, std::string_view value) {
  return field_meaning(name, value, side::client, true);
}

TEST(explain_fields, says_what_a_request_asks_for) {
  EXPECT_EQ(meaning(":method", "POST"), "every gRPC call is a POST");
  EXPECT_EQ(meaning(":method", "GET"), "gRPC needs POST");
  EXPECT_EQ(meaning(":path", "/a.b.C/D"), "which method: D of a.b.C");
  for (const std::string_view path : {"", "/", "*", "/x", "x/y", "/x/", "//x"}) {
    EXPECT_EQ(meaning(":path", path), "which method; gRPC expects /service/method") << path;
  }
  EXPECT_EQ(meaning("te", "trailers"), "the client understands trailers");
  EXPECT_EQ(meaning("te", "gzip"), "only \"trailers\" is legal in HTTP/2");
  EXPECT_EQ(meaning(":new", ""), "not known to HTTP/2");
}

TEST(explain_fields, says_how_much_time_there_is) {
  EXPECT_EQ(meaning("grpc-timeout", "1S"), "the server has 1 second");
  EXPECT_EQ(meaning("grpc-timeout", "1500m"), "the server has 1500 milliseconds");
  EXPECT_EQ(meaning("grpc-timeout", "2000m"), "the server has 2 seconds");
  EXPECT_EQ(meaning("grpc-timeout", "120S"), "the server has 2 minutes");
  EXPECT_EQ(meaning("grpc-timeout", "1H"), "the server has 1 hour");
  EXPECT_EQ(meaning("grpc-timeout", "7u"), "the server has 7 microseconds");
  EXPECT_EQ(meaning("grpc-timeout", "1n"), "the server has 1 nanosecond");
  EXPECT_EQ(meaning("grpc-timeout", "0n"), "the server has 0 seconds");
  EXPECT_EQ(meaning("grpc-timeout", "1 S"),
            "not a legal timeout: 1 to 8 digits and one of H M S m u n");
}

TEST(explain_fields, says_how_a_call_ended) {
  EXPECT_EQ(meaning("grpc-status", "0"), "OK");
  EXPECT_EQ(meaning("grpc-status", "16"), "UNAUTHENTICATED");
  EXPECT_EQ(meaning("grpc-status", "17"), "not a legal status: clients take it as UNKNOWN");
  EXPECT_EQ(meaning("grpc-message", "no"), "why, in words");
  EXPECT_EQ(meaning("grpc-message", "a%0A%E2%98%BA"), "why, in words: a\\x0a☺");
  EXPECT_EQ(meaning(":status", "200"), "HTTP is fine; how the call ends comes as grpc-status");
  EXPECT_EQ(meaning(":status", "103"), "only an interim answer");
  EXPECT_EQ(meaning(":status", "503"),
            "HTTP went wrong; without a grpc-status the call ends as UNAVAILABLE");
  EXPECT_EQ(meaning(":status", "2x0"), "not a legal HTTP status");
}

TEST(explain_fields, tells_content_types_apart) {
  EXPECT_EQ(meaning("content-type", "application/grpc"), "gRPC with protobuf messages");
  EXPECT_EQ(meaning("content-type", "application/grpc+json"), "gRPC with json messages");
  EXPECT_EQ(meaning("content-type", "application/grpc;x=y"), "gRPC");
  EXPECT_EQ(meaning("content-type", "application/grpc-web"), "not gRPC");
  EXPECT_EQ(meaning("content-type", "text/html"), "not gRPC");
}

TEST(explain_fields, tells_metadata_from_names_that_grpc_keeps) {
  EXPECT_EQ(meaning("x-user", "ann"), "metadata of the application");
  EXPECT_EQ(meaning("key-bin", "AAE"), "metadata of the application: bytes, in base64");
  EXPECT_EQ(meaning("key-bin", "\0\x01"sv),
            "metadata of the application: bytes as they are, behind a zero");
  EXPECT_EQ(meaning("grpc-new", "1"), "reserved by gRPC");
  EXPECT_EQ(field_meaning("server", "nghttpd", side::server, false), "");
}

TEST(explain_fields, says_how_a_field_was_encoded) {
  const auto words = [](hpack_form form, std::uint32_t index, bool huffman, std::size_t size) {
    return encoding_words({"n", "v", form, index, false, huffman, 0, size});
  };
  EXPECT_EQ(words(hpack_form::indexed, 3, false, 1), "static table 3, 1 byte");
  EXPECT_EQ(words(hpack_form::indexed, 62, false, 1), "dynamic table 62, 1 byte");
  EXPECT_EQ(words(hpack_form::incremental_indexing, 61, true, 9),
            "literal, name from static table 61, Huffman, added to the table, 9 bytes");
  EXPECT_EQ(words(hpack_form::without_indexing, 0, false, 9), "literal, 9 bytes");
  EXPECT_EQ(words(hpack_form::never_indexed, 0, false, 9),
            "literal, never to be put into a table, 9 bytes");
}

TEST(explain_payloads, says_what_settings_ask_of_the_other_side) {
  EXPECT_EQ(setting_meaning({2, 0}, side::client), "the server must not push");
  EXPECT_EQ(setting_meaning({2, 2}, side::client), "only 0 and 1 are legal");
  EXPECT_EQ(setting_meaning({3, 1}, side::server), "the server takes at most 1 call at a time");
  EXPECT_EQ(setting_meaning({4, 65535}, side::server),
            "the client may send 65535 bytes on a new stream before the server makes room");
  EXPECT_EQ(setting_meaning({4, 0x80000000}, side::server),
            "more than a window can have (2147483647)");
  EXPECT_EQ(setting_meaning({5, 16383}, side::server), "only 16384 to 16777215 is legal");
  EXPECT_EQ(setting_meaning({5, 16384}, side::server),
            "the server takes frames of up to 16384 bytes");
  EXPECT_EQ(setting_meaning({99, 1}, side::server), "not known here; receivers ignore it");
}

TEST(explain_payloads, has_words_for_each_error_code_and_no_more) {
  for (std::uint32_t code = 0; code <= 13; ++code) EXPECT_NE(error_meaning(code), "") << code;
  EXPECT_EQ(error_meaning(14), "");
  EXPECT_EQ(rst_stream_line(8, side::client),
            "the client ends the stream at once. CANCEL: the call is not wanted any more");
  EXPECT_EQ(rst_stream_line(14, side::server), "the server ends the stream at once. error 0xe");
}

}  // namespace
}  // namespace grpcwire::tools
