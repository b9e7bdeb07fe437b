#include "context_resident.hpp"

#include <mutex>
#include <unordered_set>
#include <vector>

#include <asio/execution_context.hpp>
#include <asio/steady_timer.hpp>

namespace grpcwire::detail {

class resident_list {
 public:
  void add(context_resident& r) {
    const std::lock_guard lock(mutex_);
    residents_.insert(&r);
  }
  void remove(context_resident& r) {
    const std::lock_guard lock(mutex_);
    residents_.erase(&r);
  }
  /// No other thread exists, and none of them ends another one.
  void forked() {
    const std::vector<context_resident*> all(residents_.begin(), residents_.end());
    for (context_resident* r : all) r->forked();
  }
  /// One resident ends others, so each is looked up anew.
  void end() {
    for (;;) {
      context_resident* next = nullptr;
      {
        const std::lock_guard lock(mutex_);
        if (residents_.empty()) return;
        next = *residents_.begin();
        residents_.erase(residents_.begin());
      }
      next->context_ended();
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_set<context_resident*> residents_;
};

namespace {

/// How Asio tells about the end of an execution context and about forks.
class resident_service final : public asio::execution_context::service {
 public:
  using key_type = resident_service;
  static inline asio::execution_context::id id;

  explicit resident_service(asio::execution_context& context)
      : asio::execution_context::service(context) {}

  const std::shared_ptr<resident_list>& list() const noexcept { return list_; }

 private:
  void shutdown() override { list_->end(); }
  void notify_fork(asio::execution_context::fork_event event) override {
    if (event == asio::execution_context::fork_child) list_->forked();
  }

  std::shared_ptr<resident_list> list_ = std::make_shared<resident_list>();
};

}  // namespace

context_resident::context_resident(const asio::any_io_executor& executor) {
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  if (!asio::has_service<resident_service>(context)) {
    // Services hear of a fork in the order in which they were made. The one that watches sockets
    // and timers must come first: until then it shares the parent's epoll set.
    const asio::steady_timer made_first(executor);
  }
  list_ = asio::use_service<resident_service>(context).list();
  list_->add(*this);
}

context_resident::~context_resident() {
  list_->remove(*this);
}

}  // namespace grpcwire::detail
