// The blocks, packets, numbers and checksums of captures, read back from their bytes.
#include "tools/grpcwire/recording/pcapng.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_recording.hpp"
#include "tests/support/temporary_folder.hpp"

namespace grpcwire::tools {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using transport::frames;

std::uint32_t little(std::string_view bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = size - 1; i >= 0; --i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

std::uint32_t big(std::string_view bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

struct block {
  std::uint32_t type;
  std::string body;
};

std::vector<block> blocks_of(std::string_view file) {
  std::vector<block> blocks;
  while (!file.empty()) {
    const std::uint32_t size = little(file, 4, 4);
    EXPECT_EQ(size % 4, 0u);
    EXPECT_EQ(little(file, size - 4, 4), size);
    blocks.push_back({little(file, 0, 4), std::string(file.substr(8, size - 12))});
    file.remove_prefix(size);
  }
  return blocks;
}

std::string comment_of(std::string_view options) {
  if (options.empty() || little(options, 0, 2) != 1) return "";
  return std::string(options.substr(4, little(options, 2, 2)));
}

struct seen_packet {
  std::int64_t time_ns;
  std::string ip;  // header and all behind it
  std::string comment;

  std::string_view tcp() const { return std::string_view(ip).substr(20); }
  std::string payload() const { return std::string(tcp().substr((big(tcp(), 12, 1) >> 4) * 4)); }
  std::uint32_t flags() const { return big(tcp(), 13, 1); }
  std::uint32_t sequence() const { return big(tcp(), 4, 4); }
  std::uint32_t acknowledgement() const { return big(tcp(), 8, 4); }
  std::uint32_t from() const { return big(tcp(), 0, 2); }
};

std::vector<seen_packet> packets_of(const std::string& file) {
  std::vector<seen_packet> packets;
  for (const block& b : blocks_of(file)) {
    if (b.type != 6) continue;
    const std::uint32_t size = little(b.body, 12, 4);
    EXPECT_EQ(little(b.body, 16, 4), size);
    const auto time =
        static_cast<std::int64_t>(std::uint64_t{little(b.body, 4, 4)} << 32 | little(b.body, 8, 4));
    const std::string_view ethernet = std::string_view(b.body).substr(20, size);
    EXPECT_EQ(big(ethernet, 12, 2), 0x0800u);
    packets.push_back({time, std::string(ethernet.substr(14)),
                       comment_of(std::string_view(b.body).substr(20 + (size + 3) / 4 * 4))});
  }
  return packets;
}

// Zero when the checksum in the bytes is right (RFC 1071).
std::uint32_t sum_of(std::string bytes) {
  if (bytes.size() % 2 != 0) bytes += '\0';
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) sum += big(bytes, i, 2);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

recording two_words() {
  return conversation()
      .client(frames().preface().settings())
      .server(frames().settings())
      .client_text("odd")
      .end(connection_end::client_closed, 1);
}

TEST(a_capture, begins_with_its_version_and_a_clock_of_nanoseconds) {
  const std::vector<block> blocks = blocks_of(pcapng(two_words(), ""));
  ASSERT_GE(blocks.size(), 3u);
  EXPECT_EQ(blocks[0].type, 0x0a0d0d0au);
  EXPECT_EQ(little(blocks[0].body, 0, 4), 0x1a2b3c4du);
  EXPECT_EQ(little(blocks[0].body, 4, 2), 1u);
  EXPECT_EQ(little(blocks[0].body, 6, 2), 0u);
  EXPECT_EQ(blocks[1].type, 1u);
  EXPECT_EQ(little(blocks[1].body, 0, 2), 1u);  // Ethernet
  EXPECT_THAT(blocks[1].body, HasSubstr(std::string("\x09\x00\x01\x00\x09", 5)));
  EXPECT_THAT(blocks[1].body, HasSubstr("clients of localhost:50051"));
  EXPECT_EQ(blocks[2].type, 4u);  // names
  EXPECT_THAT(blocks[2].body, HasSubstr(std::string("\xc0\x00\x02\x01"
                                                    "client\0",
                                                    11)));
}

TEST(a_capture, has_the_keys_in_front_of_the_packets) {
  const std::string keys = "CLIENT_RANDOM 00 11\n";
  const std::vector<block> blocks = blocks_of(pcapng(two_words(), keys));
  ASSERT_GE(blocks.size(), 5u);
  EXPECT_EQ(blocks[3].type, 10u);
  EXPECT_EQ(little(blocks[3].body, 0, 4), 0x544c534bu);
  EXPECT_EQ(blocks[3].body.substr(8, little(blocks[3].body, 4, 4)), keys);
  EXPECT_EQ(blocks[4].type, 6u);
  for (const block& b : blocks_of(pcapng(two_words(), ""))) EXPECT_NE(b.type, 10u);
}

TEST(a_capture, has_packets_with_right_numbers_and_checksums) {
  const std::vector<seen_packet> packets = packets_of(pcapng(two_words(), ""));
  std::vector<std::uint32_t> flags;
  std::uint32_t next[2] = {0, 0};  // sequence number of client and server
  for (const seen_packet& p : packets) {
    EXPECT_EQ(sum_of(p.ip.substr(0, 20)), 0u);
    EXPECT_EQ(big(p.ip, 2, 2), p.ip.size());
    std::string pseudo = p.ip.substr(12, 8) + std::string("\0\x06", 2);
    pseudo += static_cast<char>(p.tcp().size() >> 8);
    pseudo += static_cast<char>(p.tcp().size() & 0xff);
    EXPECT_EQ(sum_of(pseudo + std::string(p.tcp())), 0u);
    const std::size_t s = p.from() == 40000 ? 0 : 1;
    if ((p.flags() & 0x02) == 0) {
      EXPECT_EQ(p.sequence(), next[s]);
    }
    if ((p.flags() & 0x10) != 0) {
      EXPECT_EQ(p.acknowledgement(), next[1 - s]);
    }
    next[s] = p.sequence() + static_cast<std::uint32_t>(p.payload().size()) +
              ((p.flags() & 0x03) != 0 ? 1 : 0);
    flags.push_back(p.flags());
  }
  EXPECT_THAT(flags, ElementsAre(0x02, 0x12, 0x10, 0x18, 0x18, 0x18, 0x11, 0x11, 0x10));
  EXPECT_EQ(packets[3].payload(), frames().preface().settings().text());
  EXPECT_EQ(packets[4].payload(), frames().settings().text());
  EXPECT_EQ(packets[5].payload(), "odd");
  EXPECT_EQ(packets[3].time_ns, 1'700'000'000'001'000'000);
}

TEST(a_capture, cuts_long_chunks_into_packets) {
  const std::string much(150'001, 'x');
  const std::vector<seen_packet> packets = packets_of(pcapng(conversation().client_text(much), ""));
  std::string all;
  for (const seen_packet& p : packets) all += p.payload();
  EXPECT_EQ(all, much);
}

TEST(a_capture, has_comments_on_what_matters) {
  const recording r =
      conversation()
          .hello()
          .client(frames().headers(
              1, {{":method", "POST"}, {":path", "/a.B/C"}, {"content-type", "application/grpc"}}))
          .server(frames().raw(8, 0, 0, "12345"))
          .server(frames().headers(
              1, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "5"}},
              transport::http2::flag::end_headers | transport::http2::flag::end_stream))
          .end(connection_end::server_broke, 3, "Connection reset by peer");
  std::vector<std::string> comments;
  for (const seen_packet& p : packets_of(pcapng(r, ""))) {
    if (!p.comment.empty()) comments.push_back(p.comment);
  }
  EXPECT_THAT(comments,
              ElementsAre(StartsWith("connection #1: client port 40000, server localhost:50051"),
                          AllOf(StartsWith("a new call: :path"), HasSubstr("C of a.B")),
                          StartsWith("server → client  WINDOW_UPDATE  stream 0  length 5"),
                          AllOf(StartsWith("the call ends: grpc-status"), HasSubstr("NOT_FOUND")),
                          StartsWith("the connection of the server broke after 3.0")));
}

TEST(a_capture, says_what_was_dropped) {
  recording r = two_words();
  r.connections[0].server_bytes_dropped = 1000;
  std::vector<std::string> comments;
  for (const seen_packet& p : packets_of(pcapng(r, ""))) comments.push_back(p.comment);
  EXPECT_THAT(comments, Contains(HasSubstr("1000 bytes of the server")));
}

TEST(a_capture, goes_into_a_file) {
  const tests::temporary_folder folder;
  const std::string path = folder.path() + "/a.pcapng";
  EXPECT_EQ(write_pcapng(path, two_words(), "keys"), std::nullopt);
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_EQ(content.str(), pcapng(two_words(), "keys"));
  EXPECT_EQ(write_pcapng(folder.path() + "/none/a.pcapng", two_words(), ""),
            "cannot write " + folder.path() + "/none/a.pcapng: No such file or directory");
}

}  // namespace
}  // namespace grpcwire::tools
