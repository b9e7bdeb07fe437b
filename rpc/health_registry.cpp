#include <asio/post.hpp>
#include <asio/redirect_error.hpp>

#include <grpcwire/rpc/health_registry_internal.hpp>

namespace grpcwire::detail {

void health_registry::set(std::string_view name, serving_status is) {
  const std::lock_guard lock(mutex_);
  if (shut_down_) return;
  const auto [place, added] = statuses_.try_emplace(std::string(name), is);
  if (!added && std::exchange(place->second, is) == is) return;
  wake(name);
}

void health_registry::shut_down() {
  const std::lock_guard lock(mutex_);
  shut_down_ = true;
  for (auto& [name, is] : statuses_) {
    if (std::exchange(is, serving_status::not_serving) != is) wake(name);
  }
}

std::optional<serving_status> health_registry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = statuses_.find(name);
  if (found == statuses_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::vector<std::pair<std::string, serving_status>>> health_registry::all(
    std::size_t max) const {
  const std::lock_guard lock(mutex_);
  if (statuses_.size() > max) return std::nullopt;
  return std::vector<std::pair<std::string, serving_status>>(statuses_.begin(), statuses_.end());
}

void health_registry::wake(std::string_view name) {
  const auto [first, last] = watches_.equal_range(name);
  for (auto each = first; each != last; ++each) each->second->wake();
}

health_watch::health_watch(std::shared_ptr<health_registry> registry, std::string name,
                           const asio::any_io_executor& executor)
    : registry_(std::move(registry)),
      timer_(
          std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max())) {
  const std::lock_guard lock(registry_->mutex_);
  place_ = registry_->watches_.emplace(std::move(name), this);
}

health_watch::~health_watch() {
  const std::lock_guard lock(registry_->mutex_);
  registry_->watches_.erase(place_);
}

std::optional<serving_status> health_watch::now() {
  const std::lock_guard lock(registry_->mutex_);
  woken_ = false;
  const auto found = registry_->statuses_.find(place_->first);
  if (found == registry_->statuses_.end()) return std::nullopt;
  return found->second;
}

/// The mutex is locked. Whoever sees now() and then waits without a pause between is suspended when
/// the posted part runs.
void health_watch::wake() {
  if (std::exchange(woken_, true)) return;
  asio::post(timer_->get_executor(), [timer = timer_] { timer->cancel(); });
}

awaitable<void> health_watch::change() {
  std::error_code cancelled;
  co_await timer_->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

}  // namespace grpcwire::detail
