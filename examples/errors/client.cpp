// Greets and shows what an error says: errors_client [ADDRESS [NAME]]
#include <iostream>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/rich_status.hpp>

#include "google/rpc/error_details.pb.h"
#include "helloworld/helloworld.grpcwire.hpp"

void explain(const grpcwire::status& status) {
  if (const auto bad = grpcwire::error_detail<google::rpc::BadRequest>(status)) {
    for (const auto& violation : bad->field_violations()) {
      std::cout << violation.field() << " " << violation.description() << '\n';
    }
  }
  if (const auto info = grpcwire::error_detail<google::rpc::ErrorInfo>(status)) {
    std::cout << info->domain() << ": " << info->reason() << '\n';
  }
  std::cout << describe(status) << '\n';
}

int main(int argc, char** argv) {
  grpcwire::channel channel{argc > 1 ? argv[1] : "localhost:50051"};
  helloworld::Greeter::stub greeter{channel};
  helloworld::HelloRequest request;
  if (argc > 2) request.set_name(argv[2]);
  const auto [status, reply] = greeter.SayHello(request, {}, grpcwire::blocking);
  if (status.ok()) {
    std::cout << reply.message() << '\n';
  } else {
    explain(status);
  }
}
