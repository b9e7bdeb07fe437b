#include "call_attempts.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <random>
#include <utility>

namespace grpcwire::detail {
namespace {

using nanoseconds = std::chrono::nanoseconds;

/// The same for all calls that fail at a time would bring them back at the same time.
double spread(double delay) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return delay * std::uniform_real_distribution<double>(0.8, 1.2)(random);
}

}  // namespace

retry_pushback read_pushback(const codec::metadata& trailers) {
  retry_pushback said;
  for (const auto& [name, value] : trailers) {
    if (name != "grpc-retry-pushback-ms") continue;
    int milliseconds = -1;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    if (said.delay || error != std::errc() || end != value.data() + value.size() ||
        milliseconds < 0) {
      said.forbidden = true;
    }
    said.delay = std::chrono::milliseconds(milliseconds);
  }
  return said;
}

void retry_throttle::set(const std::optional<retry_throttling>& limit) {
  if (limit == limit_) return;
  limit_ = limit;
  if (limit_) tokens_ = limit_->max_tokens;
}

void retry_throttle::succeeded() {
  if (limit_) tokens_ = std::min<double>(limit_->max_tokens, tokens_ + limit_->token_ratio);
}

void retry_throttle::failed() {
  if (limit_) tokens_ = std::max(0.0, tokens_ - 1);
}

codec::buffer call_attempts::copy(const codec::buffer& message, std::size_t limit) {
  if (committed_) return {};
  sent_bytes_ += message.size();
  if (sent_bytes_ <= limit) return codec::buffer(message.view());
  commit();
  return {};
}

void call_attempts::keep(codec::buffer_list& copies) {
  if (committed_) return;
  if (sent_.empty()) return sent_.swap(copies);
  std::move(copies.begin(), copies.end(), std::back_inserter(sent_));
}

void call_attempts::commit() noexcept {
  committed_ = true;
  sent_.clear();
}

codec::buffer_list call_attempts::take_sent() noexcept {
  sent_bytes_ = 0;
  return std::exchange(sent_, {});
}

std::optional<nanoseconds> call_attempts::next(codec::status_code failure,
                                               const codec::metadata& trailers,
                                               retry_throttle& throttle) {
  if (policy_ == nullptr) return std::nullopt;
  const retry_pushback said = read_pushback(trailers);
  const bool retryable = policy_->retryable_codes.contains(failure);
  if (retryable || said.forbidden) throttle.failed();
  if (committed_ || !retryable || said.forbidden || !throttle.allows()) return std::nullopt;
  if (previous_ + 1 >= std::min(policy_->max_attempts, max_attempts)) return std::nullopt;
  ++previous_;
  refused_ = false;
  if (said.delay) {
    backoff_ns_ = 0;
    return said.delay;
  }
  const auto initial = static_cast<double>(policy_->initial_backoff.count());
  const auto most = static_cast<double>(policy_->max_backoff.count());
  backoff_ns_ =
      std::min(most, backoff_ns_ == 0 ? initial : backoff_ns_ * policy_->backoff_multiplier);
  return nanoseconds(static_cast<nanoseconds::rep>(spread(backoff_ns_)));
}

std::optional<nanoseconds> call_attempts::time_limit() const {
  if (policy_ == nullptr || committed_) return std::nullopt;
  return policy_->per_attempt_receive_timeout;
}

}  // namespace grpcwire::detail
