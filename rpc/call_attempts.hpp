// What a call needs to be tried again: the messages that it sent, and what its policy says (gRFC
// A6).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status_code.hpp>
#include <grpcwire/rpc/service_config.hpp>

namespace grpcwire::detail {

/// Tokens that failures take and successes give back; one for a channel. While less than half are
/// left nothing is tried again, so that retries do not multiply the load of servers in trouble.
class retry_throttle {
 public:
  /// As it says from now on, full; null: no limit.
  void set(const std::optional<retry_throttling>& limit);
  void succeeded();
  void failed();
  bool allows() const noexcept { return !limit_ || tokens_ > limit_->max_tokens / 2.0; }

 private:
  std::optional<retry_throttling> limit_;
  double tokens_ = 0;
};

/// What `grpc-retry-pushback-ms` in the trailers of a server says.
struct retry_pushback {
  bool forbidden = false;  ///< no other attempt; also what is said when it is not one number >= 0
  std::optional<std::chrono::nanoseconds> delay{};  ///< before the next attempt
};
retry_pushback read_pushback(const codec::metadata& trailers);

/// Of one call.
class call_attempts {
 public:
  static constexpr unsigned max_attempts = 5;  // whatever the policy says

  /// `policy` may be null: then only what no server has seen is tried again.
  void follow(const retry_policy* policy) noexcept { policy_ = policy; }

  /// A message leaves: what is to be kept of it, maybe nothing. Above `limit` bytes in all the call
  /// is committed to this attempt.
  codec::buffer copy(const codec::buffer& message, std::size_t limit);
  /// The copies of messages that have left.
  void keep(codec::buffer_list& copies);
  /// The server answered, or the messages were too many: there is no other attempt.
  void commit() noexcept;
  bool committed() const noexcept { return committed_; }

  /// Everything that was sent, to be sent, and kept, again.
  codec::buffer_list take_sent() noexcept;

  /// A server, or its connection, said that it did not look at the call: true once.
  bool once_more() noexcept { return !committed_ && !std::exchange(refused_, true); }
  /// After how long the call is to be tried again, if it is. Counts the attempt.
  std::optional<std::chrono::nanoseconds> next(codec::status_code failure,
                                               const codec::metadata& trailers,
                                               retry_throttle& throttle);
  /// An answer has to be there after this long; null: there is no such limit.
  std::optional<std::chrono::nanoseconds> time_limit() const;
  /// How many were counted before the one that runs (`grpc-previous-rpc-attempts`).
  unsigned previous() const noexcept { return previous_; }
  void count(unsigned previous) noexcept { previous_ = previous; }

 private:
  const retry_policy* policy_ = nullptr;
  codec::buffer_list sent_;
  std::size_t sent_bytes_ = 0;
  double backoff_ns_ = 0;
  unsigned previous_ = 0;
  bool committed_ = false;
  bool refused_ = false;
};

}  // namespace grpcwire::detail
