// What passed through a tap, as a value: the bytes of each connection with their times, to be
// written to a file, shown in words or judged after the programs have ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../explain_fields.hpp"

namespace grpcwire::tools {

/// Bytes as they were read from one side.
struct recorded_chunk {
  std::int64_t time_ns = 0;  ///< since 1970, UTC
  side sender = side::client;
  std::vector<std::uint8_t> bytes;
};

/// What ended a connection.
enum class connection_end : std::uint8_t {
  open,           ///< nobody ended it before the tap stopped
  client_closed,  ///< the client was the first to close its end
  server_closed,  ///< the server was
  client_broke,   ///< the client's TCP connection broke: a reset, most likely
  server_broke,   ///< the server's did
  not_connected,  ///< the tap could not connect to the server
};

struct recorded_connection {
  std::size_t number = 1;  ///< 1 is the first
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  std::int64_t opened_ns = 0;  ///< since 1970, UTC
  std::int64_t ended_ns = 0;   ///< when `end` was found out; `open`: when the tap stopped
  connection_end end = connection_end::open;
  std::string error;  ///< of the operating system, for the ends that have one
  std::vector<recorded_chunk> chunks;
  std::uint64_t client_bytes_dropped = 0;  ///< sent behind the last chunk, but not kept
  std::uint64_t server_bytes_dropped = 0;

  std::uint64_t dropped() const noexcept { return client_bytes_dropped + server_bytes_dropped; }
};

struct recording {
  std::string server;  ///< `localhost:50051`, as it was given to the tap
  bool timed = true;   ///< false: times, ports and ends are made up, only the bytes are real
  std::vector<recorded_connection> connections;  ///< in the order in which they were accepted
};

/// One frame of a recording in words.
struct explained_frame {
  std::size_t connection = 1;
  std::size_t chunk = 0;     ///< of the connection, the one that completed the frame
  std::int64_t time_ns = 0;  ///< since the connection was opened
  side sender = side::client;
  std::string headline;              ///< `client → server  PING  stream 0  length 8  no flags`
  std::vector<std::string> details;  ///< those that begin with an exclamation mark name a fault
};

/// All frames, connection by connection. The preface of the client counts as one, and so do bytes
/// that are no frame.
std::vector<explained_frame> explained(const recording& r);

/// How the connection ended, in a sentence.
std::string end_words(const recorded_connection& c);

/// Everything for people to read: each connection, its frames with the time since it was opened,
/// how it ended, and what was dropped.
std::string frames_as_text(const recording& r);

/// One text for each frame: its number (from 0, as `why` counts), the time, the headline, and below
/// it the details in lines of their own. Of more than `limit` frames shortened() leaves out some.
std::vector<std::string> frame_lines(const recording& r, std::size_t limit,
                                     std::optional<std::size_t> fault = {});

/// About `limit` of the texts: the first and the last ones, and those around the one at fault. What
/// is left out between them becomes one text that says how many.
std::vector<std::string> shortened(std::vector<std::string> texts, std::size_t limit,
                                   std::optional<std::size_t> fault);

/// The recording behind two files of `grpcwire tap --save`. They hold no times, so the order is one
/// that could have been, a microsecond apart. `key_log`: as decrypted() takes it; may be empty.
recording recording_of_files(const std::string& client, const std::string& server,
                             std::string_view key_log = {});

}  // namespace grpcwire::tools
