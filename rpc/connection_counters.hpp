// What a connection of a server counts for those who look at it.
#pragma once

#include <cstdint>

#include <grpcwire/transport/time.hpp>

namespace grpcwire::detail {

/// Plain numbers, because the connection's executor is the only one that touches them. Times are
/// those of the turn in which something happened; `never` when it has not.
struct connection_counters {
  std::uint64_t calls_started = 0;    // a stream each
  std::uint64_t calls_succeeded = 0;  // with status OK
  std::uint64_t calls_failed = 0;
  std::uint64_t streams_succeeded = 0;  // the status went out, whatever it was
  std::uint64_t streams_failed = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  transport::time_point last_call = transport::never;
  transport::time_point last_sent = transport::never;
  transport::time_point last_received = transport::never;

  void call_started(transport::time_point now) noexcept {
    ++calls_started;
    last_call = now;
  }
  void call_ended(bool status_sent, bool with_ok) noexcept {
    ++(status_sent ? streams_succeeded : streams_failed);
    ++(status_sent && with_ok ? calls_succeeded : calls_failed);
  }
  void message_sent(transport::time_point now) noexcept {
    ++messages_sent;
    last_sent = now;
  }
  void message_received(transport::time_point now) noexcept {
    ++messages_received;
    last_received = now;
  }
};

}  // namespace grpcwire::detail
