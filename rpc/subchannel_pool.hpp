// Connections that channels share: one for all channels of a pool to the same server.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/executor.hpp>

namespace grpcwire {

namespace detail {
class subchannel;
}

/// Channels with the same pool (`channel_options::pool`) that have found a server at the same
/// addresses share its connections, its back-off and its state, whatever their targets and policies
/// are. They have to agree in what makes a connection: credentials (the same object) and the
/// authority that these check, keepalive, `session`, `backoff`, `frame_history` and `trace`.
/// Otherwise each has its own, as without a pool. Calls, deadlines, health checks and the outcomes
/// that a policy hears of stay those of each channel; a channel that is shut down ends its own
/// calls only. A connection closes when its last channel is gone or IDLE.
///
/// The channels run on the executor of the pool, whatever executor they are made with. They keep
/// the pool alive. channel::set_trace() of one concerns all that share its connections.
class subchannel_pool {
 public:
  /// `threads` says how many run `executor`.
  explicit subchannel_pool(asio::any_io_executor executor, threading threads = threading::many);
  ~subchannel_pool();
  subchannel_pool(const subchannel_pool&) = delete;
  subchannel_pool& operator=(const subchannel_pool&) = delete;

  /// The one it was made with.
  const asio::any_io_executor& executor() const noexcept { return of_user_; }

  // ---- for channels
  /// What tells one from the others that share its connections. Any thread.
  std::uint64_t number_channel() noexcept { return ++channels_; }
  /// What they run on, one handler at a time.
  const detail::serial_executor& serial() const noexcept { return serial_; }
  /// On that: the shared way to these addresses; null when none of them is one.
  std::shared_ptr<detail::subchannel> way_to(const std::vector<std::string>& addresses,
                                             const channel_options& options);

 private:
  void forget_old();

  asio::any_io_executor of_user_;
  detail::serial_executor serial_;
  std::multimap<std::vector<std::string>, std::weak_ptr<detail::subchannel>> ways_;
  std::atomic<std::uint64_t> channels_ = 0;
  std::size_t swept_at_ = 64;  // ways, when those that are gone are looked for
};

}  // namespace grpcwire
