// The forms of decoded messages, with and without a schema.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "grpc/testing/messages.pb.h"
#include "interests.pb.h"
#include "tools/grpcwire/lab/record_forms.hpp"

namespace grpcwire::tools {
namespace {

using namespace std::string_literals;
using form_function = std::string (*)(const std::vector<named_record>&);

std::string decoded(form_function how, std::string_view bytes,
                    const google::protobuf::Descriptor* type = nullptr) {
  const codec::raw_message message = codec::decode_raw(codec::as_bytes(bytes));
  EXPECT_FALSE(message.error);
  return how(name_records(message.records, type));
}

std::string decoded_text(std::string_view bytes) {
  return text_form(codec::decode_raw(codec::as_bytes(bytes)).records);
}

const std::string nested_bytes = "\x08\x96\x01\x1a\x03\x08\x96\x01"s;

TEST(decode_forms, table_has_a_line_for_each_record) {
  EXPECT_EQ(decoded(table_form, nested_bytes),
            "offset  field  wire type  length  payload  reading | other readings\n"
            "0       1      0 VARINT   2       96 01    int, uint, enum 150 | sint 75\n"
            "3       3      2 LEN      3       below    message 1 record | packed varints 8, 150 | "
            "bytes 08 96 01\n"
            "5       3.1    0 VARINT   2       96 01    int, uint, enum 150 | sint 75\n");
}

TEST(decode_forms, table_shows_where_groups_end) {
  EXPECT_EQ(decoded(table_form, "\x0b\x08\x01\x0c"),
            "offset  field  wire type  length  payload  reading | other readings\n"
            "0       1      3 SGROUP   2       below\n"
            "1       1.1    0 VARINT   1       01       int, uint, enum 1 | sint -1 | bool true\n"
            "3       1      4 EGROUP   0                the end of the group\n");
}

TEST(decode_forms, hex_has_a_line_for_each_record) {
  EXPECT_EQ(decoded(hex_form, nested_bytes),
            "0000  08 96 01    1 VARINT: int, uint, enum 150 | sint 75\n"
            "0003  1a 03       3 LEN 3: message 1 record | packed varints 8, 150 | bytes 08 96 01\n"
            "0005    08 96 01  3.1 VARINT: int, uint, enum 150 | sint 75\n");
}

TEST(decode_forms, bits_have_a_line_for_each_byte) {
  EXPECT_EQ(decoded(bits_form, "\x0a\x01M\x80\x01\x96\x01\x1d\x00\x00\x80\x3f"s),
            "0000  0a  0 0001 010  010 = wire type 2; field 1, LEN\n"
            "0001  01  0 0000001   length 1\n"
            "0002  4d  01001101    'M'  string \"M\" | bytes 4d\n"
            "0003  80  1 0000 000  goes on; 000 = wire type 0; field 16, VARINT\n"
            "0004  01  0 0000001   higher bits of the field number\n"
            "0005  96  1 0010110   goes on; int, uint, enum 150 | sint 75\n"
            "0006  01  0 0000001   7 bits above those\n"
            "0007  1d  0 0011 101  101 = wire type 5; field 3, I32\n"
            "0008  00  00000000    float 1 | fixed32, sfixed32 1065353216; lowest byte first\n"
            "0009  00  00000000\n"
            "000a  80  10000000\n"
            "000b  3f  00111111\n");
}

TEST(decode_forms, tree_gives_reasons) {
  EXPECT_EQ(decoded(tree_form, nested_bytes),
            "├─ 1: VARINT, 2 bytes, int, uint, enum 150\n"
            "│    at byte 0: tag 08, value 96 01\n"
            "│    or sint 75\n"
            "└─ 3: LEN, 3 bytes, message 1 record\n"
            "     at byte 3: tag 1a, length 03\n"
            "     guessed: it reads as a message of 1 record to its last byte\n"
            "     or packed varints 8, 150\n"
            "     or bytes 08 96 01\n"
            "   └─ 3.1: VARINT, 2 bytes, int, uint, enum 150\n"
            "        at byte 5: tag 08, value 96 01\n"
            "        or sint 75\n");
}

TEST(decode_forms, text_is_that_of_protoc) {
  EXPECT_EQ(decoded_text(nested_bytes), "1: 150\n3 {\n  1: 150\n}\n");
  EXPECT_EQ(decoded_text("\x0b\x08\x01\x0c"), "1 {\n  1: 1\n}\n");
  EXPECT_EQ(decoded_text("\x12\x06\"\\\n\x01\xff'"), "2: \"\\\"\\\\\\n\\001\\377\\'\"\n");
  EXPECT_EQ(decoded_text("\x0d\x00\x00\x80\x3f"s), "1: 0x3f800000\n");
}

TEST(decode_forms, a_schema_names_fields_and_leaves_one_reading) {
  interests::Person person;
  person.set_user_name("Martin");
  person.set_favorite_number(-1);
  person.add_interests("hacking");
  const std::string shown =
      decoded(table_form, person.SerializeAsString(), interests::Person::descriptor());
  EXPECT_NE(shown.find("1 user_name        2 LEN"), std::string::npos) << shown;
  EXPECT_NE(shown.find("  string \"Martin\"\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("  int64 -1\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("  repeated string \"hacking\"\n"), std::string::npos) << shown;
}

TEST(decode_forms, a_schema_reads_messages_and_enums) {
  grpc::testing::SimpleRequest request;
  request.set_response_type(grpc::testing::COMPRESSABLE);
  request.mutable_payload()->set_body("\x08\x01");
  request.mutable_response_status()->set_code(2);
  request.set_fill_username(true);
  const std::string shown =
      decoded(table_form, request.SerializeAsString(), grpc::testing::SimpleRequest::descriptor());
  EXPECT_NE(shown.find("3.2 body"), std::string::npos) << shown;
  EXPECT_NE(shown.find("bytes 08 01"), std::string::npos) << shown;
  EXPECT_NE(shown.find("grpc.testing.EchoStatus 1 record"), std::string::npos) << shown;
  EXPECT_NE(shown.find("bool true"), std::string::npos) << shown;
}

TEST(decode_forms, says_what_does_not_fit_the_schema) {
  const auto* person = interests::Person::descriptor();
  EXPECT_NE(decoded(table_form, "\x08\x01", person)
                .find("! user_name is a string, which travels as LEN: parsers take this for an "
                      "unknown field"),
            std::string::npos);
  EXPECT_NE(decoded(table_form, "\x78\x01", person).find("! interests.Person has no field 15"),
            std::string::npos);
  EXPECT_NE(decoded(table_form, "\x0a\x01\xff", person).find("! not UTF-8"), std::string::npos);
  EXPECT_NE(decoded(table_form, "\x1a\x01\x08"s, grpc::testing::SimpleRequest::descriptor())
                .find("! payload cannot be read as a grpc.testing.Payload"),
            std::string::npos);
}

TEST(decode_forms, lets_no_control_character_through) {
  for (const form_function how : {&table_form, &tree_form, &hex_form, &bits_form}) {
    EXPECT_EQ(decoded(how, "\x0a\x06\x1b[31m\x07").find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(
      decoded(table_form, "\x0a\x06\x1b[31m\x07", interests::Person::descriptor()).find('\x1b'),
      std::string::npos);
}

}  // namespace
}  // namespace grpcwire::tools
