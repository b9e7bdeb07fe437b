// What is going to happen in a run: all of it is drawn from the seed before the run begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/status.hpp>
#include <grpcwire/transport/settings.hpp>

#include "tests/sim/network.hpp"

namespace grpcwire::sim {

enum class server_style : std::uint8_t {
  answer_at_the_end,  ///< reads the whole request, then answers
  answer_each,        ///< one response for each request
  early_status,       ///< ends the call before it has read everything
  reset,              ///< RST_STREAM instead of an answer
  silence,            ///< never answers; the client has a deadline or cancels
};

/// One call, as both applications mean it.
struct call_plan {
  std::size_t number = 0;
  bool single_request = true;
  bool single_response = true;
  std::vector<std::string> requests;
  std::vector<std::string> responses;
  server_style style{};
  codec::status outcome;
  std::uint32_t reset_code = 0;
  std::size_t early_after = 0;    ///< requests, for early_status
  bool initial_metadata = false;  ///< response headers before the first message
  bool separate_half_close = false;
  duration start{};
  std::optional<duration> deadline;  ///< behind the start
  std::optional<duration> cancel;    ///< behind the start
  duration client_read_delay{};      ///< between messages: a slow reader
  duration server_read_delay{};
  duration write_delay_max{};

  std::string path() const { return "/sim.Service/" + std::to_string(number); }
  /// Whether both applications let it come to its planned outcome.
  bool undisturbed() const noexcept {
    return !deadline && !cancel && style != server_style::reset && style != server_style::silence;
  }
};

/// What happens to the connection in the middle of everything.
enum class trouble : std::uint8_t {
  lost,             ///< both sides hear that it is gone
  lost_to_client,   ///< the server hears a second later
  lost_to_server,   ///< the client hears a second later
  stall,            ///< nothing arrives any more, and nobody hears why
  pause,            ///< nothing arrives for a while
  cancel,           ///< the client cancels all calls
  reset,            ///< the server resets all calls it has
  drain,            ///< the server says GOAWAY twice
  goaway,           ///< the server says GOAWAY once
  angry_goaway,     ///< … with an error, and closes
  goaway_of_client  ///< the client says GOAWAY
};
std::string_view name(trouble what) noexcept;

struct disturbance {
  trouble what{};
  std::size_t after_bytes = 0;  ///< that arrived, in both directions together
};

struct run_plan {
  std::vector<call_plan> calls;
  transport::session_settings client;
  transport::session_settings server;
  link_settings up;
  link_settings down;
  std::optional<duration> lost;      ///< the connection, at this moment
  std::optional<duration> shutdown;  ///< the server drains from this moment on

  std::optional<disturbance> middle;

  bool undisturbed() const noexcept {
    return !lost && !shutdown && (!middle || middle->what == trouble::pause);
  }
  /// Calls that the server has begun come to their planned outcome.
  bool finishes_calls() const noexcept;
};

run_plan make_plan(std::uint64_t seed);

}  // namespace grpcwire::sim
