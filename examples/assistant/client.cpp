// Asks an assistant, in whatever language it is written, for a greeting and a product.
#include <chrono>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "assistant.grpcwire.hpp"

int fail(const grpcwire::status& status) {
  std::cerr << describe(status) << '\n';
  return 1;
}

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  CLI::App app("Asks an AssistantService for a greeting and a product.");
  std::string address = "localhost:8082";
  std::string user_name = "Peter";
  std::string institution = "SUSTech";
  double xin = 3.5;
  double yin = 5;
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--user-name", user_name, "Who is greeted")->capture_default_str();
  app.add_option("--institution", institution, "Where from")->capture_default_str();
  app.add_option("--xin", xin, "One factor")->capture_default_str();
  app.add_option("--yin", yin, "The other one")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  // One channel, one connection: both calls go over it.
  grpcwire::channel channel{address};
  AssistantService::stub assistant{channel};

  GreetRequest person;
  person.set_user_name(user_name);
  person.set_institution(institution);
  const auto [greeted, greeting] =
      assistant.GreetWithInfo(person, {.deadline = 5s}, grpcwire::blocking);
  if (!greeted.ok()) return fail(greeted);
  std::cout << greeting.message() << '\n';

  MultRequest factors;
  factors.set_xin(xin);
  factors.set_yin(yin);
  const auto [multiplied, product] =
      assistant.Multiply(factors, {.deadline = 5s}, grpcwire::blocking);
  if (!multiplied.ok()) return fail(multiplied);
  std::cout << product.xin() << " × " << product.yin() << " = " << product.result() << '\n';
}
