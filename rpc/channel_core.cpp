#include "channel_core.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/subchannel_pool.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;

channel_core::channel_core(asio::any_io_executor executor, std::unique_ptr<asio::io_context> loop,
                           std::optional<source_result> source, std::string target,
                           channel_options&& options)
    : context_resident(executor),
      loop_(std::move(loop)),
      executor_(options.pool && !source ? options.pool->serial().get() : executor,
                loop_ ? threading::many : options.threads),
      options_(std::move(options)),
      number_(options_.pool ? options_.pool->number_channel() : 0),
      target_(std::move(target)),
      driver_(loop_.get(), executor),
      idle_timer_(std::in_place, executor_.get()) {
  if (source) options_.pool = nullptr;  // what it is connected to has no address to share
  begin(std::move(source));
}

channel_core::channel_core(asio::any_io_executor executor, std::unique_ptr<asio::io_context> loop,
                           std::string target, channel_options&& options)
    : channel_core(std::move(executor), std::move(loop), std::nullopt, std::move(target),
                   std::move(options)) {}

channel_core::~channel_core() {
  if (backends_) backends_->shut_down();
}

/// Leaves IDLE.
void channel_core::wake() {
  if (resolver_ && !std::exchange(resolving_, true)) {
    set_state(channel_state::connecting);
    resolver_->start(executor_.get(), [self = weak_from_this()](result<resolution> found) {
      if (const auto alive = self.lock()) alive->on_resolution(std::move(found));
    });
  }
  if (backends_->asleep()) backends_->connect();
}

void channel_core::on_resolution(result<resolution>&& found) {
  if (state_ == channel_state::shutdown || !backends_) return;
  if (found && found->endpoints.empty()) {
    found = codec::unexpected{
        status(status_code::unavailable, {.message = "there is no server for " + target_,
                                          .origin = codec::status_origin::local,
                                          .phase = codec::call_phase::connecting,
                                          .address = target_,
                                          .advice = "check that a server is registered there"})};
  }
  if (found) {
    resolution_failure_ = {};
    if (take_config(found->service_config) || !backends_->empty()) {
      configure_waiting();
      return backends_->update(std::move(found->endpoints));
    }
  } else {
    resolution_failure_ = found.error();
  }
  if (!backends_->empty()) return;  // what was found before still holds
  set_state(channel_state::transient_failure);
  start_waiting();
}

void channel_core::start(ref<client_call_core> call) {
  if (!bad_target_.ok()) return call->fail(bad_target_);
  if (state_ == channel_state::shutdown) return call->fail(unavailable());
  if (call->deadline_passed()) return call->deadline_expired();
  used_ = true;
  wake();
  if (!resolver_ || !backends_->empty()) call->configure(config_);
  if (call->ended()) return;
  if (!dispatch(*call)) enqueue(std::move(call));
}

void channel_core::start_later(const ref<client_call_core>& call,
                               std::chrono::steady_clock::time_point when) {
  if (resting_.size() >= options_.max_waiting_calls) {
    return call->fail(
        status(status_code::resource_exhausted, "too many calls of this channel wait for a retry"));
  }
  const auto end = call->deadline_at();
  const auto [place, fresh] = resting_.insert_or_assign(
      call.get(), waiting_call{call, asio::steady_timer(executor_.get())});
  place->second.timer.expires_at(end ? std::min(*end, when) : when);
  place->second.timer.async_wait([self = weak_from_this(), call](std::error_code error) {
    const auto alive = self.lock();
    if (error || !alive || alive->resting_.erase(call.get()) == 0 || call->ended()) return;
    call->try_now();
  });
}

/// True when the call has a stream, attempts that have their own places, or its end.
bool channel_core::dispatch(client_call_core& call) {
  if (call.hedges()) return true;
  pick made;
  if (backends_->empty()) made.why = resolution_failure_;
  // A connection that takes no more calls says so when it is asked: then another pick is made.
  for (int picks = 0; picks < 2 && !backends_->empty(); ++picks) {
    const bool within_another = std::exchange(choosing_, true);
    client_connection* connection = backends_->choose(call, made);
    choosing_ = within_another;
    if (connection == nullptr) break;
    if (connection->start(call)) return true;
  }
  if (made.to != nullptr || made.why.ok() || call.waits_for_ready()) return false;
  call.pick_failed(std::move(made.why));
  return true;
}

