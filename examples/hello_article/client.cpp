// Calls a service outside any package, and sends a message with required fields there and back.
#include <chrono>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "hello_article.grpcwire.hpp"

using namespace std::chrono_literals;

Person somebody() {
  Person person;
  person.set_name("Martin");
  person.set_id(1337);
  person.add_phone()->set_number("555-0100");  // its type is not sent; it reads as HOME
  auto& work = *person.add_phone();
  work.set_number("555-0101");
  work.set_type(Person::WORK);
  return person;
}

void show(const Person& person) {
  std::cout << person.name() << " has id " << person.id() << '\n';
  for (const auto& phone : person.phone()) {
    std::cout << "  " << phone.number() << ' ' << Person::PhoneType_Name(phone.type())
              << (phone.has_type() ? " (said so)" : " (the default)") << '\n';
  }
}

int fail(const grpcwire::status& status) {
  std::cerr << describe(status) << '\n';
  return 1;
}

int main(int argc, char** argv) {
  CLI::App app("Says hello to a HelloService, then hands a Person to an AddressBook.");
  std::string address = "localhost:50051";
  std::string greeting = "gRPC";
  bool without_id = false;
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--greeting", greeting, "What SayHello is told")->capture_default_str();
  app.add_flag("--without-id", without_id, "Forget the required id of the person");
  CLI11_PARSE(app, argc, argv);

  grpcwire::channel channel{address};
  HelloService::stub hello{channel};
  HelloRequest request;
  request.set_greeting(greeting);
  const auto [said, response] = hello.SayHello(request, {.deadline = 10s}, grpcwire::blocking);
  if (!said.ok()) return fail(said);
  std::cout << response.reply() << '\n';

  AddressBook::stub book{channel};
  Person person = somebody();
  if (without_id) person.clear_id();  // such a message has no bytes: the call ends before it begins
  const auto [kept, came] = book.Keep(person, {.deadline = 10s}, grpcwire::blocking);
  if (!kept.ok()) return fail(kept);
  show(came);
  if (came.SerializeAsString() != person.SerializeAsString()) {
    std::cerr << "another person came back: " << came.ShortDebugString() << '\n';
    return 1;
  }
}
