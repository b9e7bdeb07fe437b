// What all connections of a server hold in memory for calls, against the limit for it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace grpcwire::detail {

/// Shared by connections that run on different threads.
class buffer_budget {
 public:
  explicit buffer_budget(std::size_t limit) noexcept : limit_(limit) {}

  /// No new calls.
  bool exceeded() const noexcept { return used() > limit_; }
  /// A quarter above the limit: calls that would make it more must end.
  bool exhausted() const noexcept { return used() > limit_ + limit_ / 4; }
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  friend class budget_share;
  std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

/// The part of one connection; used on its executor. The common sum, which other threads write too,
/// is only touched after a change of 16 KiB, so that ordinary calls never do.
class budget_share {
 public:
  explicit budget_share(std::shared_ptr<buffer_budget> of) noexcept : of_(std::move(of)) {}
  budget_share(const budget_share&) = delete;
  budget_share& operator=(const budget_share&) = delete;
  ~budget_share() { tell(0); }

  void set(std::size_t held) noexcept {
    if (held + grain - told_ > 2 * grain) tell(held);
  }
  bool exceeded() const noexcept { return of_->exceeded(); }
  bool exhausted() const noexcept { return of_->exhausted(); }

 private:
  static constexpr std::size_t grain = 16 * 1024;

  void tell(std::size_t held) noexcept {
    of_->used_.fetch_add(held - told_, std::memory_order_relaxed);  // unsigned: may be less
    told_ = held;
  }

  std::shared_ptr<buffer_budget> of_;
  std::size_t told_ = 0;
};

}  // namespace grpcwire::detail
