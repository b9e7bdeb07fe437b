// A server that lets its clients guess a number, for each call another one. Try: guess_server
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "assistant.grpcwire.hpp"

namespace {

constexpr std::int32_t smallest = 1;
constexpr std::int32_t greatest = 100;

/// How the number compares with the guess: `number SYMBOL guess`.
GuessIntResponse compare(std::int32_t number, std::int32_t guess) {
  GuessIntResponse answer;
  answer.set_guess(guess);
  if (number == guess) {
    answer.set_symbol("=");
    answer.set_message("that is it");
  } else {
    answer.set_symbol(number < guess ? "<" : ">");
    answer.set_message(number < guess ? "the number is smaller" : "the number is greater");
  }
  if (guess < smallest || guess > greatest) {
    answer.set_message("it is a number from 1 to 100: " + answer.message());
  }
  return answer;
}

class host final : public AssistantService::service {
  using game = grpcwire::server_call<GuessIntRequest, GuessIntResponse>;

 public:
  explicit host(std::optional<std::int32_t> number) : fixed_(number) {}

  // The two directions of a bidirectional call are independent; that an answer follows each guess
  // is decided here.
  grpcwire::awaitable<grpcwire::status> GuessInt(grpcwire::server_context&, game& call) override {
    const std::int32_t number = fixed_ ? *fixed_ : draw_(random_);
    while (const auto request = co_await call.read()) {
      auto answer = compare(number, request->guess());
      const bool found = answer.symbol() == "=";
      co_await call.write(std::move(answer));
      if (found) break;
    }
    co_return grpcwire::status();  // also when the player has closed its side and given up
  }

 private:
  std::optional<std::int32_t> fixed_;
  std::mt19937 random_{std::random_device{}()};
  std::uniform_int_distribution<std::int32_t> draw_{smallest, greatest};
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Thinks of a number from 1 to 100 and answers guesses: < > ="};
  int port = 50051;
  std::optional<std::int32_t> number;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  app.add_option("--number", number, "always this one, to try things out")
      ->check(CLI::Range(smallest, greatest));
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  host service(number);
  grpcwire::server server{io};
  server.add(service);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: games may be finished for ten seconds
  signals.async_wait(
      [&](auto, int) { server.shutdown(std::chrono::seconds(10), [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
