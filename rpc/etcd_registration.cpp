#include "etcd_registration.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/backoff.hpp>
#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/etcd_entries_internal.hpp>

#include "etcd/rpc.grpcwire.hpp"

namespace grpcwire {
namespace detail {

using etcdserverpb::KV;
using etcdserverpb::Lease;

namespace {
status not_there(std::string why) {
  return status(status_code::unavailable, std::move(why));
}
}  // namespace

/// Kept alive by what it waits for; the registration ends it.
class etcd_lease final : public std::enable_shared_from_this<etcd_lease> {
 public:
  etcd_lease(const asio::any_io_executor& executor, etcd_entry entry, etcd_settings settings)
      : entry_(std::move(entry)),
        timeout_(settings.timeout),
        backoff_(settings.channel.backoff, std::random_device{}()),
        pause_(executor),
        changed_(executor),
        channel_(executor, std::move(settings.target), std::move(settings.channel)) {
    entry_.time_to_live = std::max(entry_.time_to_live, std::chrono::seconds(1));
    changed_.expires_at(asio::steady_timer::time_point::max());
  }

  void run() {
    asio::co_spawn(
        pause_.get_executor(),
        [self = shared_from_this()]() -> awaitable<void> { co_await self->stay(); },
        asio::detached);
  }

  void stop() {
    stopped_ = true;
    pause_.cancel();
    channel_.shutdown();
    tell(not_there("withdrawn"));
  }

  const status& state() const noexcept { return state_; }

  awaitable<status> first_word() {
    const auto self = shared_from_this();
    while (!told_) {
      std::error_code ignored;
      co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return state_;
  }

  awaitable<status> withdraw() {
    const auto self = shared_from_this();
    stopped_ = true;
    pause_.cancel();
    status end;
    if (const auto id = std::exchange(id_, 0); id != 0) {
      etcdserverpb::LeaseRevokeRequest request;
      request.set_id(id);
      const auto [ended, revoked] =
          co_await Lease::stub(channel_).LeaseRevoke(request, in(timeout_));
      end = ended;
    }
    stop();
    co_return end;
  }

 private:
  awaitable<void> stay() {
    while (!stopped_) {
      const status why = co_await register_and_renew();
      if (stopped_) break;
      tell(why);
      co_await wait(backoff_.next());
    }
  }

  /// Until something fails.
  awaitable<status> register_and_renew() {
    etcdserverpb::LeaseGrantRequest lease;
    lease.set_ttl(entry_.time_to_live.count());
    const auto [end, granted] = co_await Lease::stub(channel_).LeaseGrant(lease, in(timeout_));
    if (!end.ok()) co_return end;
    if (!granted.error().empty()) co_return not_there("etcd gives no lease: " + granted.error());
    id_ = granted.id();

    etcdserverpb::PutRequest put;
    put.set_key(key_of_server(entry_.service, entry_.address));
    put.set_value(value_of_server(entry_.address));
    put.set_lease(id_);
    const auto [put_end, done] = co_await KV::stub(channel_).Put(put, in(timeout_));
    if (!put_end.ok()) co_return put_end;
    backoff_.reset();
    tell({});

    while (!stopped_) {
      co_await wait(beat());
      if (stopped_) break;
      const status renewed = co_await renew();
      if (!renewed.ok()) co_return renewed;
    }
    co_return status();
  }

  awaitable<status> renew() {
    auto call = Lease::stub(channel_).LeaseKeepAlive(in(std::min(timeout_, beat())));
    etcdserverpb::LeaseKeepAliveRequest request;
    request.set_id(id_);
    co_await call.write(request);
    call.writes_done();
    const auto answer = co_await call.read();
    const status end = co_await call.finish();
    if (answer && answer->ttl() > 0) co_return status();
    if (!end.ok()) co_return end;
    co_return not_there("etcd has let the lease run out");
  }

  static call_options in(std::chrono::milliseconds time) {
    call_options options;
    options.deadline = time;
    return options;
  }
  std::chrono::milliseconds beat() const {
    return std::chrono::milliseconds(entry_.time_to_live) / 3;
  }

  awaitable<void> wait(std::chrono::milliseconds time) {
    pause_.expires_after(time);
    std::error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void tell(status now) {
    state_ = std::move(now);
    told_ = true;
    changed_.cancel();
  }

  etcd_entry entry_;
  std::chrono::milliseconds timeout_;
  backoff backoff_;
  asio::steady_timer pause_;
  asio::steady_timer changed_;  // cancelled when there is news
  channel channel_;
  std::int64_t id_ = 0;  // of the last lease; 0: none yet
  status state_ = not_there("not yet");
  bool told_ = false;
  bool stopped_ = false;
};

}  // namespace detail

etcd_registration::etcd_registration(asio::any_io_executor executor, etcd_entry entry,
                                     etcd_settings settings)
    : lease_(
          std::make_shared<detail::etcd_lease>(executor, std::move(entry), std::move(settings))) {
  lease_->run();
}

etcd_registration::~etcd_registration() {
  lease_->stop();
}

status etcd_registration::state() const {
  return lease_->state();
}

awaitable<status> etcd_registration::registered() {
  return lease_->first_word();
}

awaitable<status> etcd_registration::withdraw() {
  return lease_->withdraw();
}

}  // namespace grpcwire
