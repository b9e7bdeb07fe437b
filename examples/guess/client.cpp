// A client that guesses a number. Try: guess_client, or guess_client --auto
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "assistant.grpcwire.hpp"
#include "players.hpp"

namespace {

using game = grpcwire::call<GuessIntRequest, GuessIntResponse>;

/// How the call ended, and after how many guesses the number was found; 0: it was not.
struct outcome {
  grpcwire::status end;
  int guesses = 0;
};

grpcwire::awaitable<void> play(game& call, player& who, outcome& result) {
  bool found = false;
  int guesses = 0;
  while (!found) {
    const auto guess = co_await who.guess();
    if (!guess) break;
    GuessIntRequest request;
    request.set_guess(*guess);
    co_await call.write(request);
    const auto answer = co_await call.read();  // one question, one answer, on the same stream
    if (!answer) break;
    ++guesses;
    std::cout << answer->guess() << " " << answer->symbol() << " " << answer->message()
              << std::endl;
    who.learn(answer->guess(), answer->symbol());
    found = answer->symbol() == "=";
  }
  call.writes_done();
  result.end = co_await call.finish();
  if (found) result.guesses = guesses;
}

/// The exit code.
int report(const outcome& result) {
  if (result.end.code() == grpcwire::status_code::cancelled &&
      result.end.details().origin == grpcwire::status_origin::local) {
    std::cout << "left" << std::endl;
    return 0;
  }
  if (!result.end.ok()) {
    std::cerr << describe(result.end) << '\n';
    return 1;
  }
  if (result.guesses == 0) {
    std::cout << "given up" << std::endl;
  } else {
    std::cout << "found with " << result.guesses << (result.guesses == 1 ? " guess" : " guesses")
              << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Guesses the number that a server thinks of, by hand or by itself."};
  std::string address = "localhost:50051";
  bool automatic = false;
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_flag("--auto", automatic, "guess by binary search");
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  grpcwire::channel channel{io, address};
  auto call = AssistantService::stub{channel}.GuessInt();
  std::unique_ptr<player> who;
  if (automatic) {
    who = std::make_unique<binary_search>();
  } else {
    who = std::make_unique<keyboard>(io);
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C leaves the game
  signals.async_wait([&](const asio::error_code& error, int) {
    if (error) return;
    call.cancel();
    who->leave();
  });

  outcome result;
  asio::co_spawn(io, play(call, *who, result), [&](const std::exception_ptr&) {
    signals.cancel();
    channel.shutdown();  // or the connection would keep the loop running
  });
  io.run();
  return report(result);
}
