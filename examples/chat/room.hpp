// The room: who is in it, and what waits for each of them. Knows nothing of calls.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <grpcwire/rpc/operation.hpp>

#include "chat.pb.h"

namespace chat {

/// Wakes one coroutine of the same thread, now or when it comes to wait.
class bell {
 public:
  explicit bell(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}
  void ring() {
    rung_ = true;
    timer_.cancel();
  }
  grpcwire::awaitable<void> wait() {
    std::error_code cancelled;
    if (!rung_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    rung_ = false;
  }

 private:
  asio::steady_timer timer_;
  bool rung_ = false;
};

/// One line for all who wait for it, not a copy for each.
using shared_line = std::shared_ptr<const Line>;

struct member {
  explicit member(const asio::any_io_executor& executor) : news(executor), dropped(executor) {}

  std::deque<shared_line> waiting;  // never more than the room allows
  bell news;                        // something waits
  bell dropped;                     // or too much did
};

class room {
 public:
  /// How many lines may wait for one member.
  explicit room(std::size_t backlog) : backlog_(backlog) {}

  std::size_t size() const { return members_.size(); }
  std::size_t backlog() const { return backlog_; }

  void enter(member& who) { members_.insert(&who); }
  void leave(member& who) { members_.erase(&who); }

  /// Goes to all others. Waits for nobody: for whom too much waits already is put out of the room.
  void say(const member& from, Line line) {
    const auto shared = std::make_shared<const Line>(std::move(line));
    for (auto at = members_.begin(); at != members_.end();) {
      member& to = **at;
      if (&to == &from) {
        ++at;
      } else if (to.waiting.size() < backlog_) {
        to.waiting.push_back(shared);
        to.news.ring();
        ++at;
      } else {
        at = members_.erase(at);
        to.waiting.clear();
        to.dropped.ring();
      }
    }
  }

 private:
  std::size_t backlog_;
  std::set<member*> members_;
};

}  // namespace chat
