// stock_server: grpc.testing.TestService on stock gRPC C++, with the flags of interop_server.
#include <chrono>
#include <iostream>
#include <memory>
#include <pthread.h>
#include <signal.h>
#include <string>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include "../../flag_values.hpp"
#include "credentials.hpp"
#include "test_service.hpp"

namespace {

/// Blocks these signals in all threads and waits for one of them in this one.
void wait_for_signal(const sigset_t& signals) {
  int number = 0;
  sigwait(&signals, &number);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("grpc.testing.TestService on stock gRPC C++.", "stock_server");
  int port = 10'000;
  int max_concurrent_streams = 0;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  app.add_option("--max_concurrent_streams", max_concurrent_streams);
  grpcwire::interop::server_tls_flags tls;
  grpcwire::interop::add_tls_flags(app, tls);
  const auto parsed = grpcwire::interop::parse(app, argc, argv);
  if (!parsed.go_on) return parsed.exit_code;

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before gRPC makes its threads

  stock::test_service service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("[::]:" + std::to_string(port), stock::make_credentials(tls), &port);
  if (max_concurrent_streams > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, max_concurrent_streams);
  }
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "stock_server: cannot listen\n";
    return 1;
  }
  std::cout << "listening on [::]:" << port << std::endl;
  wait_for_signal(signals);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}
