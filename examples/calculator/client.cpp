// Asks for square roots: calculator_client 16 2 -1
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "calculator.grpcwire.hpp"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  CLI::App app("Asks a Calculator for square roots.");
  std::string address = "localhost:50051";
  std::vector<float> values = {16};
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("values", values, "Numbers")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  grpcwire::channel channel{address};
  Calculator::stub calculator{channel};
  bool all_good = true;
  for (const float value : values) {
    Number number;
    number.set_value(value);
    const auto [status, root] = calculator.SquareRoot(number, {.deadline = 5s}, grpcwire::blocking);
    if (status.ok()) {
      std::cout << "√" << value << " = " << root.value() << '\n';
    } else {
      // Nothing is wrong with the connection: the next number is asked for over the same one.
      std::cerr << "√" << value << ": " << describe(status) << '\n';
      all_good = false;
    }
  }
  return all_good ? 0 : 1;
}
