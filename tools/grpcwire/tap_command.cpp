#include "tap_command.hpp"

#include <csignal>
#include <cstdio>
#include <optional>
#include <system_error>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include "exit_code.hpp"
#include "file_content.hpp"
#include "host_port.hpp"
#include "recording/pcapng.hpp"
#include "recording/recorder.hpp"
#include "tap.hpp"

namespace grpcwire::tools {
namespace {

// Somebody watches a tap, and stops it in time.
constexpr std::size_t bytes_recorded_max = std::size_t{256} << 20;

int write_capture(const tap_arguments& arguments, std::uint16_t server_port, recorder& recorded) {
  const auto key_log = read_file(arguments.key_log_file);
  if (!key_log) {
    fmt::print(stderr, "grpcwire: cannot read {}: {}; the capture has no keys\n",
               arguments.key_log_file, key_log.error().message());
  }
  const auto problem =
      write_pcapng(arguments.pcapng_file, recorded.take(), key_log ? *key_log : "");
  if (problem) {
    fmt::print(stderr, "grpcwire: {}\n", *problem);
  } else {
    // TLS says with ALPN what is inside; in plaintext nothing does.
    fmt::print("wrote {}; to read plaintext calls: tshark -r {} -d tcp.port=={},http2\n",
               arguments.pcapng_file, arguments.pcapng_file, server_port);
  }
  return problem || !key_log ? exit_failed : exit_fine;
}

}  // namespace

int run_tap(const tap_arguments& arguments) {
  const auto listen = parse_host_port(arguments.listen);
  const auto to = parse_host_port(arguments.to);
  for (const auto* address : {&listen, &to}) {
    if (*address) continue;
    fmt::print(stderr, "grpcwire: {}\n", address->error());
    return exit_usage;
  }
  asio::io_context io;
  const bool capture = !arguments.pcapng_file.empty();
  recorder recorded(*to, bytes_recorded_max);
  tap proxy(io,
            {*listen, *to, arguments.explain, arguments.save_prefix, capture ? &recorded : nullptr},
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
  return capture ? write_capture(arguments, to->port, recorded) : exit_fine;
}

}  // namespace grpcwire::tools
