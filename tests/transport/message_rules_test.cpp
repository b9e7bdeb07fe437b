// The rules of HTTP that a message may break, one by one.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/message_rules.hpp>

namespace grpcwire::transport {
namespace {

using testing::HasSubstr;
using field_list = std::vector<std::pair<std::string_view, std::string_view>>;

const field_list good_request = {{":method", "POST"},
                                 {":scheme", "http"},
                                 {":path", "/a.B/C"},
                                 {":authority", "example.org:443"},
                                 {"content-type", "application/grpc"}};

field_list with(field_list fields, std::pair<std::string_view, std::string_view> more) {
  fields.push_back(more);
  return fields;
}

field_list without(field_list fields, std::string_view name) {
  std::erase_if(fields, [&](const auto& f) { return f.first == name; });
  return fields;
}

field_list changed(field_list fields, std::string_view name, std::string_view value) {
  for (auto& f : fields) {
    if (f.first == name) f.second = value;
  }
  return fields;
}

/// What is wrong with this block; empty: nothing.
std::string verdict(message_rules& rules, const field_list& fields, bool of_request,
                    bool end_stream = false) {
  const bool trailers = !rules.expects_head();
  for (const auto& [name, value] : fields) {
    const auto kind = kind_of({name, value}, of_request);
    const auto fault = rules.field(kind, value, of_request, trailers);
    if (!fault.empty()) return std::string(fault);
  }
  return std::string(rules.block_end(of_request, trailers, end_stream));
}

std::string of_request(const field_list& fields, bool end_stream = false) {
  message_rules rules;
  return verdict(rules, fields, true, end_stream);
}

std::string of_response(const field_list& fields, bool end_stream = false) {
  message_rules rules;
  return verdict(rules, fields, false, end_stream);
}

TEST(message_rules, let_a_call_pass) {
  EXPECT_EQ(of_request(good_request), "");
  EXPECT_EQ(of_response({{":status", "200"}, {"content-type", "application/grpc"}}), "");
  EXPECT_EQ(of_response({{":status", "200"}, {"grpc-status", "0"}}, true), "");
}

TEST(message_rules, want_method_scheme_path_and_a_host) {
  for (const auto* name : {":method", ":scheme", ":path", ":authority"}) {
    EXPECT_THAT(of_request(without(good_request, name)), HasSubstr("missing")) << name;
    EXPECT_THAT(of_request(changed(good_request, name, "")),
                testing::AnyOf(HasSubstr("pseudo-header"), HasSubstr("characters")))
        << name;
  }
  EXPECT_EQ(of_request(with(without(good_request, ":authority"), {"host", "a"})), "");
  EXPECT_THAT(of_response({{"content-type", "text/plain"}}), HasSubstr("missing"));
}

TEST(message_rules, want_pseudo_header_fields_first_and_once) {
  EXPECT_THAT(of_request(with(good_request, {":path", "/x"})), HasSubstr("out of place"));
  EXPECT_THAT(of_request({{":method", "POST"}, {":method", "POST"}}), HasSubstr("there twice"));
  EXPECT_THAT(of_request({{":odd", "x"}}), HasSubstr("out of place"));
  EXPECT_THAT(of_request({{":status", "200"}}), HasSubstr("out of place"));
  EXPECT_THAT(of_response({{":status", "200"}, {":path", "/"}}), HasSubstr("out of place"));
  EXPECT_THAT(of_request(with(with(good_request, {"host", "a"}), {"host", "b"})),
              HasSubstr("there twice"));
}

TEST(message_rules, know_fields_of_http_1) {
  for (const auto* name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_THAT(of_request(with(good_request, {name, "x"})), HasSubstr("HTTP/1")) << name;
    EXPECT_THAT(of_response({{":status", "200"}, {name, "x"}}), HasSubstr("HTTP/1")) << name;
  }
  EXPECT_THAT(of_request(with(good_request, {"te", "gzip"})), HasSubstr("te field"));
  EXPECT_EQ(of_request(with(good_request, {"te", "Trailers"})), "");
}

TEST(message_rules, tell_characters_that_do_harm_from_those_that_cost_the_field) {
  using enum field_kind;
  EXPECT_EQ(kind_of({"x", "a\x01"}, true), ignored);
  EXPECT_EQ(kind_of({"x(y)", "a"}, true), ignored);
  EXPECT_EQ(kind_of({"", "a"}, true), ignored);
  EXPECT_EQ(kind_of({"X", "a"}, true), malformed);
  EXPECT_EQ(kind_of({"x y", "a"}, true), malformed);
  EXPECT_EQ(kind_of({"x", "a\r\nb: c"}, true), malformed);
  EXPECT_EQ(kind_of({"x", std::string_view("a\0b", 3)}, true), malformed);
  EXPECT_EQ(kind_of({":path", "/a b"}, true), malformed);
  EXPECT_EQ(kind_of({":authority", "a/b"}, true), malformed);
  EXPECT_EQ(kind_of({":scheme", "1http"}, true), malformed);
  EXPECT_EQ(kind_of({"x", " a\xff\t"}, true), ordinary);
  EXPECT_THAT(of_request(with(good_request, {"X", "a"})), HasSubstr("characters"));
  EXPECT_EQ(of_request(with(good_request, {"x", "a\x01"})), "");
}

TEST(message_rules, want_a_path_from_the_root) {
  EXPECT_THAT(of_request(changed(good_request, ":path", "a")), HasSubstr("out of place"));
  EXPECT_THAT(of_request(changed(good_request, ":path", "*")), HasSubstr("out of place"));
  EXPECT_EQ(of_request(changed(changed(good_request, ":path", "*"), ":method", "OPTIONS")), "");
  EXPECT_EQ(of_request(changed(changed(good_request, ":path", "a"), ":scheme", "coap")), "");
}

TEST(message_rules, know_connect) {
  EXPECT_EQ(of_request({{":method", "CONNECT"}, {":authority", "a:1"}}), "");
  EXPECT_THAT(of_request({{":method", "CONNECT"}}), HasSubstr("missing"));
  EXPECT_THAT(of_request({{":method", "CONNECT"}, {":authority", "a"}, {":path", "/"}}),
              HasSubstr("missing"));
}

TEST(message_rules, count_what_content_length_says) {
  message_rules rules;
  EXPECT_EQ(verdict(rules, with(good_request, {"content-length", "5"}), true), "");
  EXPECT_EQ(rules.data(3), "");
  EXPECT_NE(rules.end(), "");
  EXPECT_EQ(rules.data(2), "");
  EXPECT_EQ(rules.end(), "");
  EXPECT_NE(rules.data(1), "");
  EXPECT_THAT(of_request(with(good_request, {"content-length", "5"}), true), HasSubstr("as long"));
  for (const auto* bad : {"-1", "5a", "", "99999999999999999999"}) {
    EXPECT_THAT(of_request(with(good_request, {"content-length", bad})), HasSubstr("malformed"));
  }
  const auto once = with(good_request, {"content-length", "5"});
  EXPECT_THAT(of_request(with(once, {"content-length", "5"})), HasSubstr("there twice"));
}

TEST(message_rules, want_trailers_to_end_the_stream) {
  message_rules rules;
  EXPECT_EQ(verdict(rules, good_request, true), "");
  EXPECT_THAT(verdict(rules, {{"x", "y"}}, true, false), HasSubstr("do not end"));
  EXPECT_THAT(verdict(rules, {{":path", "/"}}, true, true), HasSubstr("out of place"));
  EXPECT_EQ(verdict(rules, {{"x", "y"}}, true, true), "");
}

TEST(message_rules, wait_for_the_final_response) {
  message_rules rules;
  EXPECT_NE(rules.data(1), "");
  EXPECT_EQ(verdict(rules, {{":status", "103"}, {"link", "x"}}, false), "");
  EXPECT_TRUE(rules.expects_head());
  EXPECT_NE(rules.data(1), "");
  EXPECT_EQ(verdict(rules, {{":status", "200"}}, false), "");
  EXPECT_FALSE(rules.expects_head());
  EXPECT_EQ(rules.data(1), "");
  EXPECT_EQ(verdict(rules, {{"grpc-status", "0"}}, false, true), "");
  for (const auto* bad : {"101", "20", "2000", "2x0"}) {
    EXPECT_THAT(of_response({{":status", bad}}), HasSubstr(":status")) << bad;
  }
  EXPECT_THAT(of_response({{":status", "103"}}, true), HasSubstr("final"));
}

TEST(message_rules, expect_no_data_behind_204_and_304) {
  for (const auto* status : {"204", "304"}) {
    message_rules rules;
    EXPECT_EQ(verdict(rules, {{":status", status}}, false), "");
    EXPECT_NE(rules.data(1), "") << status;
  }
  EXPECT_EQ(of_response({{":status", "204"}, {"content-length", "0"}}, true), "");
  EXPECT_THAT(of_response({{":status", "204"}, {"content-length", "1"}}),
              HasSubstr("content-length"));
}

}  // namespace
}  // namespace grpcwire::transport
