#include "reconnect_service.hpp"

#include <algorithm>
#include <utility>

namespace grpcwire::interop {
namespace {

using milliseconds = std::chrono::milliseconds;

/// Far more than a client in back-off makes.
constexpr std::size_t attempts_max = 10'000;

}  // namespace

bool are_right_pauses(std::span<const milliseconds> pauses, milliseconds max) {
  const double most = max.count() > 0 ? static_cast<double>(max.count()) : 120'000;
  constexpr double tolerance = 100;  // ms
  double expected = std::min(1000.0, most);
  for (const milliseconds pause : pauses) {
    const auto came = static_cast<double>(pause.count());
    if (came < expected * 0.8 - tolerance || came > expected * 1.2 + tolerance) return false;
    expected = std::min(expected * 1.6, most);
  }
  return !pauses.empty();
}

std::string reconnect_service::listen(const asio::ip::tcp::endpoint& at) {
  acceptor_.open(at.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.bind(at);
  acceptor_.listen();
  accept_next();
  const auto local = acceptor_.local_endpoint();
  const std::string host = local.address().to_string();
  return (local.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(local.port());
}

void reconnect_service::accept_next() {
  acceptor_.async_accept([this](std::error_code error, asio::ip::tcp::socket accepted) {
    if (stopping_ || error == asio::error::operation_aborted) return;
    if (!error && attempts_.size() < attempts_max) attempts_.push_back(clock::now());
    accepted.close(error);
    accept_next();
  });
}

void reconnect_service::shut_down() {
  stopping_ = true;
  turn_.close();
  std::error_code ignored;
  acceptor_.close(ignored);
}

awaitable<result<reconnect_service::Empty>> reconnect_service::Start(server_context& context,
                                                                     ReconnectParams params) {
  const bool first = co_await turn_.take(context);
  if (!first || stopping_) co_return status(status_code::unavailable, "the server shuts down");
  max_pause_ = milliseconds(params.max_reconnect_backoff_ms());
  attempts_.clear();
  co_return Empty();
}

awaitable<result<reconnect_service::ReconnectInfo>> reconnect_service::Stop(server_context&,
                                                                            Empty) {
  std::vector<milliseconds> pauses;
  for (std::size_t n = 1; n < attempts_.size(); ++n) {
    pauses.push_back(std::chrono::duration_cast<milliseconds>(attempts_[n] - attempts_[n - 1]));
  }
  ReconnectInfo info;
  info.set_passed(are_right_pauses(pauses, max_pause_));
  for (const milliseconds pause : pauses) info.add_backoff_ms(static_cast<int>(pause.count()));
  turn_.give_back();
  co_return info;
}

}  // namespace grpcwire::interop
