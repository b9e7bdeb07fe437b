// The executor that everything of one connection, or of one channel, runs on: one handler at a
// time.
#pragma once

#include <typeinfo>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>

#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/threading.hpp>

namespace grpcwire::detail {

/// The executor inside, if it is of this type. Asio 1.22's own target() does not look at the type.
template <class Executor>
const Executor* target_of(const asio::any_io_executor& e) noexcept {
  return e && e.target_type() == typeid(Executor) ? e.target<Executor>() : nullptr;
}

/// Knows whether the calling thread is on it already, so that nothing is queued or locked then. It
/// may outlive its io_context, which a strand must not: what is handed to it then is dropped, as
/// the io_context dropped what it had.
class serial_executor final : public context_resident {
 public:
  serial_executor(const asio::any_io_executor& of_user, threading threads);

  /// Empty when the io_context is gone.
  const asio::any_io_executor& get() const noexcept { return executor_; }
  bool here() const noexcept;

  /// Now when on it, otherwise soon.
  template <class F>
  void run(F&& f) const {
    if (here()) {
      std::forward<F>(f)();
    } else {
      post(std::forward<F>(f));
    }
  }
  /// Soon.
  template <class F>
  void post(F&& f) const {
    if (executor_) asio::post(executor_, std::forward<F>(f));
  }

 private:
  void context_ended() override;
  void forked() override {}

  using io_executor = asio::io_context::executor_type;

  asio::any_io_executor executor_;
  const io_executor* io_ = nullptr;
  const asio::strand<io_executor>* io_strand_ = nullptr;
  const asio::strand<asio::any_io_executor>* strand_ = nullptr;
};

}  // namespace grpcwire::detail
