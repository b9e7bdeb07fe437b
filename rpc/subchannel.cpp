#include "subchannel.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/session_settings_of.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;

namespace {
constexpr std::chrono::milliseconds keepalive_time_max{
    std::chrono::hours(24 * 365)};  // doubling ends somewhere
}

subchannel::subchannel(const serial_executor& executor,
                       std::unique_ptr<transport::io::stream_source> source,
                       std::shared_ptr<const channel_options> options, bool shared)
    : executor_(executor),
      source_(std::move(source)),
      options_(std::move(options)),
      shared_(shared),
      keepalive_time_(keepalive_time(options_->keepalive)),
      backoff_(options_->backoff, std::random_device{}()),
      retry_timer_(executor.get()),
      trace_(same_for_all(options_->trace)) {}

subchannel::~subchannel() = default;

void subchannel::set_state(channel_state state) {
  if (state_ == state || state_ == channel_state::shutdown) return;
  state_ = state;
  tell();
}

void subchannel::connect(subchannel_user& user) {
  if (seat* const place = find(user)) place->asleep = false;
  if (state_ == channel_state::idle) attempt();
}

void subchannel::attempt() {
  if (ready_.empty()) set_state(channel_state::connecting);
  const auto delay = backoff_.next();
  const auto now = std::chrono::steady_clock::now();
  retry_at_ = now + delay;
  const transport::io::connect_settings settings{
      .timeout = std::max(delay, options_->backoff.connect_timeout_min),
      .tcp_user_timeout = tcp_user_timeout(*options_)};
  connect_until_ = now + settings.timeout;
  auto done = [self = shared_from_this()](std::unique_ptr<transport::io::byte_stream> stream,
                                          const transport::io::connect_failure& failure) {
    self->connected(std::move(stream), failure);
  };
  connector_ = ready_.empty() ? source_->start(executor_.get(), settings, std::move(done))
                              : source_->start_again(connection()->peer_address(), executor_.get(),
                                                     settings, std::move(done));
}

void subchannel::connected(std::unique_ptr<transport::io::byte_stream> stream,
                           const transport::io::connect_failure& failure) {
  connector_.reset();
  if (state_ == channel_state::shutdown) return;
  if (!stream) {
    const bool no_name = failure.error == transport::transport_errc::no_address;
    failed(status(status_code::unavailable,
                  {.message = failure.text,
                   .origin = codec::status_origin::transport,
                   .phase = codec::call_phase::connecting,
                   .address = source_->address(),
                   .advice = no_name ? "check the name of the server"
                                     : "check that the server runs and listens there"}));
    return;
  }
  if (options_->credentials) {
    stream = options_->credentials->secure(std::move(stream),
                                           transport::io::host_of(options_->authority));
  }
  fresh_ = std::make_shared<client_connection>(std::move(stream), *options_,
                                               session_settings_of(*options_, keepalive_time_),
                                               weak_from_this());
  if (trace_) fresh_->set_trace(trace_);
  if (anyone_wants_outcomes()) fresh_->report_outcomes();
  fresh_->start();  // READY follows with the peer's SETTINGS
  watch_settings();
}

/// Somebody who accepts connections and says nothing is no server.
void subchannel::watch_settings() {
  retry_timer_.expires_at(connect_until_);
  retry_timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (error) return;
    if (const auto silent = self->fresh_) silent->give_up();
  });
}

void subchannel::failed(status why) {
  fresh_.reset();
  if (!ready_.empty()) return wait_for_retry();  // one less than there could be is no failure
  failure_ = last_loss_.ok() ? std::move(why) : why.caused_by(last_loss_);
  if (ended_for_good()) return;
  set_state(channel_state::transient_failure);
  wait_for_retry();
}

void subchannel::wait_for_retry() {
  backing_off_ = true;
  retry_timer_.expires_at(retry_at_);
  retry_timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (error) return;
    self->backing_off_ = false;
    if (self->state_ == channel_state::transient_failure) return self->attempt();
    if (self->calls_wait()) self->grow();
  });
}

/// True when the source has no other connection to give: the state is SHUTDOWN then (gRPC
/// doc/connectivity-semantics-and-api.md, "a non-recoverable error"), and the failure says why.
bool subchannel::ended_for_good() {
  const std::string reason = source_->exhausted();
  if (reason.empty()) return false;
  const std::string seen = failure_.ok() ? std::string() : failure_.message();
  failure_ = status(status_code::unavailable,
                    {.message = seen.empty() || seen == reason ? reason : seen + "; " + reason,
                     .origin = codec::status_origin::transport,
                     .phase = codec::call_phase::connecting,
                     .address = source_->address(),
                     .advice = "make another channel"});
  set_state(channel_state::shutdown);
  return true;
}

