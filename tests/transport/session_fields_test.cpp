// The texts of header fields, some of them shared with the tables of HPACK, as events show them.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/session.hpp>

namespace grpcwire::transport {
namespace {

using field_texts = std::vector<std::pair<std::string, std::string>>;

/// A client that speaks to a server, all of its bytes in one piece.
class session_fields : public testing::Test {
 protected:
  session_fields() { exchange(); }

  static session_settings roomy() {
    session_settings s;
    s.max_header_list_size = 256 * 1024;
    return s;
  }

  void open(const field_texts& fields) {
    open_error error{};
    const auto handle = client_.open_stream(nullptr, error);
    ASSERT_TRUE(handle);
    std::vector<codec::header_view> views;
    for (const auto& [name, value] : fields) views.push_back({name, value});
    client_.send_headers(*handle, views, false);
  }

  static codec::buffer said_by(session& from) {
    codec::buffer all;
    for (;;) {
      std::size_t size = 0;
      for (const codec::const_bytes& block : from.output()) {
        all.append(block);
        size += block.size();
      }
      if (size == 0) return all;
      from.consume_output(size);
    }
  }

  static void hear(session& to, const codec::buffer& said) {
    if (said.empty()) return;
    EXPECT_FALSE(to.receive(said, {}));
  }

  static std::vector<field_texts> heads_of(session& to) {
    std::vector<field_texts> heads;
    while (const event* e = to.poll_event()) {
      if (e->kind != event_kind::headers_received) continue;
      field_texts& head = heads.emplace_back();
      for (const auto& field : e->headers) head.emplace_back(field.name, field.value);
    }
    return heads;
  }

  /// What the server has heard.
  std::vector<field_texts> exchange() {
    std::vector<field_texts> heard;
    for (int round = 0; round != 3; ++round) {
      const codec::buffer asked = said_by(client_);
      hear(server_, asked);
      for (field_texts& head : heads_of(server_)) heard.push_back(std::move(head));
      const codec::buffer answered = said_by(server_);
      hear(client_, answered);
      heads_of(client_);
    }
    return heard;
  }

  session client_{role::client, roomy()};
  session server_{role::server, roomy()};
};

field_texts request(const std::string& path, const field_texts& more = {}) {
  field_texts all = {
      {":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "localhost"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST_F(session_fields, stay_readable_however_many_come_at_once) {
  // Far more than the table of HPACK, and than what a session remembers of fields, has room for.
  std::vector<field_texts> said;
  for (int call = 0; call != 6; ++call) {
    field_texts many;
    for (int i = 0; i != 300; ++i) {
      many.emplace_back("x-" + std::to_string(i % 40), "value " + std::to_string(i * (call % 3)));
    }
    said.push_back(request("/a.B/C", many));
    open(said.back());
  }
  EXPECT_EQ(exchange(), said);
}

TEST_F(session_fields, that_come_again_with_each_call_are_what_they_were) {
  for (int call = 0; call != 20; ++call) {
    const auto head = request(call % 2 == 0 ? "/a.B/C" : "/a.B/D",
                              {{"te", "trailers"}, {"x-a", "1"}, {"x-b", std::to_string(call)}});
    open(head);
    EXPECT_EQ(exchange(), std::vector<field_texts>(1, head));
  }
}

TEST_F(session_fields, paths_are_looked_at_although_a_similar_one_was_good) {
  open(request("/a.B/C"));
  EXPECT_EQ(exchange().size(), 1U);
  open(request("/a B/C"));
  EXPECT_EQ(exchange().size(), 0U);
  open(request("/a.B/C"));
  EXPECT_EQ(exchange().size(), 1U);
}

}  // namespace
}  // namespace grpcwire::transport
