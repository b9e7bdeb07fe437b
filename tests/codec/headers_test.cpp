// Header lists of requests and responses: what is written, and what is read from others.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/codec/headers.hpp>

#include "tests/support/header_lines.hpp"

namespace grpcwire::codec {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(headers, write_the_least_request) {
  header_fields fields;
  write_request(fields, {.path = "/a.B/C", .authority = "host:1"});
  EXPECT_THAT(tests::lines_of(fields),
              ElementsAre(":method=POST", ":scheme=http", ":path=/a.B/C", ":authority=host:1",
                          "te=trailers", "content-type=application/grpc"));
}

TEST(headers, write_a_request_with_everything) {
  const metadata custom{{"authorization", "Bearer x"},
                        {"a-bin", std::string_view("\0\xff", 2)},
                        {"cookie", "c"},
                        {"a-bin", ""},
                        {"plain", " padded "}};
  header_fields fields;
  write_request(fields, {.path = "/a.B/C",
                         .authority = "h",
                         .scheme = "https",
                         .user_agent = "grpc-c++-wire/1",
                         .timeout = 1500ms,
                         .message_encoding = "gzip",
                         .accept_encoding = "identity,gzip",
                         .custom = &custom});
  EXPECT_THAT(
      tests::lines_of(fields),
      ElementsAre(":method=POST", ":scheme=https", ":path=/a.B/C", ":authority=h", "te=trailers",
                  testing::StartsWith("grpc-timeout=1500"), "content-type=application/grpc",
                  "grpc-encoding=gzip", "grpc-accept-encoding=identity,gzip",
                  "user-agent=grpc-c++-wire/1", "authorization=Bearer x !", "a-bin=AP8",
                  "cookie=c !", "a-bin=", "plain=padded"));
}

TEST(headers, can_be_used_again) {
  header_fields fields;
  for (int i = 0; i < 3; ++i) {
    fields.clear();
    write_request(fields, {.path = "/p", .authority = "h", .timeout = 1s});
    EXPECT_EQ(fields.view().size(), 7U);
  }
}

TEST(headers, know_their_names) {
  const std::pair<std::string_view, known_header> table[] = {
      {":method", known_header::method},
      {":scheme", known_header::scheme},
      {":path", known_header::path},
      {":authority", known_header::authority},
      {":status", known_header::status},
      {"te", known_header::te},
      {"host", known_header::host},
      {"content-type", known_header::content_type},
      {"grpc-timeout", known_header::grpc_timeout},
      {"grpc-encoding", known_header::grpc_encoding},
      {"grpc-accept-encoding", known_header::grpc_accept_encoding},
      {"grpc-status", known_header::grpc_status},
      {"grpc-message", known_header::grpc_message},
      {"grpc-status-details-bin", known_header::grpc_status_details_bin},
      {"", known_header::other},
      {"xx", known_header::other},
      {"user-agent", known_header::other},
      {"grpc-statu5", known_header::other},
      {"content-typo", known_header::other},
      {":protoco", known_header::other},
  };
  for (const auto& [text, header] : table) EXPECT_EQ(classify(text), header) << text;
}

TEST(headers, tell_grpc_from_other_media_types) {
  const std::pair<std::string_view, std::optional<std::string_view>> table[] = {
      {"application/grpc", ""},
      {"application/grpc+proto", "proto"},
      {"application/grpc+json", "json"},
      {"application/grpc;charset=utf-8", ""},
      {"application/grpc ; x", ""},
      {"application/grpc+proto;x=y", "proto"},
      {"application/grpc+proto ", "proto"},
      {"application/grpc+", ""},
      {"APPLICATION/GRPC+proto", "proto"},
      {"application/grpc-web", std::nullopt},
      {"application/grpc-web+proto", std::nullopt},
      {"application/grpcx", std::nullopt},
      {"application/json", std::nullopt},
      {"application/grp", std::nullopt},
      {"text/html", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [text, subtype] : table) EXPECT_EQ(grpc_subtype(text), subtype) << text;
}

TEST(headers, read_a_request) {
  const std::vector<header_view> fields = {{":path", "/a.B/C"},
                                           {":authority", "real:1"},
                                           {":method", "POST"},
                                           {":scheme", "http"},
                                           {"content-type", "application/grpc+proto"},
                                           {"te", "trailers"},
                                           {"host", "other"},
                                           {"grpc-timeout", "20m"},
                                           {"grpc-encoding", "deflate"},
                                           {"grpc-accept-encoding", "identity, deflate, gzip"},
                                           {"user-agent", "grpc-go/1"},
                                           {"x-bin", "AAE,AgM"},
                                           {"x", "\xff"},
                                           {"grpc-previous-rpc-attempts", "2"}};
  received_request request;
  const auto rejected = read_request(fields, request);
  EXPECT_FALSE(rejected);
  EXPECT_EQ(request.path, "/a.B/C");
  EXPECT_EQ(request.authority, "real:1");
  EXPECT_EQ(request.timeout, 20ms);
  EXPECT_EQ(request.message_encoding, encoding::deflate);
  EXPECT_TRUE(request.accept.contains(encoding::gzip));
  EXPECT_TRUE(request.accept.contains(encoding::deflate));
  EXPECT_TRUE(request.proto_subtype);
  EXPECT_EQ(request.custom.get("user-agent"), "grpc-go/1");
  EXPECT_EQ(request.custom.get_all("x-bin").size(), 2U);
  EXPECT_EQ(request.custom.get("x"), "\xff");
  EXPECT_FALSE(request.custom.contains("te"));
  EXPECT_FALSE(request.custom.contains("host"));
  request.clear();
  EXPECT_EQ(request.message_encoding, encoding::identity);
  EXPECT_TRUE(request.custom.empty());
}

TEST(headers, take_the_host_where_there_is_no_authority) {
  received_request request;
  EXPECT_FALSE(read_request({{{":method", "POST"},
                              {":path", "/a/b"},
                              {"host", "h"},
                              {"content-type", "application/grpc"}}},
                            request));
  EXPECT_EQ(request.authority, "h");
}

TEST(headers, know_no_encoding_that_is_not_there) {
  received_request request;
  EXPECT_FALSE(read_request({{{":method", "POST"},
                              {":path", "/a/b"},
                              {"grpc-encoding", "snappy"},
                              {"content-type", "application/grpc"}}},
                            request));
  EXPECT_FALSE(request.message_encoding);
  EXPECT_EQ(request.encoding_name, "snappy");
}

TEST(headers, read_any_http_status) {
  const std::pair<std::string_view, int> table[] = {
      {"200", 200}, {"100", 100}, {"999", 999}, {"000", 0},  {"", -1},
      {"20", -1},   {"2000", -1}, {"2x0", -1},  {"-20", -1}, {"99999999999999999999", -1}};
  for (const auto& [text, value] : table) {
    received_response response;
    read_response({{{":status", text}}}, response);
    EXPECT_EQ(response.http_status, value) << text;
  }
}

TEST(headers, read_a_response) {
  received_response response;
  read_response({{{":status", "200"},
                  {"content-type", "application/grpc"},
                  {"grpc-encoding", "gzip"},
                  {"grpc-accept-encoding", "gzip"},
                  {"grpc-status", "3"},
                  {"grpc-message", "%E2%98%BA %zz"},
                  {"grpc-status-details-bin", "AAEC"},
                  {"a", "b"}}},
                response);
  EXPECT_TRUE(response.grpc);
  EXPECT_EQ(response.message_encoding, encoding::gzip);
  EXPECT_FALSE(response.bad_metadata);
  EXPECT_EQ(response.custom.size(), 1U);
  const status s = status_of(response);
  EXPECT_EQ(s.code(), status_code::invalid_argument);
  EXPECT_EQ(s.message(), "\u263a %zz");
  EXPECT_EQ(s.details().binary, std::string("\0\1\2", 3));
}

TEST(headers, drop_details_that_are_no_base64) {
  received_response response;
  read_response({{{"grpc-status", "3"}, {"grpc-status-details-bin", "*"}}}, response);
  EXPECT_TRUE(response.details.empty());
  EXPECT_FALSE(response.bad_metadata);
  EXPECT_EQ(status_of(response).code(), status_code::invalid_argument);
}

TEST(headers, drop_details_that_come_twice) {
  received_response response;
  read_response({{{"grpc-status", "3"},
                  {"grpc-status-details-bin", "AAEC"},
                  {"grpc-status-details-bin", "AAEC"}}},
                response);
  EXPECT_TRUE(response.details.empty());
}

TEST(headers, write_a_status_that_reads_the_same) {
  const status original(status_code::data_loss, {.message = " \t\nunicode ☺ 😈 % \x7f ",
                                                 .binary = std::string("\0x\xff", 3)});
  const metadata trailing{{"k", "v"}};
  header_fields fields;
  write_status(fields, original, &trailing);
  received_response response;
  read_response(fields.view(), response);
  const status read = status_of(response);
  EXPECT_EQ(read, original);
  EXPECT_EQ(read.details().binary, original.details().binary);
  EXPECT_EQ(response.custom.get("k"), "v");
}

TEST(headers, write_ok_in_one_field) {
  header_fields fields;
  write_status(fields, status(), nullptr);
  EXPECT_THAT(tests::lines_of(fields), ElementsAre("grpc-status=0"));
}

TEST(headers, write_http_statuses) {
  header_fields fields;
  write_response(fields, 405, false);
  EXPECT_THAT(tests::lines_of(fields), ElementsAre(":status=405", "content-type=application/grpc"));
}

}  // namespace
}  // namespace grpcwire::codec
