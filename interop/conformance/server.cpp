// conformance_server: the server under test of connectrpc's conformance suite. It is told on its
// standard input what to be, answers on its standard output where it listens, and serves until
// SIGTERM.
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include <grpcwire/rpc/channel.hpp>  // clang wants it before server.hpp
#include <grpcwire/rpc/server.hpp>
#include <grpcwire/transport/io/tls.hpp>

#include "connectrpc/conformance/v1/server_compat.pb.h"
#include "delimited.hpp"
#include "service.hpp"

namespace grpcwire::conformance {
namespace {

void report(const connection_failure& failure) {
  fmt::print(stderr, "conformance_server: connection from {}: {}{}{}\n", failure.peer, failure.text,
             failure.advice.empty() ? "" : "; ", failure.advice);
}

std::shared_ptr<const server_credentials> credentials_of(const suite::ServerCompatRequest& wish) {
  if (!wish.use_tls()) return nullptr;
  transport::io::tls_server_settings settings;
  settings.identity.certificate_chain_pem = wish.server_creds().cert();
  settings.identity.private_key_pem = wish.server_creds().key();
  if (!wish.client_tls_cert().empty()) {
    settings.clients = transport::io::client_check::required;
    settings.client_roots_pem = wish.client_tls_cert();
  }
  auto made = transport::io::tls_server_credentials::make(std::move(settings));
  if (!made) throw std::runtime_error(made.error());
  return *std::move(made);
}

server_options options_of(const suite::ServerCompatRequest& wish) {
  if (wish.protocol() != suite::PROTOCOL_GRPC || wish.http_version() != suite::HTTP_VERSION_2) {
    throw std::runtime_error("only gRPC over HTTP/2 is served; look at `features` of the config");
  }
  server_options options{.threads = threading::one};
  options.credentials = credentials_of(wish);
  options.on_connection_failed = report;
  if (wish.message_receive_limit() != 0) {
    options.max_receive_message_size = wish.message_receive_limit();
  }
  return options;
}

suite::ServerCompatResponse start(server& s, conformance_service& service,
                                  const suite::ServerCompatRequest& wish) {
  s.add(service);
  const auto address = s.listen("127.0.0.1:0");
  if (!address) throw std::runtime_error(address.error().message());
  suite::ServerCompatResponse response;
  response.set_host("127.0.0.1");
  response.set_port(
      static_cast<std::uint32_t>(std::stoul(address->substr(address->rfind(':') + 1))));
  response.set_pem_cert(wish.server_creds().cert());
  return response;
}

int run() {
  asio::io_context io(1);
  conformance_service service;
  std::optional<server> running;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) {
    if (!running) return io.stop();
    running->shutdown(std::chrono::seconds(1), [](const status&) {});
  });
  const auto begin = [&]() -> awaitable<void> {
    auto input = standard_input(io.get_executor());
    suite::ServerCompatRequest wish;
    const bool told = co_await read_message(input, wish);
    if (!told) throw std::runtime_error("the input ends before it says what to be");
    running.emplace(io, options_of(wish));
    write_message(start(*running, service, wish));
  };
  asio::co_spawn(io, begin, [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
  io.run();
  return 0;
}

}  // namespace
}  // namespace grpcwire::conformance

int main() {
  try {
    return grpcwire::conformance::run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "conformance_server: {}\n", error.what());
    return 1;
  }
}