void subchannel::on_ready(client_connection& which) {
  if (fresh_.get() != &which) return;
  retry_timer_.cancel();
  backing_off_ = false;
  backoff_.reset();
  failure_ = {};
  last_loss_ = {};
  which.share(connections_max_ > 1);
  ready_.push_back(std::exchange(fresh_, nullptr));
  if (ready_.size() > 1) move_waiting_to(which);
  set_state(channel_state::ready);
}

std::shared_ptr<client_connection> subchannel::take(client_connection& which) {
  if (fresh_.get() == &which) return std::exchange(fresh_, nullptr);
  const auto found = std::find_if(ready_.begin(), ready_.end(),
                                  [&](const auto& one) { return one.get() == &which; });
  if (found == ready_.end()) return nullptr;
  auto taken = std::move(*found);
  ready_.erase(found);
  return taken;
}

/// After one was taken: others may be there, or on their way.
void subchannel::fewer() {
  if (!ready_.empty()) {
    if (calls_wait()) grow();
    return tell();
  }
  if (connector_ || fresh_) return set_state(channel_state::connecting);
  if (ended_for_good()) return;
  set_state(channel_state::idle);
}

void subchannel::on_draining(client_connection& which) {
  if (state_ == channel_state::shutdown) return;
  const bool was_fresh = fresh_.get() == &which;
  std::erase_if(draining_, [](const auto& old) { return old.expired(); });
  auto leaving = take(which);
  if (!leaving) return;
  draining_.push_back(std::move(leaving));  // it lives on by itself until its calls are over
  if (was_fresh) retry_timer_.cancel();
  if (was_fresh && !ready_.empty()) return wait_for_retry();
  fewer();
}

void subchannel::on_lost(client_connection& lost, const status& why) {
  if (state_ == channel_state::shutdown) return;
  if (fresh_.get() == &lost) return failed(why);
  if (!take(lost)) return;
  if (ready_.empty()) failure_ = last_loss_ = why;
  fewer();
}

void subchannel::on_too_many_pings() noexcept {
  if (keepalive_time_) *keepalive_time_ = std::min(*keepalive_time_ * 2, keepalive_time_max);
}

void subchannel::let_go_of_connections() {
  retry_timer_.cancel();
  if (connector_) std::exchange(connector_, nullptr)->cancel();
  if (fresh_) std::exchange(fresh_, nullptr)->shut_down();
  for (const auto& one : std::exchange(ready_, {})) one->shut_down();
}

void subchannel::shut_down(const channel_options& of) {
  if (shared_) return stop_for(of);
  if (std::exchange(shut_down_, true)) return;
  users_.clear();
  state_ = channel_state::shutdown;
  let_go_of_connections();
  for (const auto& old : std::exchange(draining_, {})) {
    if (const auto connection = old.lock()) connection->shut_down();
  }
}

void subchannel::retire_all() {
  state_ = channel_state::shutdown;
  for (const auto& one : std::exchange(ready_, {})) {
    draining_.push_back(one);
    one->retire();
  }
  let_go_of_connections();
}

void subchannel::replace(const std::vector<transport::io::address>& to) {
  source_->replace(to);
  if (state_ == channel_state::transient_failure) return attempt();
  const auto all = ready_;  // those that retire leave it
  for (const auto& one : all) {
    const std::string& there = one->peer_address();
    const bool stays =
        std::any_of(to.begin(), to.end(), [&](const auto& a) { return to_string(a) == there; });
    if (!stays) one->retire();
  }
}

void subchannel::forked() {
  if (state_ != channel_state::connecting && state_ != channel_state::ready) return;
  retry_timer_.cancel();
  if (connector_) std::exchange(connector_, nullptr)->cancel();
  fresh_.reset();  // these close by themselves
  ready_.clear();
  if (ended_for_good()) return;
  set_state(channel_state::idle);
}

void subchannel::set_trace(trace_source source) {
  trace_ = std::move(source);
  if (fresh_) fresh_->set_trace(trace_);
  for (const auto& one : ready_) one->set_trace(trace_);
  for (const auto& old : draining_) {
    if (const auto connection = old.lock()) connection->set_trace(trace_);
  }
}

void subchannel::let_go() {
  users_.clear();
  state_ = channel_state::shutdown;
  connector_.reset();
  fresh_.reset();
  ready_.clear();
}

}  // namespace grpcwire::detail
