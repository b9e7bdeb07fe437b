// hpack_view tells the value of each field and the way it was encoded, and follows the dynamic
// table. Blocks come from RFC 7541 appendix C and from nghttp2's own encoder.
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/hpack_view.hpp>
#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::transport {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

std::string from_hex(std::string_view hex) {
  std::string out;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size();) {
    if (hex[i] == ' ') {
      ++i;
      continue;
    }
    out += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    i += 2;
  }
  return out;
}

hpack_block decode(hpack_view& view, std::string_view block) {
  return view.decode(codec::as_bytes(block));
}

std::vector<std::string> described(const hpack_block& block) {
  constexpr std::array forms = {"indexed", "incremental", "without", "never"};
  std::vector<std::string> out;
  for (const hpack_field& f : block.fields) {
    out.push_back(f.name + ": " + f.value + " (" + forms.at(static_cast<std::size_t>(f.form)) +
                  " " + std::to_string(f.index) + (f.name_huffman ? " Hn" : "") +
                  (f.value_huffman ? " Hv" : "") + " @" + std::to_string(f.offset) + "+" +
                  std::to_string(f.size) + ")");
  }
  return out;
}

std::vector<std::string> described(const hpack_table& table) {
  std::vector<std::string> out;
  for (const hpack_entry& e : table.entries) out.push_back(e.name + ": " + e.value);
  return out;
}

std::string problem_of(const hpack_block& block) {
  if (!block.problem) return "none";
  return std::to_string(block.problem->offset) + ": " + block.problem->text;
}

TEST(hpack_view, follows_the_requests_of_appendix_c3_over_three_blocks) {
  hpack_view view;
  EXPECT_THAT(described(decode(view, from_hex("828684410f7777772e6578616d706c652e636f6d"))),
              ElementsAre(":method: GET (indexed 2 @0+1)", ":scheme: http (indexed 6 @1+1)",
                          ":path: / (indexed 4 @2+1)",
                          ":authority: www.example.com (incremental 1 @3+17)"));
  EXPECT_EQ(view.dynamic_table().size, 57U);
  EXPECT_THAT(
      described(decode(view, from_hex("828684be58086e6f2d6361636865"))),
      ElementsAre(":method: GET (indexed 2 @0+1)", ":scheme: http (indexed 6 @1+1)",
                  ":path: / (indexed 4 @2+1)", ":authority: www.example.com (indexed 62 @3+1)",
                  "cache-control: no-cache (incremental 24 @4+10)"));
  EXPECT_THAT(described(decode(
                  view, from_hex("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"))),
              ElementsAre(":method: GET (indexed 2 @0+1)", ":scheme: https (indexed 7 @1+1)",
                          ":path: /index.html (indexed 5 @2+1)",
                          ":authority: www.example.com (indexed 63 @3+1)",
                          "custom-key: custom-value (incremental 0 @4+25)"));
  const hpack_table table = view.dynamic_table();
  EXPECT_THAT(described(table), ElementsAre("custom-key: custom-value", "cache-control: no-cache",
                                            ":authority: www.example.com"));
  EXPECT_EQ(table.size, 164U);
  EXPECT_EQ(table.size_max, 4096U);
}

