// A server that misbehaves: what its cases are made of.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "case_record.hpp"
#include "frame_link.hpp"
#include "wire.hpp"

namespace grpcwire::bad_peer {

/// A request that has come completely.
struct incoming_call {
  std::uint32_t stream = 0;
  std::string path{};
  std::string outcome{};  ///< what the client says about its last call
  std::string says{};     ///< the status message that it got
  std::size_t size = 0;   ///< bytes of DATA
};

/// How a response is cut into DATA frames.
struct data_cut {
  std::size_t payload = 16'384;           ///< bytes of each frame
  std::optional<std::uint8_t> padding{};  ///< bytes behind them; none: no padded frames
};

/// One connection of a server; used by one thread.
class bad_server {
 public:
  bad_server(frame_link& link, case_record& record) : link_(link), record_(record) {}

  bool send(const transport::raw_frames& frames) { return link_.send(frames); }
  bool send(std::string_view bytes) { return link_.send(bytes); }
  /// Keeps to the client's windows, and waits for them; false when the connection ended meanwhile.
  bool send_data(std::uint32_t stream, std::string_view bytes, data_cut cut = {});
  void ping();  ///< its acknowledgement is waited for at the end

  /// SETTINGS as good servers send them, and windows that nobody fills.
  void greet();
  std::optional<incoming_call> next_call();
  /// Headers, a message and an OK.
  void answer(const incoming_call& call);
  /// So that the client gets to read everything that was sent.
  void close();

  case_record& record() noexcept { return record_; }
  /// As the client has announced it; 0 when it has not.
  std::uint32_t max_header_list_size() const noexcept { return max_header_list_size_; }
  std::uint32_t max_frame_size() const noexcept { return max_frame_size_; }
  int pings_not_answered() const noexcept { return pings_; }
  unsigned calls = 0;  ///< that this connection has brought
  bool acknowledges_settings = true;
  std::size_t streams_max = 256;  ///< more calls at a time are a fault of the client

 private:
  void note(const received_frame& frame);
  void note_settings(const received_frame& frame);
  void note_headers(const received_frame& frame);
  std::int64_t room(std::uint32_t stream) const;

  frame_link& link_;
  case_record& record_;
  std::map<std::uint32_t, incoming_call> open_;    // by stream, until they are answered
  std::map<std::uint32_t, std::int64_t> windows_;  // by stream; only of open ones
  std::deque<std::uint32_t> complete_;             // streams whose requests have ended
  std::uint32_t answering_ = 0;
  std::int64_t window_ = 65'535;
  std::int64_t initial_window_ = 65'535;
  std::uint32_t max_header_list_size_ = 0;
  std::uint32_t max_frame_size_ = 16'384;
  int pings_ = 0;
};

struct server_case {
  std::string_view name;
  std::string_view what;         ///< that it does
  std::string_view expectation;  ///< of the client, as in expectation.hpp
  std::string_view source;       ///< of the expectation
  /// Answers a call to anything but EmptyCall. Null: well.
  void (*answer)(bad_server& server, const incoming_call& call);
  /// Begins the first connection. Null: well.
  void (*greet)(bad_server& server) = nullptr;
  /// One of the eight official cases: its client makes no good call afterwards.
  bool official = false;
  unsigned connections = 0;  ///< that the client has to make; 0: any number
};

struct server_theme {
  std::string_view name;
  std::span<const server_case> cases;
};

std::span<const server_case> server_header_cases();    // server_cases_headers.cpp
std::span<const server_case> server_trailer_cases();   // server_cases_trailers.cpp
std::span<const server_case> server_message_cases();   // server_cases_messages.cpp
std::span<const server_case> server_reset_cases();     // server_cases_resets.cpp
std::span<const server_case> server_frame_cases();     // server_cases_frames.cpp
std::span<const server_case> server_setup_cases();     // server_cases_setup.cpp
std::span<const server_case> server_official_cases();  // server_cases_official.cpp

std::span<const server_theme> server_themes();  // server_host.cpp

/// The parts of a good answer.
inline constexpr std::size_t response_size = 100;
transport::raw_frames head_of(const incoming_call& call, const fields& list = response_head());
std::string good_message();
transport::raw_frames whole_answer(const incoming_call& call, const fields& head,
                                   std::string_view body, const fields& trailers);

}  // namespace grpcwire::bad_peer
