// A server that counts until the client leaves. Try: counter_server
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <limits>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/server.hpp>

#include "counter.grpcwire.hpp"

namespace {

/// 2026-11-22 08:15:00
std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local));
}

/// Lives as long as one request is served, and logs its beginning and its end.
class request_log {
 public:
  request_log(int number, const std::string& peer) : name_("request " + std::to_string(number)) {
    std::cout << name_ << ": begins for " << peer << std::endl;
  }
  ~request_log() {
    std::cout << name_ << ": cancelled after " << lines << (lines == 1 ? " line" : " lines")
              << std::endl;
  }
  request_log(const request_log&) = delete;
  request_log& operator=(const request_log&) = delete;

  int lines = 0;

 private:
  std::string name_;
};

class counting final : public counter::Counter::service {
  using replies = grpcwire::server_call<counter::CountRequest, counter::CountReply>;

  grpcwire::awaitable<grpcwire::status> Count(grpcwire::server_context& context,
                                              counter::CountRequest request,
                                              replies& call) override {
    if (!(request.step() > 0 && request.step() <= longest_step)) {
      co_return grpcwire::status(grpcwire::status_code::invalid_argument,
                                 "step has to be a number of seconds above 0, up to a day");
    }
    const auto step = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(request.step()));
    request_log log(++requests_, context.peer());
    asio::steady_timer tick(context.executor());
    for (std::int64_t n = request.from();; ++n) {
      counter::CountReply reply;
      reply.set_line(time_now() + ": count=" + std::to_string(n));
      const auto written = co_await call.write(std::move(reply));
      if (written) ++log.lines;
      if (n == std::numeric_limits<std::int64_t>::max()) break;
      // When the client leaves, whatever a handler waits for ends at that moment, by an exception:
      // no need to look whether the call still is there. `log` goes and says so.
      tick.expires_after(step);
      co_await tick.async_wait(asio::use_awaitable);
    }
    co_return grpcwire::status(grpcwire::status_code::out_of_range, "there is no larger number");
  }

  static constexpr double longest_step = 86'400;
  int requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Counts up for each client until that leaves."};
  int port = 50051;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  counting service;
  grpcwire::server server{io};
  server.add(service);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.stop(); });  // these calls would never finish
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
