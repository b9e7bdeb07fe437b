#include <algorithm>
#include <random>
#include <utility>

#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/session_settings_of.hpp>
#include <grpcwire/rpc/subchannel.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;

namespace {
constexpr std::chrono::milliseconds keepalive_time_max{
    std::chrono::hours(24 * 365)};  // doubling ends somewhere
}

subchannel::subchannel(const serial_executor& executor,
                       std::unique_ptr<transport::io::stream_source> source,
                       const channel_options& options, subchannel_user& user)
    : executor_(executor),
      source_(std::move(source)),
      options_(options),
      user_(&user),
      keepalive_time_(keepalive_time(options.keepalive)),
      backoff_(options.backoff, std::random_device{}()),
      retry_timer_(executor.get()),
      trace_(same_for_all(options.trace)) {}

subchannel::~subchannel() = default;

client_connection* subchannel::connection() const noexcept {
  return state_ == channel_state::ready ? connection_.get() : nullptr;
}

void subchannel::set_state(channel_state state) {
  if (state_ == state || state_ == channel_state::shutdown) return;
  state_ = state;
  if (user_ != nullptr) user_->on_state(state, failure_);
}

void subchannel::connect() {
  if (state_ == channel_state::idle) attempt();
}

void subchannel::attempt() {
  set_state(channel_state::connecting);
  const auto delay = backoff_.next();
  const auto now = std::chrono::steady_clock::now();
  retry_at_ = now + delay;
  const transport::io::connect_settings settings{
      .timeout = std::max(delay, options_.backoff.connect_timeout_min),
      .tcp_user_timeout = tcp_user_timeout(options_)};
  connect_until_ = now + settings.timeout;
  connector_ =
      source_->start(executor_.get(), settings,
                     [self = shared_from_this()](std::unique_ptr<transport::io::byte_stream> stream,
                                                 const transport::io::connect_failure& failure) {
                       self->connected(std::move(stream), failure);
                     });
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
  if (options_.credentials) {
    stream =
        options_.credentials->secure(std::move(stream), transport::io::host_of(options_.authority));
  }
  connection_ = std::make_shared<client_connection>(std::move(stream), options_,
                                                    session_settings_of(options_, keepalive_time_),
                                                    weak_from_this());
  if (trace_) connection_->set_trace(trace_);
  if (user_ != nullptr && user_->wants_outcomes()) connection_->report_outcomes();
  connection_->start();  // READY follows with the peer's SETTINGS
  watch_settings();
}

/// Somebody who accepts connections and says nothing is no server.
void subchannel::watch_settings() {
  retry_timer_.expires_at(connect_until_);
  retry_timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (error || self->state_ != channel_state::connecting) return;
    if (const auto silent = self->connection_) silent->give_up();
  });
}

void subchannel::failed(status why) {
  failure_ = last_loss_.ok() ? std::move(why) : why.caused_by(last_loss_);
  connection_.reset();
  if (ended_for_good()) return;
  set_state(channel_state::transient_failure);
  retry_timer_.expires_at(retry_at_);
  retry_timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (!error && self->state_ == channel_state::transient_failure) self->attempt();
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

void subchannel::on_ready() {
  retry_timer_.cancel();
  backoff_.reset();
  failure_ = {};
  last_loss_ = {};
  set_state(channel_state::ready);
}

void subchannel::on_draining(client_connection& which) {
  if (connection_.get() != &which || state_ == channel_state::shutdown) return;
  std::erase_if(draining_, [](const auto& old) { return old.expired(); });
  draining_.push_back(connection_);
  connection_.reset();  // it lives on by itself until its calls are over
  retry_timer_.cancel();
  if (ended_for_good()) return;
  set_state(channel_state::idle);
}

void subchannel::on_lost(client_connection& lost, const status& why) {
  if (connection_.get() != &lost || state_ == channel_state::shutdown) return;
  if (state_ == channel_state::connecting) return failed(why);
  connection_.reset();
  failure_ = why;
  last_loss_ = why;
  if (ended_for_good()) return;
  set_state(channel_state::idle);
}

void subchannel::on_call_ended(bool ok, const codec::metadata& trailers) {
  if (user_ != nullptr) user_->on_call_ended(ok, trailers);
}

void subchannel::on_too_many_pings() noexcept {
  if (keepalive_time_) *keepalive_time_ = std::min(*keepalive_time_ * 2, keepalive_time_max);
}

void subchannel::go_idle() {
  if (state_ == channel_state::idle || state_ == channel_state::shutdown) return;
  let_go_of_connection();
  set_state(channel_state::idle);
}

void subchannel::let_go_of_connection() {
  retry_timer_.cancel();
  if (connector_) std::exchange(connector_, nullptr)->cancel();
  if (connection_) std::exchange(connection_, nullptr)->shut_down();
}

void subchannel::shut_down() {
  if (std::exchange(shut_down_, true)) return;
  user_ = nullptr;
  state_ = channel_state::shutdown;
  let_go_of_connection();
  for (const auto& old : std::exchange(draining_, {})) {
    if (const auto connection = old.lock()) connection->shut_down();
  }
}

void subchannel::leave() {
  user_ = nullptr;
  const bool ready = state_ == channel_state::ready;
  state_ = channel_state::shutdown;
  if (ready) {
    draining_.push_back(connection_);
    std::exchange(connection_, nullptr)->retire();
  }
  let_go_of_connection();
}

bool subchannel::over() const noexcept {
  return std::all_of(draining_.begin(), draining_.end(),
                     [](const auto& old) { return old.expired(); });
}

void subchannel::replace(const std::vector<transport::io::address>& to) {
  source_->replace(to);
  if (state_ == channel_state::transient_failure) return attempt();
  if (state_ != channel_state::ready) return;
  const std::string& there = connection_->peer_address();
  const bool stays =
      std::any_of(to.begin(), to.end(), [&](const auto& a) { return to_string(a) == there; });
  if (!stays) connection_->retire();
}

void subchannel::forked() {
  if (state_ != channel_state::connecting && state_ != channel_state::ready) return;
  retry_timer_.cancel();
  if (connector_) std::exchange(connector_, nullptr)->cancel();
  connection_.reset();  // it closes by itself
  if (ended_for_good()) return;
  set_state(channel_state::idle);
}

void subchannel::set_trace(trace_source source) {
  trace_ = std::move(source);
  if (connection_) connection_->set_trace(trace_);
  for (const auto& old : draining_) {
    if (const auto connection = old.lock()) connection->set_trace(trace_);
  }
}

void subchannel::let_go() {
  user_ = nullptr;
  state_ = channel_state::shutdown;
  connector_.reset();
  connection_.reset();
}

}  // namespace grpcwire::detail
