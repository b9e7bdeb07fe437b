// stock_hello: helloworld.Greeter on stock gRPC C++, either side of it.
#include <chrono>
#include <iostream>
#include <memory>
#include <pthread.h>
#include <signal.h>
#include <string>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include "helloworld/helloworld.grpc.pb.h"

namespace {

class greeter final : public helloworld::Greeter::Service {
  grpc::Status SayHello(grpc::ServerContext* /*context*/, const helloworld::HelloRequest* request,
                        helloworld::HelloReply* reply) override {
    reply->set_message("Hello " + request->name());
    return grpc::Status::OK;
  }
};

int serve(int port) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before gRPC makes its threads

  greeter service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("[::]:" + std::to_string(port), grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "stock_hello: cannot listen\n";
    return 1;
  }
  std::cout << "listening on [::]:" << port << std::endl;
  int number = 0;
  sigwait(&signals, &number);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

int greet(const std::string& name, const std::string& address) {
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  const auto stub = helloworld::Greeter::NewStub(channel);
  helloworld::HelloRequest request;
  request.set_name(name);
  helloworld::HelloReply reply;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const grpc::Status status = stub->SayHello(&context, request, &reply);
  if (!status.ok()) {
    std::cerr << "status " << status.error_code() << ": " << status.error_message() << '\n';
    return 1;
  }
  std::cout << reply.message() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("helloworld.Greeter on stock gRPC C++.", "stock_hello");
  app.require_subcommand(1);
  int port = 50051;
  auto* server = app.add_subcommand("server", "Says hello until Ctrl+C");
  server->add_option("--port", port, "0 takes a free one")->capture_default_str();
  std::string name = "world";
  std::string address = "localhost:50051";
  auto* client = app.add_subcommand("client", "Says hello once");
  client->add_option("name", name)->capture_default_str();
  client->add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return server->parsed() ? serve(port) : greet(name, address);
}
