// What is measured of one call while it runs; nothing, when its channel or server has no metrics.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <grpcwire/codec/status_code.hpp>

namespace grpcwire::detail {

class call_series;
struct client_series;

/// What a call had besides one attempt.
struct retry_counts {
  std::uint16_t retries = 0;      ///< by policy
  std::uint16_t transparent = 0;  ///< of attempts that no server looked at
  std::uint16_t hedges = 0;
  std::chrono::nanoseconds delay{};  ///< while no attempt was under way

  bool any() const noexcept {
    return retries != 0 || transparent != 0 || hedges != 0 || delay.count() != 0;
  }
};

/// Of a server's call. On the executor of the call.
class server_call_meter {
 public:
  /// The series must outlive the call's end.
  void start(call_series& series);
  /// Messages, without their five-byte prefix.
  void sent(std::size_t size) noexcept { sent_ += size; }
  void received(std::size_t size) noexcept { received_ += size; }
  /// The first one counts.
  void end(codec::status_code code) {
    if (series_ != nullptr) record(code);
  }

 private:
  void record(codec::status_code code);

  call_series* series_ = nullptr;  // null: nothing is measured, or the end has come
  std::chrono::steady_clock::time_point start_{};
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

/// Of a channel's call, which is made in one attempt or more. call_started() comes before all else;
/// the rest is for the executor of the channel.
class client_call_meter {
 public:
  /// The series must outlive the call's end.
  void call_started(client_series& series);
  /// Each one ends before the next begins; those at the same time have meters of their own.
  void attempt_started() {
    if (series_ != nullptr) begin_attempt();
  }
  /// Messages of this attempt, without their five-byte prefix.
  void sent(std::size_t size) noexcept { sent_ += size; }
  void received(std::size_t size) noexcept { received_ += size; }
  void attempt_ended(codec::status_code code) {
    if (in_attempt_) record_attempt(code);
  }
  /// A meter that goes on with the attempt of this one, if there is one, and may count others of
  /// the same call. It never ends the call.
  client_call_meter split() noexcept {
    client_call_meter other = *this;
    other.counts_ = {};
    in_attempt_ = false;
    return other;
  }
  /// Goes on with the attempt of that one.
  void take_attempt(client_call_meter& other) noexcept {
    attempt_start_ = other.attempt_start_;
    sent_ = other.sent_;
    received_ = other.received_;
    in_attempt_ = std::exchange(other.in_attempt_, false);
  }
  /// The meter of an attempt is used no longer.
  void absorb(const client_call_meter& other) noexcept {
    counts_.transparent =
        static_cast<std::uint16_t>(counts_.transparent + other.counts_.transparent);
  }
  /// The attempt that runs is sent again.
  void sent_again() noexcept { ++counts_.transparent; }
  /// The call had these attempts besides the first one, at the same time.
  void hedged(unsigned others) noexcept {
    counts_.retries = 0;
    counts_.hedges = static_cast<std::uint16_t>(others);
  }
  /// From here on none of the attempts with meters of their own is under way,
  void wait_begins() {
    if (series_ != nullptr) begin_wait();
  }
  /// and now there is one again.
  void wait_ends() {
    if (series_ != nullptr) end_wait();
  }
  /// Ends the attempt as well, if there is one. The first one counts.
  void call_ended(codec::status_code code) {
    if (series_ != nullptr) record_call(code);
  }

 private:
  void begin_attempt();
  void begin_wait();
  void end_wait();
  void record_attempt(codec::status_code code);
  void record_call(codec::status_code code);

  client_series* series_ = nullptr;  // null: nothing is measured, or the end has come
  std::chrono::steady_clock::time_point start_{};
  std::chrono::steady_clock::time_point attempt_start_{};  // between two: end of the one before
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  retry_counts counts_;
  bool in_attempt_ = false;
};

}  // namespace grpcwire::detail