TEST(hpack_view, tells_huffman_from_plain_text_as_in_appendix_c4) {
  hpack_view view;
  const auto first = described(decode(view, from_hex("828684418cf1e3c2e5f23a6ba0ab90f4ff")));
  ASSERT_EQ(first.size(), 4U);
  EXPECT_EQ(first[3], ":authority: www.example.com (incremental 1 Hv @3+14)");
  EXPECT_TRUE(decode(view, from_hex("828684be5886a8eb10649cbf")).fields.size() == 5);
  const auto third =
      described(decode(view, from_hex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")));
  ASSERT_EQ(third.size(), 5U);
  EXPECT_EQ(third[4], "custom-key: custom-value (incremental 0 Hn Hv @4+20)");
}

TEST(hpack_view, evicts_as_in_appendix_c5) {
  hpack_view view({.table_size_max = 256});
  // A table smaller than 4096 has to be announced by the encoder: 3f e1 01 is 256.
  const hpack_block first = decode(
      view, from_hex("3fe101 4803333032580770726976617465611d4d6f6e2c203231204f63742032303133203230"
                     "3a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d"));
  ASSERT_EQ(problem_of(first), "none");
  ASSERT_EQ(first.size_updates.size(), 1U);
  EXPECT_EQ(first.size_updates[0].table_size_max, 256U);
  EXPECT_EQ(first.size_updates[0].size, 3U);
  EXPECT_EQ(first.fields.size(), 4U);
  EXPECT_EQ(view.dynamic_table().size, 222U);
  EXPECT_EQ(view.dynamic_table().size_max, 256U);
  const hpack_block second = decode(view, from_hex("4803333037c1c0bf"));
  EXPECT_EQ(described(second).at(0), ":status: 307 (incremental 8 @0+5)");
  EXPECT_EQ(described(second).at(3), "location: https://www.example.com (indexed 63 @7+1)");
  EXPECT_EQ(described(view.dynamic_table()).at(0), ":status: 307");
  EXPECT_EQ(view.dynamic_table().entries.size(), 4U);
}

TEST(hpack_view, shows_literals_that_stay_out_of_the_table) {
  hpack_view view;
  const std::array fields = {codec::header_view{"Bad Name", ""}, codec::header_view{"", "x"},
                             codec::header_view{"token", "secret", true}};
  EXPECT_THAT(described(decode(view, literal_header_block(fields))),
              ElementsAre("Bad Name:  (without 0 @0+11)", ": x (without 0 @11+4)",
                          "token: secret (never 0 @15+14)"));
  EXPECT_THAT(described(decode(view, from_hex("040c2f73616d706c652f70617468"))),
              ElementsAre(":path: /sample/path (without 4 @0+14)"));
  EXPECT_TRUE(view.dynamic_table().entries.empty());
}

TEST(hpack_view, agrees_with_the_encoder_of_nghttp2_over_many_blocks) {
  nghttp2_hd_deflater* raw = nullptr;
  ASSERT_EQ(nghttp2_hd_deflate_new(&raw, 4096), 0);
  const std::unique_ptr<nghttp2_hd_deflater, decltype(&nghttp2_hd_deflate_del)> deflater(
      raw, &nghttp2_hd_deflate_del);
  hpack_view view;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::pair<std::string, std::string>> fields = {
        {":method", "POST"},
        {":path", "/helloworld.Greeter/SayHello" + std::to_string(round % 7)},
        {"te", "trailers"},
        {"round", std::to_string(round)},
        {"big", std::string(static_cast<std::size_t>(round * 10), 'b')},
        {"binary", std::string("\x00\x01\xff", 3)},
    };
    std::vector<nghttp2_nv> nvs;
    for (auto& [name, value] : fields) {
      nvs.push_back({reinterpret_cast<std::uint8_t*>(name.data()),
                     reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(),
                     NGHTTP2_NV_FLAG_NONE});
    }
    if (round == 60) nghttp2_hd_deflate_change_table_size(deflater.get(), 100);
    if (round == 61) nghttp2_hd_deflate_change_table_size(deflater.get(), 4096);
    std::vector<std::uint8_t> block(
        nghttp2_hd_deflate_bound(deflater.get(), nvs.data(), nvs.size()));
    const auto size =
        nghttp2_hd_deflate_hd(deflater.get(), block.data(), block.size(), nvs.data(), nvs.size());
    ASSERT_GT(size, 0);
    block.resize(static_cast<std::size_t>(size));
    const hpack_block decoded = view.decode(block);
    ASSERT_EQ(problem_of(decoded), "none") << round;
    ASSERT_EQ(decoded.fields.size(), fields.size());
    std::size_t accounted = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      EXPECT_EQ(decoded.fields[i].name, fields[i].first);
      EXPECT_EQ(decoded.fields[i].value, fields[i].second);
      accounted += decoded.fields[i].size;
    }
    for (const hpack_size_update& update : decoded.size_updates) accounted += update.size;
    EXPECT_EQ(accounted, block.size()) << round;
    EXPECT_EQ(decoded.size_updates.empty(), round != 60 && round != 61) << round;
    EXPECT_EQ(view.dynamic_table().size, nghttp2_hd_deflate_get_dynamic_table_size(deflater.get()));
  }
}

TEST(hpack_view, decodes_an_empty_block_and_goes_on) {
  hpack_view view;
  EXPECT_EQ(problem_of(decode(view, "")), "none");
  EXPECT_EQ(decode(view, "\x83").fields.size(), 1U);
}

