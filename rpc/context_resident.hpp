// What lives on an io_context and holds operations of users and sockets in memory of its own, where
// the end of the io_context, or its notify_fork(), would not find them.
#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>

namespace grpcwire::detail {

class resident_list;

/// An io_context that is destroyed destroys the operations that wait in it without calling their
/// handlers. This is the same for operations that wait here: calls, reads, connections.
class context_resident {
 public:
  explicit context_resident(const asio::any_io_executor& executor);
  context_resident(const context_resident&) = delete;
  context_resident& operator=(const context_resident&) = delete;

  /// The execution context is being destroyed: drop operations and what keeps this object alive.
  /// Nothing will run any more. The object may be gone afterwards.
  virtual void context_ended() = 0;
  /// This is the child of a fork, no other thread exists: let go of what is the parent's without
  /// a word to the peer. Nothing of the user's may be called from here.
  virtual void forked() = 0;

 protected:
  ~context_resident();

 private:
  std::shared_ptr<resident_list> list_;
};

}  // namespace grpcwire::detail