void channel_core::enqueue(ref<client_call_core> call) {
  if (waiting_.size() >= options_.max_waiting_calls) {
    return call->fail(status(status_code::resource_exhausted,
                             "too many calls of this channel wait for a connection"));
  }
  call->waiting_for_connection();
  client_call_core* key = call.get();
  waiting_.push_back({std::move(call), asio::steady_timer(executor_.get())});
  places_[key] = std::prev(waiting_.end());
  watch_deadline(waiting_.back());
}

void channel_core::watch_deadline(waiting_call& waiting) {
  const auto at = waiting.call->deadline_at();
  if (!at) return;
  waiting.timer.expires_at(*at);
  waiting.timer.async_wait([call = waiting.call](std::error_code error) {
    if (!error && !call->ended()) call->deadline_expired();
  });
}

/// What happens to one of them may take others off the list.
std::vector<ref<client_call_core>> channel_core::waiting_calls() const {
  std::vector<ref<client_call_core>> all;
  for (const waiting_call& w : waiting_) all.push_back(w.call);
  return all;
}

/// Calls that came before the resolver had an answer.
void channel_core::configure_waiting() {
  for (const ref<client_call_core>& call : waiting_calls()) {
    call->configure(config_);
    if (const auto place = places_.find(call.get()); place != places_.end()) {
      watch_deadline(*place->second);
    }
  }
}

void channel_core::forget(client_call_core& call) {
  if (!resting_.empty()) resting_.erase(&call);
  if (!places_.empty()) leave_queue(call);
}

void channel_core::leave_queue(client_call_core& call) {
  const auto found = places_.find(&call);
  if (found == places_.end()) return;
  const auto place = found->second;
  places_.erase(found);
  waiting_.erase(place);
}

void channel_core::on_change(const status& why) {
  if (!why.ok()) {
    last_failure_ = why;
    if (resolver_) resolver_->resolve_again();
  }
  set_state(backends_->state());
  if (state_ != channel_state::idle && !watching_idleness_) watch_idleness();
  if (state_ == channel_state::shutdown) return fail_waiting(last_failure_);
  // A policy that connects while it chooses: this call might start here, and again by its pick.
  if (state_ != channel_state::connecting && !choosing_) start_waiting();
  if (state_ == channel_state::idle && waiting_.empty()) {
    watching_idleness_ = false;
    idle_timer_->cancel();
  }
}

void channel_core::start_waiting() {
  for (const ref<client_call_core>& call : waiting_calls()) {
    if (places_.contains(call.get()) && dispatch(*call)) leave_queue(*call);
  }
}

void channel_core::watch_idleness() {
  if (const auto& limit = options_.idle_timeout; limit && limit->count() > 0) {
    check_idleness_at(transport::later(std::chrono::steady_clock::now(), *limit));
  }
}

void channel_core::check_idleness_at(std::chrono::steady_clock::time_point when) {
  watching_idleness_ = true;
  idle_timer_->expires_at(when);
  idle_timer_->async_wait([self = weak_from_this()](std::error_code error) {
    const auto alive = self.lock();
    if (!error && alive && alive->watching_idleness_) alive->check_idleness();
  });
}

/// Nothing is done at the end of a call: the timer looks back, to the last byte received.
void channel_core::check_idleness() {
  backends_->close_surplus(*options_.idle_timeout);
  const auto connections = backends_->connections();
  const bool used = std::exchange(used_, false);
  bool busy = !waiting_.empty() || (used && connections.empty());
  auto last = std::chrono::steady_clock::time_point::min();
  for (client_connection* connection : connections) {
    busy = busy || connection->calls() != 0;
    last = std::max(last, connection->protocol().last_received());
  }
  if (busy) return watch_idleness();
  if (used) {
    const auto end = transport::later(last, *options_.idle_timeout);
    if (end > std::chrono::steady_clock::now()) return check_idleness_at(end);
    return watch_idleness();
  }
  watching_idleness_ = false;
  backends_->go_idle();
  set_state(channel_state::idle);
}

