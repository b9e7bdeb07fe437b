#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/backoff.hpp>
#include <grpcwire/rpc/target.hpp>
#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/socket_stream.hpp>

namespace grpcwire::detail {
namespace {

using transport::io::host_port;
using clock = std::chrono::steady_clock;

/// Kept alive by what it waits for; the resolver ends it.
class lookup final : public std::enable_shared_from_this<lookup> {
 public:
  lookup(const asio::any_io_executor& executor, host_port name, std::chrono::milliseconds interval,
         const backoff_settings& pace, resolver::listener tell)
      : name_(std::move(name)),
        interval_min_(interval),
        backoff_(pace, std::random_device{}()),
        tell_(std::move(tell)),
        names_(executor),
        timer_(executor) {}

  void run() {
    if (std::exchange(running_, true)) return;
    names_.async_resolve(name_.host, std::to_string(name_.port),
                         asio::ip::tcp::resolver::numeric_service,
                         [self = shared_from_this()](std::error_code error, const auto& results) {
                           self->found(error, results);
                         });
  }

  /// Not sooner than the interval allows.
  void run_again() {
    if (running_ || std::exchange(planned_, true)) return;
    run_at(last_ + interval_min_);
  }

  void stop() {
    tell_ = nullptr;
    timer_.cancel();
    names_.cancel();
  }

 private:
  void run_at(clock::time_point when) {
    timer_.expires_at(when);
    timer_.async_wait([self = shared_from_this()](std::error_code error) {
      self->planned_ = false;
      if (!error && self->tell_) self->run();
    });
  }

  void found(std::error_code error, const asio::ip::tcp::resolver::results_type& results) {
    running_ = false;
    last_ = clock::now();
    if (!tell_) return;
    if (error || results.empty()) {
      planned_ = true;
      run_at(last_ + backoff_.next());
      tell_(codec::unexpected{codec::status(
          codec::status_code::unavailable,
          {.message = "the name \"" + name_.host + "\" has no address: " + error.message(),
           .origin = codec::status_origin::transport,
           .phase = codec::call_phase::connecting,
           .address = to_string(name_),
           .advice = "check the name of the server"})});
      return;
    }
    backoff_.reset();
    resolution answer;
    for (const auto& entry : results) {
      answer.endpoints.push_back({.addresses = {transport::io::address_text(entry.endpoint())}});
    }
    tell_(std::move(answer));
  }

  host_port name_;
  std::chrono::milliseconds interval_min_;
  backoff backoff_;
  resolver::listener tell_;  // null when nobody wants to know any more
  asio::ip::tcp::resolver names_;
  asio::steady_timer timer_;
  clock::time_point last_{};
  bool running_ = false;
  bool planned_ = false;
};

class dns_resolver final : public resolver {
 public:
  dns_resolver(host_port name, std::chrono::milliseconds interval_min, const backoff_settings& pace)
      : name_(std::move(name)), interval_min_(interval_min), pace_(pace) {}
  ~dns_resolver() override {
    if (lookup_) lookup_->stop();
  }
  dns_resolver(const dns_resolver&) = delete;
  dns_resolver& operator=(const dns_resolver&) = delete;

  void start(const asio::any_io_executor& executor, listener tell) override {
    lookup_ = std::make_shared<lookup>(executor, name_, interval_min_, pace_, std::move(tell));
    lookup_->run();
  }
  void resolve_again() override { lookup_->run_again(); }

 private:
  host_port name_;
  std::chrono::milliseconds interval_min_;
  backoff_settings pace_;
  std::shared_ptr<lookup> lookup_;
};

}  // namespace

std::unique_ptr<resolver> make_dns_resolver(host_port name, std::chrono::milliseconds interval_min,
                                            const backoff_settings& pace) {
  return std::make_unique<dns_resolver>(std::move(name), interval_min, pace);
}

}  // namespace grpcwire::detail
