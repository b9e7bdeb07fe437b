// A resolver that a test tells what to find.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <asio/post.hpp>

#include <grpcwire/rpc/resolver.hpp>

namespace grpcwire::tests {

/// Resolves `test:` targets to what the test says, when it says so.
class told_resolver {
 public:
  void tell(resolution found) {
    last_ = std::move(found);
    failure_.reset();
    publish();
  }
  void tell(status failure) {
    failure_ = std::move(failure);
    publish();
  }
  int asked_again() const noexcept { return asked_again_; }
  bool started() const noexcept { return listener_ != nullptr; }

  resolver_scheme scheme() {
    return {.name = "test", .make = [this](std::string_view) { return made(); }};
  }

 private:
  struct view final : resolver {
    explicit view(told_resolver& o) : owner(o) {}
    ~view() override { owner.listener_ = nullptr; }
    view(const view&) = delete;
    view& operator=(const view&) = delete;
    void start(const asio::any_io_executor& executor, listener tell) override {
      owner.listener_ = std::move(tell);
      asio::post(executor, [o = &owner] { o->publish(); });
    }
    void resolve_again() override { ++owner.asked_again_; }
    told_resolver& owner;
  };

  codec::result<std::unique_ptr<resolver>, std::string> made() {
    return std::unique_ptr<resolver>(std::make_unique<view>(*this));
  }
  void publish() {
    if (!listener_) return;
    if (failure_) return listener_(codec::unexpected{*failure_});
    if (last_) listener_(resolution(*last_));
  }

  resolver::listener listener_;
  std::optional<resolution> last_;
  std::optional<status> failure_;
  int asked_again_ = 0;
};

}  // namespace grpcwire::tests
