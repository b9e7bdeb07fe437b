// What a session does by itself as time passes: signs of life, windows that grow, time limits, and
// the drain.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include <grpcwire/transport/session.hpp>

#include "nghttp2_callbacks.hpp"

namespace grpcwire::transport {
namespace {

constexpr std::uint64_t keepalive_ping = 0x7669'6c61'7065'656b;  // "keepaliv"
constexpr std::uint64_t bdp_ping = 0x6874'6477'646e'6162;        // "bandwdth"
constexpr std::uint64_t drain_ping = 0x6e69'6172'64;             // "drain"

}  // namespace

void session::begin_upkeep() {
  keepalive_.begin(now_);
  life_.begin(now_);
  if (unacknowledged_settings_ != 0) settings_due_ = later(now_, settings_.settings_timeout);
  schedule_upkeep();
}

void session::schedule_upkeep() noexcept {
  upkeep_due_ =
      std::min(std::min(keepalive_.due(), life_.due()), std::min(settings_due_, spares_due_));
}

std::error_code session::upkeep() {
  if (failed_) return {};
  std::error_code end = check_keepalive();
  if (!end) end = check_settings();
  if (!end) end = check_life();
  check_spares();
  if (end) {
    upkeep_due_ = never;
  } else {
    schedule_upkeep();
  }
  return end;
}

std::error_code session::check_keepalive() {
  switch (keepalive_.on_time(now_, last_received_, open_streams_ != 0)) {
    case keepalive::step::none:
      return {};
    case keepalive::step::ping:
      send_keepalive_ping();
      return {};
    case keepalive::step::dead:
      break;
  }
  std::string text = "keepalive timeout: nothing came from the peer within " +
                     std::to_string(settings_.keepalive.timeout.count()) + " ms of a PING";
  if (!failure_text_.empty()) text += "; before, " + failure_text_;
  failure_text_ = std::move(text);
  fault_ = transport_errc::keepalive_timeout;
  failed_ = true;
  if (trace_ != nullptr) trace_->on_action("end_connection", 0, failure_text_);
  return transport_errc::keepalive_timeout;
}

std::error_code session::check_settings() {
  if (now_ < settings_due_) return {};
  if (now_ - settings_due_ > settings_.settings_timeout) {
    // Whoever asks much too late was asleep and cannot tell what came meanwhile.
    settings_due_ = later(now_, settings_.settings_timeout);
    return {};
  }
  fail(http2_errc::settings_timeout, "SETTINGS were not acknowledged");
  return http2_errc::settings_timeout;
}

std::error_code session::check_life() {
  using step = connection_life::step;
  for (;;) {
    switch (life_.on_time(now_)) {
      case step::none:
        return {};
      case step::drain_idle:
        drain("max_idle");
        break;
      case step::drain_aged:
        drain("max_age");
        break;
      case step::last_goaway:
        finish_drain();
        break;
      case step::close:
        failed_ = true;
        failure_text_ = "the grace of a connection that reached its maximum age is over";
        if (trace_ != nullptr) trace_->on_action("end_connection", 0, failure_text_);
        return transport_errc::shut_down;
    }
  }
}

void session::watch_spares() {
  spares_used_ = true;
  if (spares_due_ != never || failed_) return;
  spares_due_ = later(now_, spares_idle_max);
  schedule_upkeep();
}

/// A quiet connection must not hold on to the memory of its largest messages.
void session::check_spares() {
  if (now_ < spares_due_) return;
  const bool used = std::exchange(spares_used_, false);
  if (!used) {
    spares_.clear();
    blocks_.clear();
    input_block_ = nullptr;
  }
  spares_due_ = used || !blocks_.empty() ? later(now_, spares_idle_max) : never;
}

void session::send_keepalive_ping() {
  ++keepalives_sent_;
  if (trace_ != nullptr) trace_->on_action("keepalive_ping", 0, {});
  submit_ping(keepalive_ping);
}

void session::submit_ping(std::uint64_t opaque) {
  std::array<std::uint8_t, 8> bytes;
  std::memcpy(bytes.data(), &opaque, bytes.size());
  nghttp2_submit_ping(http2_.get(), NGHTTP2_FLAG_NONE, bytes.data());
}

void session::wake_keepalive() {
  if (keepalive_.wake_up(last_received_)) send_keepalive_ping();
  schedule_upkeep();
}

bool session::acknowledges_own_ping(std::uint64_t opaque) {
  if (opaque == bdp_ping) {
    if (const auto window = bdp_.acknowledged(now_)) grow_windows(*window);
    return true;
  }
  if (opaque == drain_ping && drain_pending_) {
    finish_drain();
    return true;
  }
  return opaque == keepalive_ping;
}

void session::settings_acknowledged() {
  if (unacknowledged_settings_ == 0) return;  // nghttp2 ends the connection for it
  --unacknowledged_settings_;
  settings_due_ = unacknowledged_settings_ != 0 ? later(now_, settings_.settings_timeout) : never;
  schedule_upkeep();
}

void session::sample_bandwidth(std::size_t size) {
  if (!bdp_.received(size, now_)) return;
  if (trace_ != nullptr) trace_->on_action("bandwidth_ping", 0, {});
  submit_ping(bdp_ping);
}

/// Streams that are open grow by as much as new ones, because SETTINGS change all of them
/// (RFC 9113 §6.9.2).
void session::grow_windows(std::uint32_t window) {
  const std::uint32_t more = window - std::min(window, settings_.stream_window);
  const bool fits = std::ranges::none_of(streams_, [&](const std::unique_ptr<stream>& s) {
    return s && s->state == stream_state::open && s->window > window_max - more;
  });
  if (trace_ != nullptr) trace_->on_action("grow_windows", 0, std::to_string(window));
  if (window > settings_.connection_window) {
    settings_.connection_window = window;
    nghttp2_session_set_local_window_size(http2_.get(), NGHTTP2_FLAG_NONE, 0,
                                          static_cast<std::int32_t>(window));
  }
  if (more == 0 || !fits) return;
  settings_.stream_window = window;
  for (const auto& s : streams_) {
    if (!s || s->state != stream_state::open) continue;
    // A window that was lowered for this stream stays so: what it got too much is owed.
    if (s->credit_by_hand) {
      s->debt += more;
    } else {
      s->window += more;
    }
  }
  const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
  if (nghttp2_submit_settings(http2_.get(), NGHTTP2_FLAG_NONE, &entry, 1) != 0) return;
  if (unacknowledged_settings_++ != 0) return;
  settings_due_ = later(now_, settings_.settings_timeout);
  schedule_upkeep();
}

void session::drain(std::string_view debug) {
  if (failed_ || std::exchange(drain_begun_, true)) return;
  drain_debug_ = debug;
  life_.drain_began();
  // Whoever said GOAWAY first hears the last one at once: it has no new streams on their way.
  if (role_ == role::client || draining_) return finish_drain();
  drain_pending_ = true;
  announce_shutdown();
  ping(drain_ping);
  schedule_upkeep();
}

/// Everything the client sent before it saw the first GOAWAY has arrived, or never will.
void session::finish_drain() {
  drain_pending_ = false;
  life_.drain_announced(now_);
  schedule_upkeep();
  shutdown(http2_errc::no_error, drain_debug_);
}

}  // namespace grpcwire::transport
