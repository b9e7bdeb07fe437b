#include "server_process.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <regex>
#include <system_error>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <fmt/format.h>

#include "log_text.hpp"
#include "run_settings.hpp"
#include "waiting.hpp"

namespace grpcwire::tools {
namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

// A bound socket: nobody else gets its port, except who asks for it with SO_REUSEADDR, as servers
// do. Connections to it are refused.
class reserved_port {
 public:
  explicit reserved_port(const asio::any_io_executor& executor) : socket_(executor) {
    socket_.open(tcp::v4());
    socket_.set_option(tcp::socket::reuse_address(true));
    socket_.bind({asio::ip::make_address(loopback), 0});
  }
  std::uint16_t number() const { return socket_.local_endpoint().port(); }

 private:
  tcp::socket socket_;
};

asio::awaitable<bool> takes_connections(std::uint16_t port) {
  tcp::socket probe(co_await asio::this_coro::executor);
  std::error_code error;
  const tcp::endpoint address(asio::ip::make_address(loopback), port);
  co_await probe.async_connect(address, asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

// The port in the first line that has one; 0 while there is none.
std::uint16_t port_in(const std::string& log, const std::string& pattern) {
  const std::regex wanted(pattern);
  std::smatch found;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = log.find('\n', at);
    if (end == std::string::npos) break;  // the line may not be complete
    const std::string line = log.substr(at, end - at);
    if (std::regex_search(line, found, wanted)) {
      const unsigned long number = std::strtoul(found[1].str().c_str(), nullptr, 10);
      if (number > 0 && number < 65'536) return static_cast<std::uint16_t>(number);
    }
    at = end + 1;
  }
  return 0;
}

asio::awaitable<std::string> wait_until_ready(server_process& server, std::uintmax_t log_start) {
  constexpr std::size_t log_max = 65'536;
  const program& what = *server.what;
  const auto until = clock::now() + what.ready_limit;
  while (clock::now() < until) {
    if (const auto death = server.death()) {
      co_return fmt::format("{}, before it was ready: {}", *death,
                            last_line(read_tail(server.log, log_start, log_max)));
    }
    bool ready = false;
    if (what.ready_line.empty()) {
      ready = co_await takes_connections(server.port);
    } else {
      server.port = port_in(read_tail(server.log, log_start, log_max), what.ready_line);
      ready = server.port != 0;
    }
    if (ready) co_return std::string();
    co_await pause(look_interval);
  }
  co_return fmt::format(
      "the {} was not ready within {} s: {}", server.name, what.ready_limit.count(),
      what.ready_line.empty() ? fmt::format("nothing listens on port {}", server.port)
                              : fmt::format("it printed no line with /{}/", what.ready_line));
}

}  // namespace

std::optional<std::string> server_process::death() {
  const auto ended = child.poll();
  if (!ended) return std::nullopt;
  return fmt::format("the {} ended with {}", name, ended->words());
}

asio::awaitable<started_server> start_server(program_start& how, const std::string& name) {
  std::optional<reserved_port> reserved;
  std::string problem;
  std::unique_ptr<server_process> server;
  std::uintmax_t log_start = 0;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  try {
    if (how.what->ready_line.empty()) reserved.emplace(executor);
    const std::uint16_t port = reserved ? reserved->number() : std::uint16_t{0};
    how.values["port"] = std::to_string(port);
    write_files(how);
    const launch l = make_launch(how);
    log_start = size_of(l.log);
    auto child = child_process::start(l);
    if (child) {
      server = std::make_unique<server_process>(
          server_process{std::move(*child), how.what, name, port, l.log, {}});
    } else {
      problem = child.error();
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (server) problem = co_await wait_until_ready(*server, log_start);
  if (!problem.empty()) co_return started_server(std::move(problem));
  how.values["port"] = std::to_string(server->port);  // so that the command works when pasted
  server->command = command_line(how);
  co_return started_server(std::move(server));
}

}  // namespace grpcwire::tools
