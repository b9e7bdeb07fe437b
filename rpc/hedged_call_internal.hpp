// A hedged call while it is not settled which server answers it (gRFC A6): several attempts, each
// on a stream of its own.
//
// An attempt is a client_call_core without a user. The channel and the connections treat it like
// any other call, so it waits, picks a server, and is sent again when no server looked at it, as
// calls do. The first one with response headers, with OK, or with a fatal status is taken over by
// the call itself, with its stream and its state; the others are reset. From then on the call is
// like one that was never hedged.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/rpc/hedging_plan_internal.hpp>
#include <grpcwire/rpc/ref_counted.hpp>

namespace grpcwire::detail {

class client_call_core;

/// Held by the call and by its attempts, and holds them, until it is settled. Runs on the channel's
/// executor.
class hedged_call final : public ref_counted<hedged_call> {
 public:
  /// The policy lives as long as the call.
  hedged_call(client_call_core& call, const hedging_policy& policy);
  ~hedged_call();

  // ---- of the call
  /// The first attempt; false when `one` is an attempt itself, or is not hedged after all.
  bool begin(client_call_core& one);
  /// Hands what the program has written on to the attempts.
  void forward();
  /// The wait before another attempt is over.
  void next();
  /// The call is to end for a reason of this side: it takes over the attempt that got furthest.
  /// Nothing when `one` is an attempt.
  void settle(const client_call_core& one);
  /// The attempt that got furthest, or `one` when it is an attempt itself.
  const client_call_core& shown(const client_call_core& one) const;
  /// The execution context ends.
  void let_go();

  // ---- of an attempt
  /// It was given to a connection.
  void left(client_call_core& attempt);
  /// Flow control has taken what it was given.
  void sent(client_call_core& attempt);
  /// It has response headers, which its codec::client_call has told already.
  void answered(client_call_core& attempt);
  /// It is over.
  void ended(client_call_core& attempt, codec::client_event&& end);
  /// All that the program has written.
  codec::buffer_list written() const;

 private:
  using clock = std::chrono::steady_clock;

  bool is_call(const client_call_core& one) const noexcept { return &one == call_.get(); }
  bool too_large() const noexcept;
  void keep_written();
  void start();
  void go_alone();
  void commit();
  void take_over(client_call_core& attempt);
  void discard(client_call_core& attempt, codec::status_code code);
  void rest(std::chrono::nanoseconds time);
  void rest_until(clock::time_point at);
  client_call_core* furthest() const;
  void release();

  ref<client_call_core> call_;  // null: it is settled
  hedging_plan plan_;
  std::vector<ref<client_call_core>> attempts_;  // that run, the oldest first
  codec::buffer_list messages_;                  // of the request
  std::size_t bytes_ = 0;                        // in them
  clock::time_point next_at_{};
};

}  // namespace grpcwire::detail
