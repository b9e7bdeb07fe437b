// A client that says hello. Try: hello_client [NAME [ADDRESS]]
#include <chrono>
#include <iostream>
#include <string_view>

#include <grpcwire/rpc/channel.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  if (argc > 1 && std::string_view(argv[1]) == "--help") {
    std::cout << "Says hello. Usage: hello_client [NAME [ADDRESS]], ADDRESS: localhost:50051\n";
    return 0;
  }
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
