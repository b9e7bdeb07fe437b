// Prepared heads say what write_request() says.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/prepared_heads.hpp>

namespace grpcwire::codec {
namespace {

using namespace std::chrono_literals;

using texts = std::vector<std::pair<std::string, std::string>>;

texts texts_of(header_list_view fields) {
  texts copies;
  for (const header_view& field : fields) copies.emplace_back(field.name, field.value);
  return copies;
}

texts written_anew(const request_head& head) {
  header_fields fields;
  write_request(fields, head);
  return texts_of(fields.view());
}

texts written_by(prepared_heads& heads, const request_head& head) {
  header_fields scratch;
  return texts_of(heads.write(scratch, head));
}

const request_head plain{
    .path = "/a.B/C", .authority = "localhost:1", .user_agent = "me", .accept_encoding = "gzip"};

TEST(PreparedHeads, SayWhatHeadsWrittenAnewSay) {
  prepared_heads heads;
  for (int round = 0; round != 3; ++round) {
    EXPECT_EQ(written_by(heads, plain), written_anew(plain));
    request_head other = plain;
    other.path = "/a.B/D";
    EXPECT_EQ(written_by(heads, other), written_anew(other));
    other.message_encoding = "gzip";
    EXPECT_EQ(written_by(heads, other), written_anew(other));
    other.channel = 1;
    other.scheme = "https";
    EXPECT_EQ(written_by(heads, other), written_anew(other));
    other.authority = "example.org";
    EXPECT_EQ(written_by(heads, other), written_anew(other));
    other.channel = 2;
    other.user_agent = {};
    EXPECT_EQ(written_by(heads, other), written_anew(other));
    other.channel = 3;
    other.accept_encoding = {};
    EXPECT_EQ(written_by(heads, other), written_anew(other));
  }
}

TEST(PreparedHeads, HaveTimeoutAndMetadataOfEachCall) {
  prepared_heads heads;
  const metadata first{{"x-a", "1"}};
  const metadata second{{"x-a", "2"}, {"x-b-bin", "\x01\x02"}};
  request_head head = plain;
  head.timeout = 3s;
  head.custom = &first;
  EXPECT_EQ(written_by(heads, head), written_anew(head));
  head.timeout = 5ms;
  head.custom = &second;
  EXPECT_EQ(written_by(heads, head), written_anew(head));
  EXPECT_EQ(written_by(heads, plain), written_anew(plain));
}

TEST(PreparedHeads, KeepTheirTextsWhenThoseOfTheCallAreGone) {
  prepared_heads heads;
  header_fields scratch;
  header_list_view fields;
  const texts expected = written_anew(plain);
  {
    const std::string path(plain.path);
    const std::string authority(plain.authority);
    request_head head = plain;
    head.path = path;
    head.authority = authority;
    fields = heads.write(scratch, head);
  }
  EXPECT_EQ(texts_of(fields), expected);
  for (const header_view& field : fields) EXPECT_TRUE(field.constant) << field.name;
}

TEST(PreparedHeads, AreWrittenAnewWhenThereAreTooMany) {
  prepared_heads heads;
  for (std::size_t i = 0; i != 2 * prepared_heads::count_max; ++i) {
    const std::string path = "/a.B/" + std::to_string(i);
    request_head head = plain;
    head.path = path;
    EXPECT_EQ(written_by(heads, head), written_anew(head));
  }
  EXPECT_EQ(written_by(heads, plain), written_anew(plain));
}

}  // namespace
}  // namespace grpcwire::codec
