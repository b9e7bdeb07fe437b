// Greets with a token and a trace: interceptors_client [ADDRESS [NAME [TOKEN]]]
#include <iostream>
#include <memory>

#include <grpcwire/rpc/channel.hpp>

#include "auth.hpp"
#include "helloworld/helloworld.grpcwire.hpp"
#include "spans.hpp"

int main(int argc, char** argv) {
  grpcwire::channel_options options;
  options.interceptors.push_back(client_tracing(std::make_shared<span_log>(std::cout)));
  if (argc > 3) options.interceptors.push_back(std::make_shared<bearer_token>(argv[3]));
  grpcwire::channel channel{argc > 1 ? argv[1] : "localhost:50051", options};
  helloworld::Greeter::stub greeter{channel};
  helloworld::HelloRequest request;
  request.set_name(argc > 2 ? argv[2] : "world");
  grpcwire::call_info info;
  const auto [status, reply] = greeter.SayHello(request, {.info = &info}, grpcwire::blocking);
  std::cout << (status.ok() ? reply.message() : describe(status)) << '\n';
  if (const auto id = info.initial_metadata.get("x-trace-id")) {
    std::cout << "trace " << *id << " for the server\n";
  }
}
