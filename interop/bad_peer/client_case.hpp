// A client that misbehaves: what its cases are made of.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "frame_link.hpp"
#include "wire.hpp"

namespace grpcwire::bad_peer {

/// What a case works with: a connection, on which the preface and SETTINGS were sent and the
/// server's SETTINGS have come, unless the case sends its own.
class bad_client {
 public:
  explicit bad_client(frame_link& link) : link_(link) {}

  bool send(const transport::raw_frames& frames) { return link_.send(frames); }
  bool send(std::string_view bytes) { return link_.send(bytes); }

  /// Sends the preface and these frames.
  bool begin(const transport::raw_frames& settings);
  /// Waits for the server's SETTINGS and remembers them; false when none came.
  bool read_settings();
  void acknowledge_settings() { send(transport::frames().settings_ack()); }

  /// The stream whose answer counts.
  std::uint32_t watched = 1;
  /// As the server has announced them.
  std::uint32_t max_concurrent_streams = 0xffff'ffff;
  std::uint32_t stream_window = 65'535;  ///< bytes
  std::uint32_t max_frame_size = 16'384;

 private:
  frame_link& link_;
};

struct client_case {
  std::string_view name;
  std::string_view what;         ///< that it does
  std::string_view expectation;  ///< of the server, as in expectation.hpp
  std::string_view source;       ///< of the expectation
  void (*run)(bad_client& client);
  bool greets = true;  ///< false: it sends its own preface
};

struct client_theme {
  std::string_view name;
  std::span<const client_case> cases;
};

std::span<const client_case> client_header_cases();   // client_cases_headers.cpp
std::span<const client_case> client_field_cases();    // client_cases_fields.cpp
std::span<const client_case> client_message_cases();  // client_cases_messages.cpp
std::span<const client_case> client_stream_cases();   // client_cases_streams.cpp
std::span<const client_case> client_frame_cases();    // client_cases_frames.cpp
std::span<const client_case> client_flood_cases();    // client_cases_floods.cpp

std::span<const client_theme> client_themes();  // client_run.cpp

}  // namespace grpcwire::bad_peer
