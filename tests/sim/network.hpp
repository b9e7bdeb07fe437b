// A network of one connection on virtual time: what is sent arrives later, in pieces, in order, or
// is lost for good.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <grpcwire/transport/time.hpp>

#include "tests/support/random_source.hpp"
#include "tests/support/virtual_clock.hpp"

namespace grpcwire::sim {

using transport::time_point;
using duration = time_point::duration;

/// What is to be done at which moment. Equal moments keep their order.
class scheduler {
 public:
  time_point now() const noexcept { return clock_.now(); }

  void at(time_point when, std::function<void()> what) {
    tasks_.emplace(std::pair(std::max(when, now()), next_++), std::move(what));
  }
  void in(duration delay, std::function<void()> what) { at(now() + delay, std::move(what)); }

  /// Goes to the next moment at which something is to be done; false when there is none.
  bool step() {
    if (tasks_.empty()) return false;
    const auto first = tasks_.begin();
    clock_.advance_to(first->first.first);
    const std::function<void()> what = std::move(first->second);
    tasks_.erase(first);
    what();
    return true;
  }

 private:
  tests::virtual_clock clock_;
  std::uint64_t next_ = 0;
  std::map<std::pair<time_point, std::uint64_t>, std::function<void()>> tasks_;
};

/// Springs once, when so many bytes have arrived in both directions together.
class trap {
 public:
  void set(std::size_t after, std::function<void()> what) {
    left_ = after;
    what_ = std::move(what);
  }
  bool is_set() const noexcept { return what_ != nullptr; }
  /// How many bytes may arrive before it springs.
  std::size_t left() const noexcept { return left_; }
  void passed(std::size_t size) {
    if (!is_set()) return;
    left_ -= size;
    if (left_ == 0) std::exchange(what_, nullptr)();
  }

 private:
  std::size_t left_ = 0;
  std::function<void()> what_;
};

/// How one direction behaves.
struct link_settings {
  duration delay_max{};       ///< between two pieces
  std::size_t piece_max = 1;  ///< bytes that arrive at a time
  std::size_t capacity = 1;   ///< bytes on their way before the sender has to wait
};

/// One direction of the connection.
class link {
 public:
  link(scheduler& s, tests::random_source& random, const link_settings& settings)
      : scheduler_(&s), random_(&random), settings_(settings) {}

  /// Called with each piece, and after it, when there is room again.
  std::function<void(std::string_view)> on_arrival;
  std::function<void()> on_room;
  trap* watched_by = nullptr;

  /// Takes as much as there is room for, like a socket that does not block.
  std::size_t send(std::string_view bytes) {
    if (cut_) return bytes.size();
    const std::size_t room = settings_.capacity - std::min(settings_.capacity, in_flight_.size());
    const std::size_t size = std::min(room, bytes.size());
    in_flight_.append(bytes.substr(0, size));
    sent_ += size;
    deliver_later();
    return size;
  }

  void cut() {
    cut_ = true;
    in_flight_.clear();
  }

  /// Nothing arrives, but nothing is lost.
  void stall() noexcept { stalled_ = true; }
  void go_on() {
    stalled_ = false;
    deliver_later();
  }

  const std::string& arrived() const noexcept { return arrived_; }
  std::size_t sent() const noexcept { return sent_; }
  std::size_t in_flight() const noexcept { return in_flight_.size(); }

 private:
  void deliver_later() {
    if (scheduled_ || stalled_ || in_flight_.empty()) return;
    scheduled_ = true;
    const auto most = static_cast<std::size_t>(settings_.delay_max.count());
    scheduler_->in(duration(random_->between(0, most)), [this] { deliver(); });
  }

  void deliver() {
    scheduled_ = false;
    if (cut_ || stalled_ || in_flight_.empty()) return;
    std::size_t size = random_->between(1, std::min(settings_.piece_max, in_flight_.size()));
    if (watched_by != nullptr && watched_by->is_set()) size = std::min(size, watched_by->left());
    const std::string piece = in_flight_.substr(0, size);
    in_flight_.erase(0, size);
    arrived_ += piece;
    on_arrival(piece);
    on_room();
    if (watched_by != nullptr) watched_by->passed(size);
    deliver_later();
  }

  scheduler* scheduler_;
  tests::random_source* random_;
  link_settings settings_;
  std::string in_flight_;
  std::string arrived_;
  std::size_t sent_ = 0;
  bool scheduled_ = false;
  bool cut_ = false;
  bool stalled_ = false;
};

}  // namespace grpcwire::sim
