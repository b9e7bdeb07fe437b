// The multi-map, the rules for names and values, and the way to the wire and back.
#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/metadata.hpp>

namespace grpcwire::codec {
namespace {

static_assert(std::forward_iterator<metadata::iterator>);

using values = std::vector<std::string_view>;

std::string wire(std::string_view name, std::string_view value) {
  std::string out;
  append_wire_value(out, name, value);
  return out;
}

TEST(metadata, is_empty_at_first) {
  const metadata fields;
  EXPECT_TRUE(fields.empty());
  EXPECT_EQ(fields.size(), 0U);
  EXPECT_EQ(fields.begin(), fields.end());
  EXPECT_EQ(fields.get("a"), std::nullopt);
  EXPECT_FALSE(fields.contains(""));
  EXPECT_TRUE(fields.get_all("a").empty());
}

TEST(metadata, keeps_all_values_of_a_name_in_order) {
  const metadata fields = {{"a", "1"}, {"b", ""}, {"a", "2"}, {"a", "1"}};
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields.get("a"), "1");
  EXPECT_EQ(fields.get("b"), "");
  EXPECT_EQ(fields.get_all("a"), (values{"1", "2", "1"}));
  EXPECT_TRUE(fields.contains("b"));
  EXPECT_FALSE(fields.contains("c"));
}

TEST(metadata, compares_names_as_they_are) {
  const metadata fields = {{"Name", "1"}, {"", "nameless"}};
  EXPECT_TRUE(fields.contains("Name"));
  EXPECT_FALSE(fields.contains("name"));
  EXPECT_FALSE(fields.contains("Nam"));
  EXPECT_EQ(fields.get(""), "nameless");
}

TEST(metadata, is_walked_in_the_order_of_adding) {
  const metadata fields = {{"b", "1"}, {"a", "2"}};
  std::string seen;
  for (const auto& [name, value] : fields) seen.append(name).append("=").append(value).append(";");
  EXPECT_EQ(seen, "b=1;a=2;");
  EXPECT_EQ(fields[1], (metadata::entry{"a", "2"}));
  auto at = fields.begin();
  EXPECT_EQ((*at++).name, "b");
  EXPECT_EQ((*at).name, "a");
  EXPECT_EQ(++at, fields.end());
  const auto found = std::find(fields.begin(), fields.end(), metadata::entry{"a", "2"});
  EXPECT_EQ(std::distance(fields.begin(), found), 1);
}

TEST(metadata, holds_any_octets) {
  metadata fields;
  const std::string_view octets("\0\xff,\n", 4);
  fields.add("k-bin", octets);
  EXPECT_EQ(fields.get("k-bin"), octets);
}

TEST(metadata, may_be_given_views_of_itself) {
  metadata fields = {{"a", "first value of all"}};
  for (int i = 0; i < 200; ++i) {
    const metadata::entry first = fields[0];
    fields.add(first.name, first.value);
  }
  EXPECT_EQ(fields.get_all("a"), values(201, "first value of all"));
  EXPECT_EQ(fields.remove(fields[5].name), 201U);
  EXPECT_TRUE(fields.empty());
}

TEST(metadata, removes_all_values_of_a_name) {
  metadata fields = {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", "4"}};
  EXPECT_EQ(fields.remove("x"), 0U);
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields.remove("a"), 2U);
  EXPECT_EQ(fields, (metadata{{"b", "2"}, {"c", "4"}}));
  fields.add("d", "5");
  EXPECT_EQ(fields, (metadata{{"b", "2"}, {"c", "4"}, {"d", "5"}}));
}

TEST(metadata, is_equal_when_entries_and_order_are) {
  const metadata fields = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(fields, (metadata{{"a", "1"}, {"b", "2"}}));
  EXPECT_NE(fields, (metadata{{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(fields, (metadata{{"a", "1"}}));
  EXPECT_NE((metadata{{"ab", "c"}}), (metadata{{"a", "bc"}})) << "where a name ends counts";
}

TEST(metadata, keeps_its_memory_when_cleared) {
  metadata fields;
  for (int i = 0; i < 100; ++i) fields.add("name", "value");
  const char* const where = fields[0].name.data();
  fields.clear();
  EXPECT_TRUE(fields.empty());
  for (int i = 0; i < 100; ++i) fields.add("name", "value");
  EXPECT_EQ(static_cast<const void*>(fields[0].name.data()), static_cast<const void*>(where));
}

TEST(metadata, holds_what_most_requests_have_in_one_block) {
  metadata fields;
  fields.add("user-agent", "grpc-c++/1.51.1 grpc-c/29.0.0 (linux)");
  const char* const where = fields[0].name.data();
  fields.add("a-name", "a value");
  EXPECT_EQ(static_cast<const void*>(fields[0].name.data()), static_cast<const void*>(where));
}

TEST(metadata, refuses_more_than_four_gibibytes) {
  metadata fields = {{"a", "1"}};
  // Only the size of this view is looked at.
  const std::string_view endless("x", std::size_t{1} << 32);
  EXPECT_THROW(fields.add("b", endless), std::length_error);
  EXPECT_EQ(fields, (metadata{{"a", "1"}}));
}

TEST(metadata_rules, know_binary_names) {
  for (const auto name : {"k-bin", "-bin", "grpc-status-details-bin"}) {
    EXPECT_TRUE(is_binary_name(name)) << name;
  }
  for (const auto name : {"", "bin", "k-bin2", "k-BIN", "kbin", "-bi"}) {
    EXPECT_FALSE(is_binary_name(name)) << name;
  }
}

TEST(metadata_rules, know_reserved_names) {
  for (const auto name :
       {":path", ":", ":x", "grpc-", "grpc-timeout", "grpc-anything", "grpc-status-details-bin",
        "te", "content-type", "user-agent", "host", "connection", "content-length", "keep-alive",
        "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_TRUE(is_reserved_name(name)) << name;
  }
  for (const auto name : {"", "grpc", "grpcx-", "x-grpc-test", "authorization", "tea", "hosts",
                          "content-types", "lb-token"}) {
    EXPECT_FALSE(is_reserved_name(name)) << name;
  }
}

TEST(metadata_rules, check_names) {
  using enum metadata_error;
  const std::vector<std::pair<std::string_view, std::optional<metadata_error>>> names = {
      {"a", {}},
      {"0-9_.z", {}},
      {"x-grpc-test-echo-initial", {}},
      {"", empty_name},
      {"Name", upper_case_name},
      {"naMe", upper_case_name},
      {"GRPC-x", upper_case_name},
      {"grpc-x", reserved_name},
      {":path", reserved_name},
      {"te", reserved_name},
      {"a b", bad_name_character},
      {"a:b", bad_name_character},
      {"a/b", bad_name_character},
      {"a\n", bad_name_character},
      {"\xc3\xa9", bad_name_character},
      {std::string_view("a\0", 2), bad_name_character},
  };
  for (const auto& [name, error] : names) EXPECT_EQ(check_metadata(name, "v"), error) << name;
  EXPECT_EQ(check_metadata("k*-bin", "v"), bad_name_character);
}

TEST(metadata_rules, accept_exactly_these_name_characters) {
  const std::string_view good = "0123456789abcdefghijklmnopqrstuvwxyz_-.";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    EXPECT_EQ(!check_metadata(std::string("a") + character, "v"),
              good.find(character) != std::string_view::npos)
        << c;
  }
}

TEST(metadata_rules, accept_printable_values_and_more_when_echoing) {
  for (int c = 0; c < 256; ++c) {
    const std::string value = std::string("a") + static_cast<char>(c) + "b";
    const bool printable = c >= 0x20 && c <= 0x7e;
    EXPECT_EQ(!check_metadata("k", value), printable) << c;
    EXPECT_EQ(!check_metadata("k", value, value_rule::http), printable || c >= 0x80 || c == '\t')
        << c;
    EXPECT_EQ(check_metadata("k-bin", value), std::nullopt) << c;
  }
  EXPECT_EQ(check_metadata("k", ""), std::nullopt);
  EXPECT_EQ(check_metadata("k", "  both ends  "), std::nullopt);
  EXPECT_EQ(check_metadata("k", "\r\n"), metadata_error::bad_value_character);
}

TEST(metadata_rules, explain_each_error) {
  std::vector<std::string_view> texts;
  for (int i = 0; i < 5; ++i) texts.push_back(describe(static_cast<metadata_error>(i)));
  EXPECT_EQ(texts[0], "the name is empty");
  EXPECT_NE(texts[4].find("-bin"), std::string_view::npos);
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(std::unique(texts.begin(), texts.end()), texts.end());
  EXPECT_EQ(describe(static_cast<metadata_error>(99)), "?");
}

TEST(metadata_wire, counts_like_a_header_list) {
  EXPECT_EQ(list_size({}), 0U);
  EXPECT_EQ(list_size({{"a", ""}}), 33U);
  EXPECT_EQ(list_size({{"abc", "de"}, {"abc", " de "}}), 2 * (3U + 2 + 32));
  EXPECT_EQ(list_size({{"k-bin", "1"}}), 5U + 2 + 32);
  EXPECT_EQ(list_size({{"k-bin", "12"}}), 5U + 3 + 32);
  EXPECT_EQ(list_size({{"k-bin", "123"}}), 5U + 4 + 32);
  EXPECT_EQ(list_size({{"k-bin", "   "}}), 5U + 4 + 32) << "binary values are never stripped";
}

TEST(metadata_wire, writes_values) {
  EXPECT_EQ(wire("k", "plain"), "plain");
  EXPECT_EQ(wire("k", "  in ner\t "), "in ner");
  EXPECT_EQ(wire("k", "   "), "");
  EXPECT_EQ(wire("k", ""), "");
  EXPECT_EQ(wire("k-bin", ""), "");
  EXPECT_EQ(wire("k-bin", std::string_view("\0\xab\xff", 3)), "AKv/");
  EXPECT_EQ(wire("k-bin", "f"), "Zg") << "without padding";
  std::string out = "x";
  append_wire_value(out, "k-bin", "f");
  append_wire_value(out, "k", " y");
  EXPECT_EQ(out, "xZgy");
}

TEST(metadata_wire, keeps_received_text_as_it_is) {
  metadata fields;
  EXPECT_TRUE(add_received(fields, "a", " 1, 2\t\xff "));
  EXPECT_TRUE(add_received(fields, "a", ""));
  EXPECT_EQ(fields.get_all("a"), (values{" 1, 2\t\xff ", ""}));
}

TEST(metadata_wire, splits_joined_binary_values_before_decoding) {
  const std::vector<std::pair<std::string_view, values>> received = {
      {"Zm9v", {"foo"}},
      {"Zg==", {"f"}},
      {"Zg", {"f"}},
      {"", {""}},
      {"Zg,Zm8,Zm9v", {"f", "fo", "foo"}},
      {"Zg==,Zm8=", {"f", "fo"}},
      {"Zg, Zm8\t,  Zm9v ", {"f", "fo", "foo"}},
      {",", {"", ""}},
      {"Zg,", {"f", ""}},
      {",Zg", {"", "f"}},
  };
  for (const auto& [text, expected] : received) {
    metadata fields;
    EXPECT_TRUE(add_received(fields, "k-bin", text)) << text;
    EXPECT_EQ(fields.get_all("k-bin"), expected) << text;
  }
}

TEST(metadata_wire, adds_nothing_of_a_field_with_invalid_base64) {
  for (const std::string_view text : {"Z", "Zg=", "*", "Zm9v,*", "Zm9v,Zm8,Z", "Zm9v;Zm8", "Z g"}) {
    metadata none;
    EXPECT_FALSE(add_received(none, "k-bin", text)) << text;
    EXPECT_EQ(none, metadata()) << text;
    metadata some = {{"a", "1"}};
    EXPECT_FALSE(add_received(some, "k-bin", text)) << text;
    some.add("b", "2");
    EXPECT_EQ(some, (metadata{{"a", "1"}, {"b", "2"}})) << text;
  }
}

TEST(metadata_wire, equals_what_was_sent) {
  metadata sent;
  for (int i = 0; i < 300; ++i) {
    const std::string octets(static_cast<std::size_t>(i), static_cast<char>(i));
    const std::string number = std::to_string(i);
    sent.add(number + "-bin", octets);
    sent.add(number, number);
  }
  metadata received;
  std::size_t size = 0;
  for (const auto& [name, value] : sent) {
    const std::string text = wire(name, value);
    size += name.size() + text.size() + 32;
    ASSERT_TRUE(add_received(received, name, text));
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(list_size(sent), size);
}

}  // namespace
}  // namespace grpcwire::codec
