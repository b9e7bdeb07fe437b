// What messages take in other formats, counted by hand.
#include "tools/grpcwire/lab/size_comparison.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "grpc/testing/messages.pb.h"
#include "interests.pb.h"
#include "tools/grpcwire/lab/message_json.hpp"
#include "tools/grpcwire/lab/thrift_size.hpp"

namespace grpcwire::tools {
namespace {

std::map<std::string, std::size_t> sizes_by_name(const google::protobuf::Message& message) {
  std::map<std::string, std::size_t> sizes;
  for (const encoded_size& size : sizes_of(message)) sizes[std::string(size.format)] = size.bytes;
  return sizes;
}

interests::Person martin() {
  interests::Person person;
  person.set_user_name("Martin");
  person.set_favorite_number(1337);
  person.add_interests("daydreaming");
  person.add_interests("hacking");
  return person;
}

TEST(size_comparison, gives_the_known_sizes_of_a_person) {
  const std::map<std::string, std::size_t> known = {
      {"protobuf", 33},    {"Thrift compact", 34}, {"Thrift binary", 59},
      {"MessagePack", 66}, {"JSON", 81},           {"JSON of Python's json.dumps", 89}};
  EXPECT_EQ(sizes_by_name(martin()), known);
}

TEST(size_comparison, follows_the_content) {
  interests::Person person = martin();
  person.set_favorite_number(-1);
  person.set_user_name(std::string(200, 'x'));
  const auto sizes = sizes_by_name(person);
  EXPECT_EQ(sizes.at("protobuf"), 33U + 194 + 1 + 8);        // the length, and ten bytes of number
  EXPECT_EQ(sizes.at("Thrift compact"), 34U + 194 + 1 - 1);  // the length; zigzag
  EXPECT_EQ(sizes.at("Thrift binary"), 59U + 194);
  EXPECT_EQ(sizes.at("MessagePack"), 66U + 194 + 1 - 2);
  EXPECT_EQ(sizes.at("JSON"), 81U + 194 - 2);
  EXPECT_EQ(sizes_by_name(interests::Person()).at("Thrift binary"), 1U);
}

TEST(size_comparison, counts_nested_structs_bools_and_bytes) {
  grpc::testing::SimpleRequest request;
  request.set_fill_username(true);                  // field 4
  request.mutable_payload()->set_body("\x01\x02");  // field 3, in it field 2
  // 3 of header, 3 + 4 + 2 of body, 1 of stop; 3 + 1 of bool; 1 of stop.
  EXPECT_EQ(thrift_size(request, thrift_protocol::binary), 18U);
  // 1 of header, 1 + 1 + 2 of body, 1 of stop; 1 of bool; 1 of stop.
  EXPECT_EQ(thrift_size(request, thrift_protocol::compact), 8U);
  EXPECT_EQ(json_of(request, json_names::lower_camel_case, json_bytes::base64).dump(),
            R"({"payload":{"body":"AQI="},"fillUsername":true})");
  EXPECT_EQ(spaced(json_of(request, json_names::of_the_proto, json_bytes::base64)),
            R"({"payload": {"body": "AQI="}, "fill_username": true})");
}

TEST(size_comparison, writes_other_than_ascii_as_python_does) {
  interests::Person person;
  person.set_user_name("é");
  EXPECT_EQ(spaced(json_of(person, json_names::of_the_proto, json_bytes::base64)),
            R"({"user_name": "\u00e9"})");
}

}  // namespace
}  // namespace grpcwire::tools
