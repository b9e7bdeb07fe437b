// How much a server has to do: its calls, and how far its executor is behind.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/load_shedding.hpp>

namespace grpcwire::detail {

class load_gauge;

/// A call among those that are handled at a time, or none.
class load_ticket {
 public:
  load_ticket() noexcept = default;
  explicit load_ticket(load_gauge& of) noexcept : of_(&of) {}
  load_ticket(load_ticket&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  load_ticket& operator=(load_ticket&& other) noexcept {
    std::swap(of_, other.of_);
    return *this;
  }
  ~load_ticket() { give_back(); }

  void give_back() noexcept;

 private:
  load_gauge* of_ = nullptr;
};

/// Any thread. Outlives its tickets.
class load_gauge final : public context_resident, public std::enable_shared_from_this<load_gauge> {
 public:
  using clock = std::chrono::steady_clock;

  /// Null when the settings ask for nothing.
  static std::shared_ptr<load_gauge> make(const asio::any_io_executor& executor,
                                          const load_shedding& settings);
  load_gauge(const asio::any_io_executor& executor, const load_shedding& settings);

  /// A call begins: why it is refused, or a ticket for it.
  std::optional<std::string> let_in(std::string_view path, load_ticket& ticket);
  const std::optional<std::chrono::milliseconds>& retry_pushback() const noexcept {
    return settings_.retry_pushback;
  }

  /// The executor is watched while there are connections, so that it may come to an end after them.
  void connection_opened();
  void connection_closed();

 private:
  friend class load_ticket;

  void context_ended() override;
  void forked() override {}
  void wait();  // under the lock
  void measured();
  std::optional<std::string> too_late() const;

  const load_shedding settings_;
  asio::any_io_executor executor_;
  std::atomic<std::size_t> calls_ = 0;
  // What the timer is due at, and what the last one was late by; max() and 0 while none is set.
  std::atomic<clock::time_point> due_{clock::time_point::max()};
  std::atomic<clock::duration> lag_{};

  std::mutex mutex_;
  std::size_t connections_ = 0;
  std::unique_ptr<asio::steady_timer> timer_;
};

inline void load_ticket::give_back() noexcept {
  if (load_gauge* const of = std::exchange(of_, nullptr)) {
    of->calls_.fetch_sub(1, std::memory_order_relaxed);
  }
}

}  // namespace grpcwire::detail
