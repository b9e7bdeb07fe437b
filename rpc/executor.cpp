#include <grpcwire/rpc/executor.hpp>

namespace grpcwire::detail {

serial_executor::serial_executor(const asio::any_io_executor& of_user, threading threads)
    : executor_(of_user) {
  using io_strand = asio::strand<io_executor>;
  using any_strand = asio::strand<asio::any_io_executor>;
  const bool is_strand = of_user.target<io_strand>() != nullptr ||
                         of_user.target<any_strand>() != nullptr;
  if (threads == threading::many && !is_strand) {
    if (const io_executor* io = of_user.target<io_executor>()) {
      executor_ = asio::make_strand(*io);
    } else {
      executor_ = asio::make_strand(of_user);
    }
  }
  // Pointers into executor_'s target, which this object keeps for as long as it lives.
  io_ = executor_.target<io_executor>();
  io_strand_ = executor_.target<io_strand>();
  strand_ = executor_.target<any_strand>();
}

bool serial_executor::here() const noexcept {
  if (io_ != nullptr) return io_->running_in_this_thread();
  if (io_strand_ != nullptr) return io_strand_->running_in_this_thread();
  if (strand_ != nullptr) return strand_->running_in_this_thread();
  return false;
}

}  // namespace grpcwire::detail
