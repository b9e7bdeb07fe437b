// What a server remembers of connections that are gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <system_error>

#include <grpcwire/rpc/connection_counters.hpp>

namespace grpcwire::detail {

/// A connection that did not end in peace.
struct past_failure {
  std::chrono::system_clock::time_point at;
  std::string text;  // peer and reason
};

/// Of one server. Not thread-safe.
struct server_history {
  static constexpr std::size_t failures_max = 30;       // what channelz shows of others, too
  static constexpr std::size_t failure_text_max = 300;  // a GOAWAY may carry 16 KiB of text

  std::chrono::system_clock::time_point began = std::chrono::system_clock::now();
  connection_counters gone;  // sums over all connections that ended
  std::uint64_t connections_ended = 0;
  std::uint64_t failures_seen = 0;
  std::deque<past_failure> failures;  // the last ones

  void connection_ended(const connection_counters& counted, const std::string& peer,
                        std::error_code error, std::string_view why);
  /// One that never was a connection of the server.
  void connection_failed(const std::string& peer, std::string_view why);
};

/// Adds up what two connections counted; times are the later ones.
void add(connection_counters& sum, const connection_counters& more) noexcept;

}  // namespace grpcwire::detail
