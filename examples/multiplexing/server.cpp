// A server whose handlers block a thread each. Try: multiplexing_server --workers 3
#include <chrono>
#include <cstddef>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "assistant.grpcwire.hpp"

namespace {

/// Its handlers are plain functions on threads of a worker_pool: what would be wrong in a
/// coroutine, such as a sleep or a query of a database that does not return, is right here.
class sleeper final : public AssistantService::blocking_service {
 public:
  explicit sleeper(double time_scale) : time_scale_(time_scale) {}

  grpcwire::result<ChatMessage> ChillA(grpcwire::server_context& context,
                                       ChatMessage request) override {
    return sleep("A", 5.0, context, request);
  }
  grpcwire::result<ChatMessage> ChillB(grpcwire::server_context& context,
                                       ChatMessage request) override {
    return sleep("B", 3.0, context, request);
  }

 private:
  grpcwire::result<ChatMessage> sleep(const std::string& kind, double seconds,
                                      grpcwire::server_context& context,
                                      const ChatMessage& request) {
    const std::string name = kind + " " + std::to_string(request.id());
    if (context.cancelled()) {  // its caller has left while it waited for a thread
      return grpcwire::status(grpcwire::status_code::cancelled);
    }
    context.send_initial_metadata();  // HEADERS now, so that the caller sees when its turn came
    log(name + " begins", +1);
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds * time_scale_));
    log(name + " ends", -1);
    ChatMessage reply;
    reply.set_id(request.id());
    reply.set_message(name + " has slept");
    return reply;
  }

  void log(const std::string& what, int change) {
    const std::lock_guard lock(mutex_);  // blocking handlers run at the same time
    busy_ += change;
    std::cout << what << ", workers busy: " << busy_ << std::endl;
  }

  double time_scale_;
  std::mutex mutex_;
  int busy_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Sleeps for its callers: ChillA for 5 seconds, ChillB for 3, a thread for each."};
  int port = 50051;
  std::size_t workers = 10;
  double time_scale = 1;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  app.add_option("--workers", workers, "threads for handlers")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--time-scale", time_scale, "sleeps times this")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context
      io;  // run by this thread alone: it moves all bytes and never waits for a handler
  grpcwire::worker_pool pool(workers);
  sleeper service(time_scale);
  grpcwire::server server{io};
  server.add(service, pool);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: calls may finish for ten seconds
  signals.async_wait(
      [&](auto, int) { server.shutdown(std::chrono::seconds(10), [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
