// Which codings there are on one side: built in, plugged in, accepted.

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/codec/server_call.hpp>

#include "tests/support/header_lines.hpp"
#include "tests/support/run_length.hpp"

namespace grpcwire::codec {
namespace {

using tests::run_length;

TEST(codings, are_the_built_in_ones_when_nobody_says_otherwise) {
  const codings own;
  EXPECT_EQ(own.accept_text(), "identity,gzip,deflate");
  EXPECT_TRUE(own.untouched());
  EXPECT_EQ(own.find("deflate"), encoding::deflate);
  EXPECT_FALSE(own.find("zstd"));
  EXPECT_FALSE(own.has(static_cast<encoding>(3)));
  EXPECT_EQ(own.parse("gzip , zstd"), encoding_set{encoding::gzip});
}

TEST(codings, take_algorithms_of_the_program) {
  codings own;
  const encoding added = own.add(std::make_shared<run_length>());
  EXPECT_TRUE(own.has(added));
  EXPECT_EQ(own.name(added), "x-rle");
  EXPECT_EQ(own.name(encoding::gzip), "gzip");
  EXPECT_EQ(own.find_accepted("x-rle"), added);
  EXPECT_EQ(own.accept_text(), "identity,gzip,deflate,x-rle");
  EXPECT_EQ(own.parse("x-rle,gzip"), (encoding_set{encoding::gzip, added}));
  const auto packed = own.compress(added, as_bytes(std::string(1000, 'a')));
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->size(), 8U);
  const auto plain = own.decompress(added, *packed, 1000);
  ASSERT_TRUE(plain);
  EXPECT_EQ(as_text(*plain), std::string(1000, 'a'));
}

TEST(codings, refuse_names_that_are_taken_or_not_legal) {
  codings own;
  for (const char* name : {"gzip", "identity", "", "a,b", "Zstd", "a b"}) {
    EXPECT_THROW((void)own.add(std::make_shared<run_length>(name)), std::invalid_argument) << name;
  }
  for (int i = 0; i < 5; ++i) {
    (void)own.add(std::make_shared<run_length>("x-" + std::to_string(i)));
  }
  EXPECT_THROW((void)own.add(std::make_shared<run_length>("x-5")), std::length_error);
  EXPECT_EQ(own.accept_text(), "identity,gzip,deflate,x-0,x-1,x-2,x-3,x-4");
}

TEST(codings, accept_what_they_are_told_to_and_always_identity) {
  codings own;
  own.accept_only({encoding::deflate});
  EXPECT_EQ(own.accept_text(), "identity,deflate");
  EXPECT_EQ(own.find("gzip"), encoding::gzip) << "it may still be sent";
  EXPECT_FALSE(own.find_accepted("gzip"));
  EXPECT_EQ(own.find_accepted("identity"), encoding::identity);
  own.accept_only({});
  EXPECT_EQ(own.accept_text(), "identity");
}

TEST(a_plugged_in_algorithm, cannot_inflate_beyond_the_limit) {
  codings own;
  const encoding added = own.add(std::make_shared<run_length>());
  const std::string bomb = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i)
      text +=
          "\xff"
          "a";
    return text;
  }();
  const auto outcome = own.decompress(added, as_bytes(bomb), 1000);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), compression_error::too_large);
  EXPECT_TRUE(own.decompress(added,
                             as_bytes("\x02"
                                      "a"),
                             2));
  EXPECT_FALSE(own.decompress(added,
                              as_bytes("\x03"
                                       "a"),
                              2));
}

TEST(a_plugged_in_algorithm, says_when_data_is_damaged) {
  codings own;
  const encoding added = own.add(std::make_shared<run_length>());
  const auto outcome = own.decompress(added, as_bytes("odd"), 1000);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), compression_error::corrupt);
}

// ---- what a server and a client make of them

std::vector<header_view> request_with(std::string_view coding) {
  return {{":method", "POST"},      {":scheme", "http"}, {":path", "/a.B/C"},
          {":authority", "h"},      {"te", "trailers"},  {"content-type", "application/grpc"},
          {"grpc-encoding", coding}};
}

TEST(a_server, refuses_a_call_in_a_coding_it_does_not_accept_and_says_which_it_does) {
  codings own;
  own.accept_only({encoding::deflate});
  server_call call({.own_codings = &own});
  call.headers_received(request_with("gzip"), false, false);
  const auto refused = call.poll();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, server_event_kind::rejected);
  EXPECT_EQ(refused->why.code(), status_code::unimplemented);
  header_fields fields;
  EXPECT_EQ(call.finish(fields, refused->why, nullptr), server_call::finish_kind::trailers_only);
  EXPECT_THAT(tests::lines_of(fields), testing::Contains("grpc-accept-encoding=identity,deflate"));
}

TEST(a_server, tells_what_it_accepts_to_those_who_compress) {
  for (const auto& [coding, told] : {std::pair{"gzip", true}, {"identity", false}}) {
    server_call call({});
    call.headers_received(request_with(coding), true, false);
    header_fields fields;
    call.respond(fields, nullptr, encoding::identity);
    const auto lines = tests::lines_of(fields);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "grpc-accept-encoding=identity,gzip,deflate"),
              told ? 1 : 0);
  }
}

TEST(a_client, refuses_a_message_in_a_coding_it_does_not_accept) {
  codings own;
  own.accept_only({});
  client_call call({.own_codings = &own});
  const std::vector<header_view> head{
      {":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}};
  call.headers_received(head, false, false);
  EXPECT_EQ(call.poll()->kind, client_event_kind::headers_received);
  call.data_received(as_bytes(std::string_view("\1\0\0\0\0", 5)), false);
  const auto ended = call.poll();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->kind, client_event_kind::ended);
  EXPECT_EQ(ended->outcome.code(), status_code::internal);
}

}  // namespace
}  // namespace grpcwire::codec