void channel_core::fail_waiting(const status& why) {
  while (!waiting_.empty()) {
    const ref<client_call_core> call = waiting_.front().call;
    call->fail(why);
    forget(*call);
  }
}

status channel_core::unavailable() const {
  if (shut_down_) {
    return status(status_code::unavailable, {.message = "the channel was shut down",
                                             .origin = codec::status_origin::local,
                                             .phase = codec::call_phase::starting,
                                             .address = target_});
  }
  return last_failure_;
}

void channel_core::connect() {
  if (!backends_ || state_ == channel_state::shutdown) return;
  wake();
  backends_->connect();
}

void channel_core::set_trace(trace_source source) {
  if (backends_) backends_->set_trace(std::move(source));
}

void channel_core::shut_down() {
  if (std::exchange(shut_down_, true)) return;
  const auto self = shared_from_this();
  set_state(channel_state::shutdown);
  idle_timer_->cancel();
  resolver_.reset();
  if (backends_) backends_->shut_down();
  fail_waiting(unavailable());
  for (const auto& rest : std::exchange(resting_, {})) rest.second.call->fail(unavailable());
}

/// The connections have been closed already, by themselves.
void channel_core::forked() {
  if (backends_) backends_->forked();
}

void channel_core::close() {
  if (!loop_ || executor_.here()) {
    executor_.run([self = shared_from_this()] { self->shut_down(); });
    return;
  }
  // Nobody may run the channel's own loop from here on, so it says its goodbyes now.
  bool done = false;
  executor_.post([&] {
    shut_down();
    driver_.complete(done);
  });
  driver_.wait(done);
  driver_.settle();  // delivers what ended
}

void channel_core::context_ended() {
  const auto alive = weak_from_this().lock();
  if (!alive) return;
  state_ = channel_state::shutdown;
  resolver_.reset();
  if (const auto gone = std::move(backends_)) gone->let_go();
  idle_timer_.reset();
  const auto waiters = std::exchange(state_waiters_, {});
  places_.clear();
  for (const waiting_call& w : std::exchange(waiting_, {})) w.call->let_go();
  for (const auto& rest : std::exchange(resting_, {})) rest.second.call->let_go();
}

void channel_core::set_state(channel_state state) {
  if (state_ == state || state_ == channel_state::shutdown) return;
  state_ = state;
  for (operation_ptr& op : std::exchange(state_waiters_, {})) {
    op->complete({}, invocation::posted);
  }
}

void channel_core::wait_for_change(channel_state seen, operation_ptr op) {
  op->number = ++waits_;
  if (asio::cancellation_slot slot = op->slot(); slot.is_connected()) {
    slot.assign([self = weak_from_this(), number = op->number](asio::cancellation_type) {
      const auto core = self.lock();
      // Posted, so that it does not overtake the operation.
      if (core) core->executor_.post([core, number] { core->cancel_wait(number); });
    });
  }
  executor_.run([self = shared_from_this(), seen, op = std::move(op)]() mutable {
    self->do_wait_for_change(seen, std::move(op));
  });
}

void channel_core::do_wait_for_change(channel_state seen, operation_ptr op) {
  if (state_ != seen) {
    op->complete({}, invocation::posted);
    return;
  }
  state_waiters_.push_back(std::move(op));
}

void channel_core::cancel_wait(std::uint64_t number) {
  const auto found = std::find_if(state_waiters_.begin(), state_waiters_.end(),
                                  [&](const operation_ptr& op) { return op->number == number; });
  if (found == state_waiters_.end()) return;
  const operation_ptr cancelled = std::move(*found);
  state_waiters_.erase(found);
  cancelled->complete({.end = status(status_code::cancelled)}, invocation::posted);
}

}  // namespace grpcwire::detail
