// One end of the connection: a session, the pump that the owner of a session has to be, and the
// timer it asks for.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <grpcwire/transport/session.hpp>

#include "tests/sim/network.hpp"

namespace grpcwire::sim {

class endpoint {
 public:
  endpoint(scheduler& s, transport::role r, const transport::session_settings& settings)
      : scheduler_(&s), session_(r, settings) {}

  std::function<void(const transport::event&)> on_event;
  std::function<void()> on_closed;  ///< the session has nothing more to say
  link* out = nullptr;

  transport::session& session() noexcept { return session_; }

  void arrived(std::string_view bytes) {
    if (closed_) return;
    if (session_.receive(codec::as_bytes(bytes), scheduler_->now())) failed_ = true;
    pump();
  }

  /// The owner's rule: events until none, output, events again.
  void pump() {
    if (pumping_ || closed_) return;
    pumping_ = true;
    do {
      while (const transport::event* e = session_.poll_event()) on_event(*e);
      while (flush()) continue;
    } while (session_.has_events());
    session_.end_turn();
    pumping_ = false;
    arm_timer();
    if (session_.finished() && !closed_) {
      closed_ = true;
      on_closed();
    }
  }

  void lose(std::string_view why) {
    closed_ = true;
    session_.connection_lost(why);
    while (const transport::event* e = session_.poll_event()) on_event(*e);
  }

  bool closed() const noexcept { return closed_; }
  /// The peer broke a rule, as this side sees it.
  bool failed() const noexcept { return failed_; }

 private:
  /// True when everything went out, so that there may be more.
  bool flush() {
    std::size_t size = 0;
    bool all = true;
    const auto blocks = session_.output();
    for (const codec::const_bytes block : blocks) {
      const std::size_t taken = out->send(codec::as_text(block));
      size += taken;
      all = taken == block.size();
      if (!all) break;
    }
    if (size != 0) session_.consume_output(size);
    return all && size != 0;
  }

  void arm_timer() {
    const auto next = session_.next_timeout();
    if (closed_ || !next || (armed_ && *armed_ <= *next)) return;
    armed_ = next;
    scheduler_->at(*next, [this, at = *next] {
      if (armed_ != at) return;
      armed_.reset();
      if (closed_) return;
      const std::error_code dead = session_.on_timeout(scheduler_->now());
      pump();
      if (dead && !closed_) {
        closed_ = true;
        on_closed();
      }
      arm_timer();
    });
  }

  scheduler* scheduler_;
  transport::session session_;
  std::optional<time_point> armed_;
  bool pumping_ = false;
  bool closed_ = false;
  bool failed_ = false;
};

}  // namespace grpcwire::sim
