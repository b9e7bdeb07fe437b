// interop_server: grpc.testing.TestService for any client, until it is told to stop.
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include <grpcwire/rpc/server.hpp>

#include "credentials.hpp"
#include "reconnect_service.hpp"
#include "server_flags.hpp"
#include "test_service.hpp"

namespace grpcwire::interop {
namespace {

void report(const connection_failure& failure) {
  fmt::print(stderr, "interop_server: connection from {}: {}{}{}\n", failure.peer, failure.text,
             failure.advice.empty() ? "" : "; ", failure.advice);
}

/// What the test of connection back-off needs besides. Throws when an address cannot be had.
class reconnect_server {
 public:
  reconnect_server(asio::io_context& io, const server_flags& flags)
      : service_(io.get_executor()), control_(io, {.threads = threading::one}) {
    control_.add(service_);
    const auto address = control_.listen(flags.address(*flags.control_port));
    if (!address) throw std::runtime_error(address.error().message());
    const bool v6 = flags.addresses == address_type::ipv6;
    const auto host = v6 ? asio::ip::address(asio::ip::address_v6::loopback())
                         : asio::ip::address(asio::ip::address_v4::any());
    const std::string retry = service_.listen({host, *flags.retry_port});
    fmt::print("control on {}\nretry on {}\n", *address, retry);
  }
  void shut_down() {
    service_.shut_down();
    control_.shutdown(std::chrono::seconds(1), [](const status&) {});
  }

 private:
  reconnect_service service_;
  server control_;
};

int run(int argc, char** argv) {
  server_flags flags;
  const parse_outcome parsed = parse_server_flags(argc, argv, flags);
  if (!parsed.go_on) return parsed.exit_code;

  asio::io_context io(1);
  test_service service;
  server_options options{.threads = threading::one};
  options.session.max_concurrent_streams = flags.max_concurrent_streams;
  options.credentials = make_credentials(flags.tls);
  options.on_connection_failed = report;
  server server{io, std::move(options)};
  server.add(service);
  server.add(service.load());
  std::optional<reconnect_server> reconnect;
  if (flags.control_port) reconnect.emplace(io, flags);
  const auto address = server.listen(flags.address());
  if (!address) {
    fmt::print(stderr, "interop_server: {}\n", address.error().message());
    return 1;
  }
  service.set_server_id(*address);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) {
    if (reconnect) reconnect->shut_down();
    server.shutdown(std::chrono::seconds(1), [](const status&) {});
  });
  fmt::print("listening on {}\n", *address);
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace
}  // namespace grpcwire::interop

int main(int argc, char** argv) {
  try {
    return grpcwire::interop::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "interop_server: {}\n", error.what());
    return 1;
  }
}
