#include "etcd_resolver.hpp"

#include <map>
#include <memory>
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
namespace {

using codec::call_phase;
using codec::status_origin;
using etcdserverpb::KV;
using etcdserverpb::Watch;

/// Kept alive by what it waits for; the resolver ends it.
class etcd_watcher final : public std::enable_shared_from_this<etcd_watcher> {
 public:
  etcd_watcher(const asio::any_io_executor& executor, const etcd_settings& settings,
               const std::string& service, resolver::listener tell)
      : service_(service),
        keys_(keys_of_service(service)),
        timeout_(settings.timeout),
        tell_(std::move(tell)),
        backoff_(settings.channel.backoff, std::random_device{}()),
        pause_(executor),
        channel_(executor, settings.target, settings.channel) {}

  void run() {
    asio::co_spawn(
        pause_.get_executor(),
        [self = shared_from_this()]() -> awaitable<void> { co_await self->stay(); },
        asio::detached);
  }

  void stop() {
    tell_ = nullptr;
    pause_.cancel();
    channel_.shutdown();
  }

 private:
  awaitable<void> stay() {
    while (tell_) {
      const status why = co_await follow();
      if (!tell_) break;
      tell_(codec::unexpected{explained(why)});
      pause_.expires_after(backoff_.next());
      std::error_code ignored;
      co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  /// Until something fails.
  awaitable<status> follow() {
    etcdserverpb::RangeRequest all;
    all.set_key(keys_.begin);
    all.set_range_end(keys_.end);
    call_options in_time;
    in_time.deadline = timeout_;
    const auto [end, found] = co_await KV::stub(channel_).Range(all, in_time);
    if (!end.ok()) co_return end;
    values_.clear();
    for (const auto& one : found.kvs()) values_[one.key()] = one.value();
    publish();

    auto watch = Watch::stub(channel_).Watch();
    etcdserverpb::WatchRequest wanted;
    auto& what = *wanted.mutable_create_request();
    what.set_key(keys_.begin);
    what.set_range_end(keys_.end);
    what.set_start_revision(found.header().revision() + 1);
    co_await watch.write(wanted);
    for (;;) {
      const auto news = co_await watch.read();
      if (!news) co_return co_await watch.finish();
      if (news->canceled()) co_return cancelled(*news);
      backoff_.reset();
      apply(*news);
    }
  }

  void apply(const etcdserverpb::WatchResponse& news) {
    if (news.events().empty()) return;
    for (const auto& event : news.events()) {
      if (event.type() == mvccpb::Event::DELETE) {
        values_.erase(event.kv().key());
      } else {
        values_[event.kv().key()] = event.kv().value();
      }
    }
    publish();
  }

  void publish() {
    if (!tell_) return;
    resolution answer;
    std::string bad;
    for (const auto& [key, value] : values_) {
      if (auto address = address_in(value)) {
        answer.endpoints.push_back({.addresses = {*std::move(address)}});
      } else {
        bad = key;
      }
    }
    if (!answer.endpoints.empty()) return tell_(std::move(answer));
    tell_(codec::unexpected{failure(
        bad.empty() ? "etcd knows no server of \"" + service_ + '"'
                    : "what etcd has under \"" + bad + "\" is no address of a server",
        bad.empty() ? "start one that registers there, or see: etcdctl get --prefix " + keys_.begin
                    : "put host:port there")});
  }

  status failure(std::string message, std::string advice) const {
    return status(status_code::unavailable, {.message = std::move(message),
                                             .origin = status_origin::transport,
                                             .phase = call_phase::connecting,
                                             .address = channel_.target(),
                                             .advice = std::move(advice)});
  }
  status explained(const status& why) const {
    return failure("etcd did not say where \"" + service_ + "\" is: " + why.message(),
                   "check that etcd runs and is reached at " + channel_.target())
        .caused_by(why);
  }
  status cancelled(const etcdserverpb::WatchResponse& news) const {
    return status(status_code::aborted, news.compact_revision() != 0
                                            ? "etcd has dropped the history that was asked for"
                                            : "the watch was cancelled: " + news.cancel_reason());
  }

  std::string service_;
  etcd_key_range keys_;
  std::chrono::milliseconds timeout_;
  resolver::listener tell_;  // null when nobody wants to know any more
  backoff backoff_;
  asio::steady_timer pause_;
  channel channel_;
  std::map<std::string, std::string> values_;  // by key: the order that clients share
};

class etcd_resolver final : public resolver {
 public:
  etcd_resolver(etcd_settings settings, std::string service)
      : settings_(std::move(settings)), service_(std::move(service)) {}
  ~etcd_resolver() override {
    if (watcher_) watcher_->stop();
  }
  etcd_resolver(const etcd_resolver&) = delete;
  etcd_resolver& operator=(const etcd_resolver&) = delete;

  void start(const asio::any_io_executor& executor, listener tell) override {
    watcher_ = std::make_shared<etcd_watcher>(executor, settings_, service_, std::move(tell));
    watcher_->run();
  }

 private:
  etcd_settings settings_;
  std::string service_;
  std::shared_ptr<etcd_watcher> watcher_;
};

}  // namespace
}  // namespace detail

channel_options etcd_settings::default_channel() {
  channel_options options;
  options.keepalive.time = std::chrono::seconds(30);
  return options;
}

resolver_scheme etcd_scheme(etcd_settings settings) {
  using made = codec::result<std::unique_ptr<resolver>, std::string>;
  return {.name = "etcd", .make = [settings = std::move(settings)](std::string_view rest) -> made {
            const auto slash = rest.starts_with("//") ? rest.find('/', 2) : std::string_view::npos;
            std::string_view service;
            if (slash != std::string_view::npos) service = rest.substr(slash + 1);
            if (service.empty() || service.ends_with('/')) {
              return made(codec::unexpected{
                  std::string("a target of etcd is etcd:///service or etcd://host:port/service")});
            }
            etcd_settings here = settings;
            if (slash > 2) here.target = rest.substr(2, slash - 2);
            return made(std::unique_ptr<resolver>(
                std::make_unique<detail::etcd_resolver>(std::move(here), std::string(service))));
          }};
}

}  // namespace grpcwire
