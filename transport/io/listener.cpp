#include "listener.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <asio/basic_socket_acceptor.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/transport/io/socket_error.hpp>
#include <grpcwire/transport/io/socket_stream.hpp>

namespace grpcwire::transport::io {
namespace {

using tcp = asio::ip::tcp;
using local = asio::local::stream_protocol;
using namespace std::chrono_literals;

bool out_of_descriptors(std::error_code asio_error) {
  const std::error_code error = comparable(asio_error);
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system ||
         error == std::errc::not_enough_memory || error == std::errc::no_buffer_space;
}

/// What outlives the listener object until the last accept has come back. The lock lets close() be
/// called on any thread, so that the address is free when it returns.
template <class Protocol>
struct accept_loop : std::enable_shared_from_this<accept_loop<Protocol>> {
  using socket_type = typename Protocol::socket;

  explicit accept_loop(const asio::any_io_executor& executor)
      : acceptor(executor), timer(executor) {}

  void next() {
    const asio::any_io_executor executor = executors();
    const std::lock_guard lock(mutex);
    if (!acceptor.is_open()) return;
    acceptor.async_accept(
        executor, [self = this->shared_from_this()](std::error_code error, socket_type socket) {
          self->accepted(error, std::move(socket));
        });
  }

  void accepted(std::error_code error, socket_type socket) {
    if (!is_open() || error == asio::error::operation_aborted) return;
    if (!error) {
      pause = 10ms;
      accept(make_byte_stream(std::move(socket)));
      return next();
    }
    if (!out_of_descriptors(error)) return next();  // the client gave up before it was accepted
    wait();
  }

  void wait() {
    const std::lock_guard lock(mutex);
    if (!acceptor.is_open()) return;
    timer.expires_after(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, 1000ms);
    timer.async_wait([self = this->shared_from_this()](std::error_code stopped) {
      if (!stopped) self->next();
    });
  }

  bool is_open() {
    const std::lock_guard lock(mutex);
    return acceptor.is_open();
  }

  void close() {
    const std::lock_guard lock(mutex);
    std::error_code ignored;
    acceptor.close(ignored);
    timer.cancel();
  }

  std::mutex mutex;  // acceptor and timer
  asio::basic_socket_acceptor<Protocol> acceptor;
  asio::steady_timer timer;
  std::chrono::milliseconds pause = 10ms;
  listener::executor_source executors;
  listener::accept_handler accept;
};

template <class Protocol>
class socket_listener final : public listener {
 public:
  explicit socket_listener(const asio::any_io_executor& executor)
      : loop_(std::make_shared<accept_loop<Protocol>>(executor)) {}
  ~socket_listener() override { close(); }

  void start(executor_source executors, accept_handler accept) override {
    loop_->executors = std::move(executors);
    loop_->accept = std::move(accept);
    loop_->next();
  }

  void close() override {
    if (!loop_->is_open()) return;
    loop_->close();
    if (!unlink_path.empty()) ::unlink(unlink_path.c_str());
  }

  void abandon() override {
    unlink_path.clear();
    close();
  }

  const std::string& local_address() const override { return address_text; }

  /// Opens, binds and listens. `prepare` sets options before bind().
  template <class Prepare>
  std::error_code open(const typename Protocol::endpoint& at, int backlog, Prepare prepare) {
    std::error_code error;
    auto& acceptor = loop_->acceptor;
    acceptor.open(at.protocol(), error);
    if (!error) prepare(acceptor);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(backlog, error);
    return error;
  }
  auto& acceptor() { return loop_->acceptor; }

  std::string address_text;
  std::string unlink_path;

