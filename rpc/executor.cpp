#include "executor.hpp"

namespace grpcwire::detail {

serial_executor::serial_executor(const asio::any_io_executor& of_user, threading threads)
    : context_resident(of_user), executor_(of_user) {
  using io_strand = asio::strand<io_executor>;
  using any_strand = asio::strand<asio::any_io_executor>;
  const bool is_strand =
      target_of<io_strand>(of_user) != nullptr || target_of<any_strand>(of_user) != nullptr;
  if (threads == threading::many && !is_strand) {
    if (const io_executor* io = target_of<io_executor>(of_user)) {
      executor_ = asio::make_strand(*io);
    } else {
      executor_ = asio::make_strand(of_user);
    }
  }
  // Pointers into executor_'s target, which this object keeps for as long as it lives.
  io_ = target_of<io_executor>(executor_);
  io_strand_ = target_of<io_strand>(executor_);
  strand_ = target_of<any_strand>(executor_);
}

void serial_executor::context_ended() {
  io_ = nullptr;
  io_strand_ = nullptr;
  strand_ = nullptr;
  executor_ = {};
}

bool serial_executor::here() const noexcept {
  if (io_ != nullptr) return io_->running_in_this_thread();
  if (io_strand_ != nullptr) return io_strand_->running_in_this_thread();
  if (strand_ != nullptr) return strand_->running_in_this_thread();
  return false;
}

}  // namespace grpcwire::detail
