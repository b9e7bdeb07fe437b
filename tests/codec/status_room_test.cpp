// Which parts of a status are sent when the trailers have little room.

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/codec/headers.hpp>
#include <grpcwire/codec/status_room.hpp>

namespace grpcwire::codec {
namespace {

using testing::EndsWith;
using testing::StartsWith;

/// A length-delimited field of protobuf.
std::string field(int number, std::string_view value) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  std::size_t size = value.size();
  for (; size > 0x7f; size >>= 7) bytes.push_back(static_cast<char>((size & 0x7f) | 0x80));
  bytes.push_back(static_cast<char>(size));
  return bytes.append(value);
}

status rich(std::string message, std::vector<std::string> details) {
  std::string bytes = "\x08\x03" + field(2, message);
  for (const std::string& detail : details) bytes += field(3, detail);
  return {status_code::invalid_argument,
          status_details{.message = std::move(message), .binary = bytes}};
}

/// The header list that write_status() makes, in bytes of RFC 9113 §6.5.2.
std::size_t written_size(const status& s, const metadata* custom = nullptr) {
  header_fields fields;
  write_response(fields, 200, true);
  write_status(fields, s, custom);
  std::size_t size = 0;
  for (const header_view& f : fields.view()) size += f.name.size() + f.value.size() + 32;
  return size;
}

TEST(a_status, has_the_list_size_that_is_written) {
  header_fields fields;
  const status s = rich("100 %, überall", {"a", "bc"});
  write_status(fields, s, nullptr);
  std::size_t size = 0;
  for (const header_view& f : fields.view()) size += f.name.size() + f.value.size() + 32;
  EXPECT_EQ(list_size(s), size);
  EXPECT_EQ(list_size(status()), 11U + 1U + 32U);
}

TEST(a_status, that_fits_is_sent_as_it_is) {
  const status s = rich("wrong", {std::string(3000, 'a'), std::string(2000, 'b')});
  const status sent = fit_into_trailers(s, default_trailers_size_max, nullptr);
  EXPECT_EQ(&sent.details(), &s.details());
}

TEST(a_status, leaves_out_the_details_that_do_not_fit_and_says_so) {
  const std::string small(100, 's');
  const status s = rich("wrong", {small, std::string(7000, 'l'), std::string(50, 't')});
  const status sent = fit_into_trailers(s, 8192, nullptr);
  const std::string message = "wrong (1 of 3 details left out: the trailers may have 8192 bytes)";
  EXPECT_EQ(sent.message(), message);
  EXPECT_EQ(sent.details().binary,
            "\x08\x03" + field(2, message) + field(3, small) + field(3, std::string(50, 't')));
  EXPECT_EQ(sent.code(), status_code::invalid_argument);
  EXPECT_LE(written_size(sent), 8192U);
}

TEST(a_status, leaves_out_all_details_when_none_fits) {
  const status sent = fit_into_trailers(rich("wrong", {std::string(9000, 'l')}), 8192, nullptr);
  EXPECT_EQ(sent.message(), "wrong (1 of 1 details left out: the trailers may have 8192 bytes)");
  EXPECT_EQ(sent.details().binary, "");
}

TEST(a_status, leaves_out_details_that_are_no_protobuf_when_they_do_not_fit) {
  const status s(status_code::internal,
                 status_details{.message = "wrong", .binary = std::string(9000, '\xff')});
  const status sent = fit_into_trailers(s, 8192, nullptr);
  EXPECT_EQ(sent.message(), "wrong (1 of 1 details left out: the trailers may have 8192 bytes)");
  EXPECT_EQ(sent.details().binary, "");
}

TEST(a_status, makes_room_for_the_custom_trailers) {
  const status s = rich("wrong", {std::string(3000, 'a')});
  const metadata custom{{"x-much", std::string(6000, 'x')}};
  EXPECT_EQ(fit_into_trailers(s, 8192, nullptr).details().binary, s.details().binary);
  const status sent = fit_into_trailers(s, 8192, &custom);
  EXPECT_EQ(sent.details().binary, "");
  EXPECT_LE(written_size(sent, &custom), 8192U);
}

TEST(a_status, has_its_message_cut_at_a_character) {
  std::string message;
  for (int i = 0; i < 2000; ++i) message += "ü";
  const status sent = fit_into_trailers(status(status_code::aborted, message), 8192, nullptr);
  EXPECT_THAT(sent.message(), StartsWith("üüü"));
  EXPECT_THAT(sent.message(), EndsWith("ü ..."));
  EXPECT_LE(written_size(sent), 8192U);
  EXPECT_GT(written_size(sent), 8000U) << "no more than needed is cut";
  EXPECT_EQ(fit_into_trailers(status(status_code::aborted, message), 100, nullptr).message(), "");
}

TEST(a_status, fits_whatever_its_parts_are) {
  for (std::size_t details : {0U, 1U, 3U, 40U}) {
    for (std::size_t size : {0U, 1U, 127U, 128U, 400U, 6000U, 20000U}) {
      for (std::size_t text : {0U, 1U, 500U, 9000U}) {
        const status s =
            rich(std::string(text, '%'), std::vector<std::string>(details, std::string(size, 'd')));
        for (std::size_t room : {600U, 1024U, 8192U, 16384U}) {
          const status sent = fit_into_trailers(s, room, nullptr);
          EXPECT_EQ(sent.code(), s.code());
          EXPECT_LE(written_size(sent), room) << details << ' ' << size << ' ' << text;
        }
      }
    }
  }
}

}  // namespace
}  // namespace grpcwire::codec
