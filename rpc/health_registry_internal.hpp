// What a health service knows: the status of each name, and who wants to hear when it changes.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/operation.hpp>

namespace grpcwire::detail {

class health_watch;

/// Any thread. Handlers share it, because they may still run when their service is gone.
class health_registry {
 public:
  void set(std::string_view name, serving_status is);
  void shut_down();
  /// Nothing when the name is unknown.
  std::optional<serving_status> find(std::string_view name) const;
  /// All names; nothing when there are more than that.
  std::optional<std::vector<std::pair<std::string, serving_status>>> all(std::size_t max) const;

 private:
  friend class health_watch;
  void wake(std::string_view name);

  mutable std::mutex mutex_;
  std::map<std::string, serving_status, std::less<>> statuses_{{"", serving_status::serving}};
  std::multimap<std::string, health_watch*, std::less<>> watches_;
  bool shut_down_ = false;
};

/// One caller that waits for changes of one name. Used on one executor, where its handler runs;
/// only the wake-up comes from elsewhere, and there is at most one of them on its way.
class health_watch {
 public:
  health_watch(std::shared_ptr<health_registry> registry, std::string name,
               const asio::any_io_executor& executor);
  ~health_watch();
  health_watch(const health_watch&) = delete;
  health_watch& operator=(const health_watch&) = delete;

  /// The status now; nothing when the name is unknown.
  std::optional<serving_status> now();
  /// Until something was set since now(), or the wait was cancelled.
  awaitable<void> change();

 private:
  friend class health_registry;
  void wake();

  std::shared_ptr<health_registry> registry_;
  std::multimap<std::string, health_watch*, std::less<>>::iterator place_;
  std::shared_ptr<asio::steady_timer> timer_;  // shared with a wake-up on its way
  bool woken_ = false;                         // guarded by the registry's mutex
};

}  // namespace grpcwire::detail
