#include "load_gauge.hpp"

#include <algorithm>

namespace grpcwire::detail {

using namespace std::chrono_literals;

std::shared_ptr<load_gauge> load_gauge::make(const asio::any_io_executor& executor,
                                             const load_shedding& settings) {
  if (!settings.max_calls && !settings.max_lag) return nullptr;
  return std::make_shared<load_gauge>(executor, settings);
}

load_gauge::load_gauge(const asio::any_io_executor& executor, const load_shedding& settings)
    : context_resident(executor), settings_(settings), executor_(executor) {}

std::optional<std::string> load_gauge::let_in(std::string_view path, load_ticket& ticket) {
  std::optional<std::string> why;
  if (settings_.max_calls) {
    ticket = load_ticket(*this);
    if (calls_.fetch_add(1, std::memory_order_relaxed) >= *settings_.max_calls) {
      why = "the server handles as many calls as it may (" + std::to_string(*settings_.max_calls) +
            ", server_options::shedding.max_calls)";
    }
  }
  if (!why && settings_.max_lag) why = too_late();
  if (!why || (settings_.spares && settings_.spares(path))) return std::nullopt;
  ticket.give_back();
  return why;
}

/// Either the last measurement says so, or the one that should have come by now.
std::optional<std::string> load_gauge::too_late() const {
  const auto due = due_.load(std::memory_order_relaxed);
  const auto overdue = due == clock::time_point::max() ? clock::duration{} : clock::now() - due;
  const auto lag = std::max(lag_.load(std::memory_order_relaxed), overdue);
  const auto allowed = std::max<std::chrono::milliseconds>(*settings_.max_lag, 1ms);
  if (lag <= allowed) return std::nullopt;
  const auto rounded = std::chrono::duration_cast<std::chrono::milliseconds>(lag);
  return "the server is " + std::to_string(rounded.count()) + " ms behind with its work (" +
         std::to_string(allowed.count()) + " ms are allowed, server_options::shedding.max_lag)";
}

void load_gauge::connection_opened() {
  const std::lock_guard lock(mutex_);
  if (++connections_ != 1 || !settings_.max_lag || !executor_) return;
  timer_ = std::make_unique<asio::steady_timer>(executor_);
  wait();
}

void load_gauge::connection_closed() {
  const std::lock_guard lock(mutex_);
  if (--connections_ != 0) return;
  timer_.reset();
  due_ = clock::time_point::max();
  lag_ = clock::duration{};
}

void load_gauge::wait() {
  const auto due = clock::now() + std::max<clock::duration>(*settings_.max_lag / 2, 1ms);
  due_.store(due, std::memory_order_relaxed);
  timer_->expires_at(due);
  timer_->async_wait([self = weak_from_this()](std::error_code cancelled) {
    if (cancelled) return;
    if (const auto gauge = self.lock()) gauge->measured();
  });
}

void load_gauge::measured() {
  const std::lock_guard lock(mutex_);
  if (!timer_) return;
  lag_.store(clock::now() - due_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  wait();
}

void load_gauge::context_ended() {
  const std::lock_guard lock(mutex_);
  timer_.reset();
  executor_ = {};
}

}  // namespace grpcwire::detail
