// A client that makes several calls at the same time over one connection, and draws what happened.
// Try: multiplexing_client -a 2 -b 2
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "assistant.grpcwire.hpp"
#include "picture.hpp"

int main(int argc, char** argv) {
  CLI::App app{"Calls ChillA and ChillB several times at once and draws the streams over time."};
  std::string address = "localhost:50051";
  int a = 1;
  int b = 1;
  double deadline = 60;
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("-a", a, "calls of ChillA, 5 seconds each")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("-b", b, "calls of ChillB, 3 seconds each")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--deadline", deadline, "seconds, of each call")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  const auto picture = std::make_shared<stream_picture>();
  grpcwire::channel_options options;
  options.trace = picture;  // sees every frame of every connection
  grpcwire::channel channel{io, address, options};
  AssistantService::stub assistant{channel};

  const auto start = std::chrono::steady_clock::now();
  const auto time = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  asio::signal_set signals(io, SIGINT, SIGTERM);
  int running = a + b;
  int failed = 0;
  bool left = false;
  const auto ended = [&](const grpcwire::status& status, const ChatMessage& reply) {
    if (status.ok()) {
      std::printf("%6.2f s  %s\n", time(), reply.message().c_str());
    } else if (!left) {
      ++failed;
      std::fprintf(stderr, "%6.2f s  %s\n", time(), describe(status).c_str());
    }
    std::fflush(stdout);
    if (--running == 0) {
      signals.cancel();
      channel.shutdown();  // or the connection would keep the loop running
    }
  };

  // None of these waits for the others: each call is a stream of its own, and the frames of all
  // streams take turns on the wire.
  for (int id = 1; id <= a + b; ++id) {
    ChatMessage request;
    request.set_id(id <= a ? id : id - a);
    request.set_message("please");
    grpcwire::call_options how;
    how.deadline = std::chrono::duration<double>(deadline);
    if (id <= a) {
      assistant.ChillA(request, how, ended);
    } else {
      assistant.ChillB(request, how, ended);
    }
  }
  signals.async_wait([&](const asio::error_code& error, int) {  // Ctrl+C
    if (error) return;
    left = true;
    channel.shutdown();  // ends the calls
  });
  io.run();
  picture->print();
  return failed == 0 ? 0 : 1;
}