 private:
  std::shared_ptr<accept_loop<Protocol>> loop_;
};

using opened = codec::result<std::unique_ptr<listener>, std::string>;

std::string failure(const address& at, const std::string& why) {
  return "cannot listen on " + to_string(at) + ": " + why;
}

codec::result<asio::ip::address, std::string> bind_address(const std::string& host) {
  if (host == "localhost") return asio::ip::address(asio::ip::address_v4::loopback());
  std::error_code error;
  const auto parsed = asio::ip::make_address(host, error);
  if (error) {
    return codec::unexpected{"\"" + host +
                             "\" is no IP address; use [::], 0.0.0.0, localhost or an address of "
                             "this machine"};
  }
  return parsed;
}

std::string bound_address(const tcp::acceptor& acceptor) {
  std::error_code ignored;
  const auto endpoint = acceptor.local_endpoint(ignored);
  return address_text(endpoint);
}

std::string bound_address(const local::acceptor& acceptor) {
  std::error_code ignored;
  return to_string(address(unix_path{acceptor.local_endpoint(ignored).path()}));
}

template <class Protocol>
opened adopt_as(const asio::any_io_executor& executor, const Protocol& protocol,
                descriptor listening) {
  auto made = std::make_unique<socket_listener<Protocol>>(executor);
  std::error_code error;
  made->acceptor().assign(protocol, listening.get(), error);
  if (error) {
    return codec::unexpected{"cannot listen on descriptor " + std::to_string(listening.get()) +
                             ": " + error.message()};
  }
  listening.release();
  made->address_text = bound_address(made->acceptor());
  return std::unique_ptr<listener>(std::move(made));
}

opened open_tcp(const asio::any_io_executor& executor, const host_port& at,
                const listen_settings& settings) {
  const auto host = bind_address(at.host);
  if (!host) return codec::unexpected{failure(at, host.error())};
  auto made = std::make_unique<socket_listener<tcp>>(executor);
  const auto error = made->open({*host, at.port}, settings.backlog, [&](auto& acceptor) {
    std::error_code ignored;
    acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
    if (host->is_v6()) acceptor.set_option(asio::ip::v6_only(settings.ipv6_only), ignored);
    if (settings.reuse_port) {
      const int on = 1;
      ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    set_user_timeout(acceptor.native_handle(), settings.tcp_user_timeout);
  });
  if (error) {
    const bool taken = comparable(error) == std::errc::address_in_use;
    return codec::unexpected{
        failure(at, taken ? "the port is taken; stop the other program or choose another port"
                          : error.message())};
  }
  made->address_text = bound_address(made->acceptor());
  return std::unique_ptr<listener>(std::move(made));
}

/// True when the file is a socket that nobody listens on any more.
bool is_stale(const std::string& path, const asio::any_io_executor& executor) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  std::error_code error;
  local_socket probe(executor);
  probe.connect(local::endpoint(path), error);
  return comparable(error) == std::errc::connection_refused;
}

opened open_local(const asio::any_io_executor& executor, const unix_path& at,
                  const listen_settings& settings) {
  const bool abstract = at.path.starts_with('\0');
  if (!abstract && is_stale(at.path, executor)) ::unlink(at.path.c_str());
  auto made = std::make_unique<socket_listener<local>>(executor);
  const auto error = made->open(local::endpoint(at.path), settings.backlog, [](auto&) {});
  if (error) {
    const bool taken = comparable(error) == std::errc::address_in_use;
    return codec::unexpected{
        failure(at, taken ? "something is there already; remove it or choose another path"
                          : error.message())};
  }
  made->address_text = to_string(address(at));
  if (!abstract) made->unlink_path = at.path;
  return std::unique_ptr<listener>(std::move(made));
}

}  // namespace

opened listener::adopt(asio::any_io_executor executor, descriptor listening) {
  if (auto why = why_not_listening(listening)) return codec::unexpected{*std::move(why)};
  switch (address_family(listening)) {
    case AF_INET:
      return adopt_as(executor, tcp::v4(), std::move(listening));
    case AF_INET6:
      return adopt_as(executor, tcp::v6(), std::move(listening));
    case AF_UNIX:
      return adopt_as(executor, local(), std::move(listening));
    default:
      return codec::unexpected{"descriptor " + std::to_string(listening.get()) +
                               " is neither a TCP nor a Unix-domain socket"};
  }
}

opened listener::open(asio::any_io_executor executor, const address& at,
                      const listen_settings& settings) {
  if (const auto* path = std::get_if<unix_path>(&at)) return open_local(executor, *path, settings);
  return open_tcp(executor, std::get<host_port>(at), settings);
}

}  // namespace grpcwire::transport::io
