// Recordings written down by hand, for the tests that judge them.
#pragma once

#include <string>
#include <string_view>

#include <grpcwire/transport/raw_frames.hpp>

#include "tools/grpcwire/recording/recording.hpp"

namespace grpcwire::tools {

/// One connection, a millisecond between its chunks:
///   conversation().client(frames().preface()…).server(frames().settings()…)
class conversation {
 public:
  conversation& client(codec::const_bytes bytes) { return say(side::client, bytes); }
  conversation& server(codec::const_bytes bytes) { return say(side::server, bytes); }
  conversation& client_text(std::string_view text) { return client(codec::as_bytes(text)); }
  conversation& server_text(std::string_view text) { return server(codec::as_bytes(text)); }

  /// What both sides say first, with room for `window` bytes on the connection and each stream.
  conversation& hello(std::uint32_t window = 1U << 24) {
    const auto settings = {transport::settings_entry{4, window}};
    client(transport::frames().preface().settings(settings).window_update(0, window));
    server(transport::frames().settings(settings).settings_ack().window_update(0, window));
    return client(transport::frames().settings_ack());
  }

  /// `seconds` after the last chunk.
  conversation& end(connection_end how, int seconds = 0, std::string error = {}) {
    c_.end = how;
    c_.error = std::move(error);
    c_.ended_ns = time_ + seconds * std::int64_t{1'000'000'000};
    return *this;
  }

  operator recording() const {
    recording r;
    r.server = "localhost:50051";
    r.connections.push_back(c_);
    return r;
  }

 private:
  conversation& say(side sender, codec::const_bytes bytes) {
    time_ += 1'000'000;
    c_.chunks.push_back({time_, sender, {bytes.begin(), bytes.end()}});
    c_.ended_ns = time_;
    return *this;
  }

  static recorded_connection opened() {
    recorded_connection c;
    c.client_port = 40000;
    c.server_port = 50051;
    c.opened_ns = 1'700'000'000'000'000'000;
    return c;
  }

  recorded_connection c_ = opened();
  std::int64_t time_ = c_.opened_ns;
};

/// A message with its prefix.
inline std::string message(std::string_view payload, char flag = 0) {
  std::string text(1, flag);
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(payload.size() >> shift & 0xff);
  return text + std::string(payload);
}

/// A length-delimited field of protobuf.
inline std::string field(int number, std::string_view value) {
  std::string text(1, static_cast<char>(number << 3 | 2));
  std::size_t size = value.size();
  for (; size > 0x7f; size >>= 7) text += static_cast<char>((size & 0x7f) | 0x80);
  text += static_cast<char>(size);
  return text + std::string(value);
}

/// A SimpleRequest or StreamingOutputCallRequest, and a response, with a Payload of so many zeros.
inline std::string request_of(std::size_t body) {
  return field(3, field(2, std::string(body, '\0')));
}
inline std::string response_of(std::size_t body) {
  return field(1, field(2, std::string(body, '\0')));
}

}  // namespace grpcwire::tools
