#include <algorithm>
#include <utility>

#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/transport/io/address.hpp>

namespace grpcwire {

std::string_view name(channel_state state) noexcept {
  switch (state) {
    case channel_state::idle:
      return "IDLE";
    case channel_state::connecting:
      return "CONNECTING";
    case channel_state::ready:
      return "READY";
    case channel_state::transient_failure:
      return "TRANSIENT_FAILURE";
    case channel_state::shutdown:
      return "SHUTDOWN";
  }
  return "?";
}

namespace detail {
namespace {

using codec::status;
using codec::status_code;

constexpr std::uint16_t default_port = 443;

/// `dns:///host:port` and bare `host:port` mean the same (gRPC doc/naming.md).
std::string_view without_dns(std::string_view target) {
  if (target.starts_with("dns:///")) return target.substr(7);
  if (target.starts_with("dns:") && !target.starts_with("dns://")) return target.substr(4);
  if (target.starts_with("ipv4:") || target.starts_with("ipv6:")) return target.substr(5);
  return target;
}

/// The way that a target names; `authority` is filled in where it is empty.
channel_core::source_result source_of(const std::string& target, std::string& authority) {
  auto address = transport::io::parse_address(without_dns(target), default_port);
  if (!address) return codec::unexpected{std::move(address.error())};
  if (authority.empty()) {
    const bool local = std::holds_alternative<transport::io::unix_path>(*address);
    authority = local ? "localhost" : to_string(*address);
  }
  return transport::io::dial(*std::move(address));
}

}  // namespace

channel_core::channel_core(asio::any_io_executor executor, std::unique_ptr<asio::io_context> loop,
                           std::string target, channel_options&& options)
    : channel_core(std::move(executor), std::move(loop), source_of(target, options.authority),
                   target, std::move(options)) {}

channel_core::channel_core(asio::any_io_executor executor, std::unique_ptr<asio::io_context> loop,
                           source_result source, std::string target, channel_options&& options)
    : context_resident(executor),
      loop_(std::move(loop)),
      executor_(executor, loop_ ? threading::many : options.threads),
      options_(std::move(options)),
      target_(std::move(target)),
      driver_(loop_.get(), executor),
      idle_timer_(std::in_place, executor_.get()) {
  if (!source) {
    bad_target_ = status(status_code::unavailable,
                         {.message = "bad target " + source.error(),
                          .origin = codec::status_origin::local,
                          .phase = codec::call_phase::starting,
                          .address = target_,
                          .advice = "write host:port, dns:///host:port, unix:path or "
                                    "unix-abstract:name"});
    return;
  }
  if (options_.authority.empty()) options_.authority = "localhost";
  subchannel_ = std::make_shared<subchannel>(executor_, *std::move(source), options_, *this);
}

channel_core::~channel_core() {
  if (subchannel_) subchannel_->shut_down();
}

void channel_core::start(ref<client_call_core> call) {
  if (!bad_target_.ok()) return call->fail(bad_target_);
  if (state_ == channel_state::shutdown) return call->fail(unavailable());
  if (call->deadline_passed()) return call->deadline_expired();
  used_ = true;
  if (dispatch(*call)) return;
  if (state_ == channel_state::transient_failure && !call->options().wait_for_ready) {
    return call->fail(unavailable());
  }
  enqueue(std::move(call));
  subchannel_->connect();
}

/// True when the call has a stream, or its end.
bool channel_core::dispatch(client_call_core& call) {
  client_connection* connection = subchannel_->connection();
  return connection != nullptr && connection->start(call);
}

void channel_core::enqueue(ref<client_call_core> call) {
  if (waiting_.size() >= options_.max_waiting_calls) {
    return call->fail(status(status_code::resource_exhausted,
                             "too many calls of this channel wait for a connection"));
  }
  call->waiting_for_connection();
  client_call_core* key = call.get();
  waiting_.push_back({std::move(call), asio::steady_timer(executor_.get())});
  const auto place = std::prev(waiting_.end());
  places_[key] = place;
  if (const auto at = key->deadline_at()) {
    place->timer.expires_at(*at);
    place->timer.async_wait([call = place->call](std::error_code error) {
      if (!error && !call->ended()) call->deadline_expired();
    });
  }
}

void channel_core::forget(client_call_core& call) {
  const auto found = places_.find(&call);
  if (found == places_.end()) return;
  const auto place = found->second;
  places_.erase(found);
  waiting_.erase(place);
}

void channel_core::on_state(channel_state state, const status& why) {
  set_state(state);
  if (state != channel_state::idle && !watching_idleness_) watch_idleness();
  switch (state) {
    case channel_state::ready:
      start_waiting();
      break;
    case channel_state::transient_failure:
      fail_impatient(why);
      break;
    case channel_state::idle:
      // The connection went away. Whoever waits wants another one.
      if (!waiting_.empty()) {
        subchannel_->connect();
      } else {
        watching_idleness_ = false;
        idle_timer_->cancel();
      }
      break;
    case channel_state::shutdown:
      fail_waiting(why);
      break;
    default:
      break;
  }
}

void channel_core::start_waiting() {
  while (!waiting_.empty()) {
    const ref<client_call_core> call = waiting_.front().call;
    if (!dispatch(*call)) return;
    forget(*call);
  }
}

void channel_core::fail_impatient(const status& why) {
  std::vector<ref<client_call_core>> impatient;
  for (const waiting_call& w : waiting_) {
    if (!w.call->options().wait_for_ready) impatient.push_back(w.call);
  }
  for (const ref<client_call_core>& call : impatient) call->fail(why);
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
  client_connection* connection = subchannel_->connection();
  const bool calls = connection != nullptr && connection->protocol().open_streams() != 0;
  const bool used = std::exchange(used_, false);
  if (calls || !waiting_.empty() || (used && connection == nullptr)) return watch_idleness();
  if (used) {
    const auto end =
        transport::later(connection->protocol().last_received(), *options_.idle_timeout);
    if (end > std::chrono::steady_clock::now()) return check_idleness_at(end);
    return watch_idleness();
  }
  subchannel_->go_idle();
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
  return subchannel_->last_failure();
}

void channel_core::connect() {
  if (subchannel_ && state_ != channel_state::shutdown) subchannel_->connect();
}

void channel_core::set_trace(trace_source source) {
  if (subchannel_) subchannel_->set_trace(std::move(source));
}

void channel_core::shut_down() {
  if (std::exchange(shut_down_, true)) return;
  const auto self = shared_from_this();
  set_state(channel_state::shutdown);
  idle_timer_->cancel();
  if (subchannel_) subchannel_->shut_down();
  fail_waiting(unavailable());
}

/// The connections have been closed already, by themselves.
void channel_core::forked() {
  if (subchannel_) subchannel_->forked();
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
    driver_.complete([&] { done = true; });
  });
  driver_.wait(done);
  driver_.settle();  // delivers what ended
}

void channel_core::context_ended() {
  const auto alive = weak_from_this().lock();
  if (!alive) return;
  state_ = channel_state::shutdown;
  if (const auto way = std::exchange(subchannel_, nullptr)) way->let_go();
  idle_timer_.reset();
  const auto waiters = std::exchange(state_waiters_, {});
  places_.clear();
  for (const waiting_call& w : std::exchange(waiting_, {})) w.call->let_go();
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

}  // namespace detail
}  // namespace grpcwire
