#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/hedged_call_internal.hpp>

namespace grpcwire::detail {

using codec::buffer;
using codec::status_code;

hedged_call::hedged_call(client_call_core& call, const hedging_policy& policy)
    : call_(&call), plan_(policy) {}

hedged_call::~hedged_call() = default;

bool hedged_call::begin(client_call_core& one) {
  if (!is_call(one)) return false;
  const ref<hedged_call> self(this);
  keep_written();
  if (too_large()) {
    go_alone();
    return false;
  }
  one.head_sent_ = true;  // what is written from here on comes to forward()
  start();
  return true;
}

void hedged_call::forward() {
  const ref<hedged_call> self(this);
  const std::size_t old = messages_.size();
  keep_written();
  for (const auto& attempt : attempts_) {
    for (std::size_t i = old; i < messages_.size(); ++i) {
      attempt->outgoing_.emplace_back(codec::const_bytes(messages_[i]));
    }
    attempt->half_close_wanted_ = call_->half_close_wanted_;
    if (attempt->head_sent_) attempt->flush_outgoing();
  }
  if (too_large() && !attempts_.empty()) commit();
}

void hedged_call::keep_written() {
  for (buffer& message : std::exchange(call_->outgoing_, {})) {
    bytes_ += message.size();
    messages_.push_back(std::move(message));
  }
}

codec::buffer_list hedged_call::written() const {
  codec::buffer_list all;
  all.reserve(messages_.size());
  for (const buffer& message : messages_) all.emplace_back(codec::const_bytes(message));
  return all;
}

bool hedged_call::too_large() const noexcept {
  return bytes_ > call_->channel_->options().retry_buffer_size;
}

void hedged_call::start() {
  client_call_core& call = *call_;
  const ref<client_call_core> attempt(new client_call_core(call, ref(this)));
  attempt->meter_ = call.meter_.split();
  if (plan_.begun() != 0) {  // the call itself has counted the first one
    if (attempts_.empty()) call.meter_.wait_ends();
    attempt->meter_.attempt_started();
  }
  attempt->attempts_.count(plan_.begin());
  attempt->outgoing_ = written();
  attempt->half_close_wanted_ = call.half_close_wanted_;
  attempts_.push_back(attempt);
  call.channel_->start(attempt);
}

/// The request is too large to be kept, and nothing is under way: a call without a policy.
void hedged_call::go_alone() {
  call_->outgoing_ = std::exchange(messages_, {});
  call_->head_sent_ = false;
  call_->attempts_.commit();
  release();
}

/// The request has become too large to be kept.
void hedged_call::commit() {
  const ref<client_call_core> call = call_;
  take_over(*furthest());
  if (call->connection_ == nullptr) call->channel_->start(call);
}

void hedged_call::next() {
  const ref<hedged_call> self(this);
  if (clock::now() < next_at_) return rest_until(next_at_);  // it was put off meanwhile
  // With nothing under way the call would have ended if it were not for this attempt.
  if (!attempts_.empty() && !plan_.allows_more(call_->channel_->throttle())) return;
  if (!too_large()) return start();
  const ref<client_call_core> call = call_;
  call->attempts_.count(plan_.begin());
  call->meter_.attempt_started();
  go_alone();
  call->channel_->start(call);
}

void hedged_call::left(client_call_core& attempt) {
  // A server may have said meanwhile when the next one is to come.
  if (&attempt != attempts_.back().get() || next_at_ > clock::now()) return;
  if (const auto time = plan_.patience(call_->channel_->throttle())) rest(*time);
}

void hedged_call::rest(std::chrono::nanoseconds time) {
  rest_until(*deadline(time).at());
}

void hedged_call::rest_until(clock::time_point at) {
  channel_core& channel = *call_->channel_;
  if (!attempts_.empty() && !channel.has_room_to_rest()) return;  // it goes on with what it has
  next_at_ = at;
  const ref<client_call_core> call = call_;  // it may end of this
  channel.start_later(call, at);
}

/// The fastest server sets the pace of the program; the slower ones have up to the limit of kept
/// bytes in their queues.
void hedged_call::sent(client_call_core& attempt) {
  if (attempt.connection_->protocol().queued_bytes(attempt.stream_) != 0) return;
  if (operation_ptr op = std::move(call_->write_op_)) op->complete({}, attempt.how_);
}

void hedged_call::answered(client_call_core& attempt) {
  const ref<client_call_core> call = call_;
  call->how_ = attempt.how_;
  take_over(attempt);
  call->on_headers();
  call->advance();
  call->how_ = invocation::posted;
}

void hedged_call::ended(client_call_core& attempt, codec::client_event&& end) {
  const ref<hedged_call> self(this);
  const ref<client_call_core> one(&attempt);
  const ref<client_call_core> call = call_;
  retry_throttle& throttle = call->channel_->throttle();
  const status_code code = end.outcome.code();
  hedging_step step{.fatal = true};
  if (end.outcome.ok()) {
    throttle.succeeded();
  } else if (!attempt.decided_here_) {
    step = plan_.failed(code, attempt.call_.trailing_metadata(), throttle);
  } else if (attempts_.size() > 1 && !call->deadline_passed()) {
    // It had no place in a queue of this side: others may still be answered.
    plan_.stop();
    step = {};
  }
  if (step.fatal || (attempts_.size() == 1 && !step.next)) {
    call->how_ = attempt.how_;
    take_over(attempt);
    call->on_end(std::move(end));
    call->how_ = invocation::posted;
    return;
  }
  std::erase(attempts_, one);
  attempt.end_stream(end.reset_code, false);
  discard(attempt, code);
  if (attempts_.empty()) call->meter_.wait_begins();
  if (step.next) rest(*step.next);
}

void hedged_call::settle(const client_call_core& one) {
  if (!is_call(one)) return;
  const ref<hedged_call> self(this);
  if (client_call_core* attempt = furthest()) return take_over(*attempt);
  release();
}

/// The call goes on with this attempt, and there is no other one.
void hedged_call::take_over(client_call_core& attempt) {
  const ref<hedged_call> self(this);
  const ref<client_call_core> taken(&attempt);
  client_call_core& call = *call_;
  call.connection_ = std::exchange(attempt.connection_, nullptr);
  call.stream_ = attempt.stream_;
  if (call.connection_ != nullptr) {
    call.connection_->protocol().set_owner(call.stream_, &call);
    call.retain();   // the reference of the stream,
    attempt.drop();  // which was this one
  }
  call.call_ = std::move(attempt.call_);
  call.head_sent_ = attempt.head_sent_;
  call.outgoing_ = std::move(attempt.outgoing_);
  call.attempts_.count(attempt.attempts_.previous());
  call.attempts_.commit();
  call.meter_.take_attempt(attempt.meter_);
  std::erase(attempts_, taken);
  discard(attempt, status_code::ok);
  constexpr auto cancel = static_cast<std::uint32_t>(transport::http2_errc::cancel);
  for (const auto& other : std::exchange(attempts_, {})) {
    if (client_connection* connection = other->connection_) {
      connection->protocol().reset(other->stream_, cancel);
      connection->wake();
    }
    discard(*other, status_code::cancelled);
  }
  release();
}

/// Whatever still knows it finds it ended. That it lost says nothing about its server, so nobody
/// is told.
void hedged_call::discard(client_call_core& attempt, status_code code) {
  attempt.hedged_ = {};
  attempt.end_ = codec::status(status_code::cancelled);
  attempt.meter_.attempt_ended(code);
  call_->meter_.absorb(attempt.meter_);
  attempt.channel_->forget(attempt);
  if (attempt.connection_ != nullptr) attempt.leave_stream();
}

void hedged_call::release() {
  const ref<client_call_core> call = std::exchange(call_, {});
  call->hedged_ = {};
  if (plan_.begun() > 1) call->meter_.hedged(plan_.begun() - 1);
  call->channel_->forget(*call);
}

void hedged_call::let_go() {
  const ref<hedged_call> self(this);
  const ref<client_call_core> call = std::exchange(call_, {});
  call->hedged_ = {};
  for (const auto& attempt : std::exchange(attempts_, {})) {
    attempt->hedged_ = {};
    attempt->end_ = codec::status(status_code::cancelled);
  }
  call->let_go();
}

client_call_core* hedged_call::furthest() const {
  constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  const auto behind = [](const ref<client_call_core>& attempt) {
    if (attempt->connection_ == nullptr) return nowhere;
    if (!attempt->head_sent_) return nowhere - 1;
    return attempt->connection_->protocol().queued_bytes(attempt->stream_);
  };
  const auto best =
      std::min_element(attempts_.begin(), attempts_.end(),
                       [&](const auto& a, const auto& b) { return behind(a) < behind(b); });
  return best == attempts_.end() ? nullptr : best->get();
}

const client_call_core& hedged_call::shown(const client_call_core& one) const {
  const client_call_core* attempt = is_call(one) ? furthest() : &one;
  return attempt != nullptr ? *attempt : one;
}

}  // namespace grpcwire::detail
