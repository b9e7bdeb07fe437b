#include "tap_command.hpp"

#include <csignal>
#include <cstdio>
#include <system_error>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include "exit_code.hpp"
#include "host_port.hpp"
#include "tap.hpp"

namespace grpcwire::tools {

int run_tap(const tap_arguments& arguments) {
  const auto listen = parse_host_port(arguments.listen);
  const auto to = parse_host_port(arguments.to);
  for (const auto* address : {&listen, &to}) {
    if (*address) continue;
    fmt::print(stderr, "grpcwire: {}\n", address->error());
    return exit_usage;
  }
  asio::io_context io;
  tap proxy(io, {*listen, *to, arguments.explain, arguments.save_prefix},
            [](std::string_view text) {
              std::fwrite(text.data(), 1, text.size(), stdout);
              std::fflush(stdout);
            });
  if (const auto problem = proxy.start()) {
    fmt::print(stderr, "grpcwire: {}\n", *problem);
    return exit_failed;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&proxy](std::error_code error, int) {
    if (!error) proxy.stop();
  });
  fmt::print("listening on {}, passing on to {}; Ctrl+C ends\n",
             to_string(host_port{listen->host, proxy.port()}), to_string(*to));
  std::fflush(stdout);
  io.run();
  return exit_fine;
}

}  // namespace grpcwire::tools