TEST(hpack_view, explains_each_kind_of_malformed_block) {
  const auto problem = [](std::string_view hex) {
    hpack_view view;
    return problem_of(decode(view, from_hex(hex)));
  };
  EXPECT_EQ(problem("83 80"), "1: index 0 does not exist");
  EXPECT_EQ(problem("be"), "0: index 62 is beyond the table, which ends at 61");
  EXPECT_EQ(problem("83 7e 0161"), "1: index 62 is beyond the table, which ends at 61");
  EXPECT_EQ(problem("83 ff"), "1: the block ends inside an integer");
  EXPECT_EQ(problem("ff ffffffffff0f"), "0: an integer is larger than 32 bits");
  EXPECT_EQ(problem("ff 808080808000"), "0: an integer is larger than 32 bits");
  EXPECT_EQ(problem("00"), "1: the block ends where a length should be");
  EXPECT_EQ(problem("00 0161"), "3: the block ends where a length should be");
  EXPECT_EQ(problem("00 0561"), "1: a string of 5 bytes goes beyond the block");
  EXPECT_EQ(problem("00 0161 02 62"), "3: a string of 2 bytes goes beyond the block");
  EXPECT_EQ(problem("00 7f 81ff03"), "1: a string of 65536 bytes goes beyond the block");
  EXPECT_EQ(problem("00 7f 82ff03"), "1: a string of 65537 bytes is longer than 65536");
  EXPECT_EQ(problem("00 0161 84 ffffffff"), "0: the Huffman code is invalid");
  EXPECT_EQ(problem("83 20"), "1: a table size update must come before the first field");
  EXPECT_EQ(problem("3fe21f"), "0: a table size update to 4097 is more than was allowed");
  EXPECT_EQ(problem("3fe11f 83"), "none");
}

TEST(hpack_view, keeps_the_fields_before_the_problem) {
  hpack_view view;
  const hpack_block block = decode(view, from_hex("8386be84"));
  EXPECT_EQ(block.fields.size(), 2U);
  EXPECT_EQ(block.problem->offset, 2U);
}

TEST(hpack_view, cannot_go_on_after_a_problem) {
  hpack_view view;
  EXPECT_TRUE(decode(view, "\x80").problem);
  EXPECT_EQ(problem_of(decode(view, "\x83")),
            "0: an earlier block could not be decoded, so this one cannot either");
}

TEST(hpack_view, explains_every_truncation_or_decodes_what_is_whole) {
  const std::string block = from_hex("828684410f7777772e6578616d706c652e636f6d");
  for (std::size_t size = 0; size <= block.size(); ++size) {
    hpack_view view;
    const hpack_block result = decode(view, std::string_view(block).substr(0, size));
    EXPECT_EQ(result.problem.has_value(), size > 3 && size < block.size()) << size;
    EXPECT_EQ(result.fields.size(), size < 3 ? size : size < block.size() ? 3 : 4) << size;
  }
}

TEST(hpack_view, expects_a_size_update_after_the_limit_went_down) {
  hpack_view view;
  decode(view, from_hex("410f7777772e6578616d706c652e636f6d"));
  view.set_table_size_max(0);
  hpack_view same;
  same.set_table_size_max(0);
  EXPECT_EQ(problem_of(decode(same, "\x83")),
            "0: a table size update must come first, because the allowed size was lowered");
  EXPECT_EQ(problem_of(decode(view, from_hex("20 83"))), "none");
  EXPECT_TRUE(view.dynamic_table().entries.empty());
  EXPECT_EQ(view.dynamic_table().size_max, 0U);
  view.set_table_size_max(8192);
  EXPECT_EQ(problem_of(decode(view, from_hex("3fe13f 83"))), "none");
  EXPECT_EQ(view.dynamic_table().size_max, 8192U);
}

TEST(hpack_view, bounds_what_a_small_block_can_stand_for) {
  hpack_view view({.decoded_size_max = 10'000});
  const std::string value(4000, 'v');
  std::string bomb = "\x40\x01n\x7f" + from_hex("a11e") + value;
  bomb.append(3000, static_cast<char>(0xbe));
  const hpack_block block = decode(view, bomb);
  EXPECT_EQ(problem_of(block), "none");
  EXPECT_EQ(block.fields.size(), 2U);
  EXPECT_EQ(block.fields_left_out, 2999U);
  EXPECT_EQ(decode(view, "\xbe").fields.size(), 1U) << "the table is still in step";
}

}  // namespace
}  // namespace grpcwire::transport
