// A client that says hello. Try: hello_client [NAME [ADDRESS]]
#include <chrono>
#include <iostream>

#include <grpcwire/rpc/channel.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  grpcwire::channel channel{argc > 2 ? argv[2] : "localhost:50051"};
  helloworld::Greeter::stub greeter{channel};

  helloworld::HelloRequest request;
  request.set_name(argc > 1 ? argv[1] : "world");
  const auto [status, reply] = greeter.SayHello(request, {.deadline = 5s}, grpcwire::blocking);

  if (!status.ok()) {
    std::cerr << describe(status) << '\n';
    return 1;
  }
  std::cout << reply.message() << '\n';
}
