// The server's side of the test of connection back-off: one port that closes each connection, and a
// service that says whether a client came back after the right pauses.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>

#include "grpc/testing/test.grpcwire.hpp"
#include "one_at_a_time.hpp"

namespace grpcwire::interop {

/// Whether these are the pauses of gRPC (doc/connection-backoff.md): 1 s, each 1.6 times the one
/// before, `max` at most (not positive: 120 s), give or take a fifth and 100 ms. False for none.
bool are_right_pauses(std::span<const std::chrono::milliseconds> pauses,
                      std::chrono::milliseconds max);

/// One client at a time, between its Start and its Stop; others wait in Start. For servers with one
/// thread, which runs the executor as well.
class reconnect_service final : public ::grpc::testing::ReconnectService::service {
 public:
  using Empty = ::grpc::testing::Empty;
  using ReconnectParams = ::grpc::testing::ReconnectParams;
  using ReconnectInfo = ::grpc::testing::ReconnectInfo;

  explicit reconnect_service(const asio::any_io_executor& executor) : acceptor_(executor) {}

  /// Accepts connections there, and closes them. One address only, so that an attempt to connect is
  /// one connection. Returns the real address; throws std::system_error.
  std::string listen(const asio::ip::tcp::endpoint& at);
  /// Callers that wait get UNAVAILABLE.
  void shut_down();

  awaitable<result<Empty>> Start(server_context& context, ReconnectParams params) override;
  awaitable<result<ReconnectInfo>> Stop(server_context& context, Empty request) override;

 private:
  using clock = std::chrono::steady_clock;

  void accept_next();

  asio::ip::tcp::acceptor acceptor_;
  one_at_a_time turn_;
  bool stopping_ = false;
  std::chrono::milliseconds max_pause_{};
  std::vector<clock::time_point> attempts_;
};

}  // namespace grpcwire::interop
