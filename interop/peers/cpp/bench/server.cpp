// stock_bench_server: grpc.testing.BenchmarkService on stock gRPC C++.
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <pthread.h>
#include <signal.h>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include "services.hpp"

namespace {

std::string read_file(const std::string& name) {
  std::ifstream file(name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("grpc.testing.BenchmarkService on stock gRPC C++", "stock_bench_server");
  int port = 0;
  std::string api = "callback";
  unsigned threads = 1;
  bool tls = false;
  std::string cert_file;
  std::string key_file;
  app.add_option("--port", port, "On 127.0.0.1; 0 (the default) is any free one");
  app.add_option("--api", api)->check(CLI::IsMember({"sync", "async", "callback"}));
  app.add_option("--threads", threads, "With --api async")->check(CLI::Range(1U, 256U));
  app.add_flag("--tls", tls);
  app.add_option("--cert-file", cert_file, "PEM, with --tls");
  app.add_option("--key-file", key_file, "PEM, with --tls");
  CLI11_PARSE(app, argc, argv);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before gRPC makes its threads

  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (tls) {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({read_file(key_file), read_file(cert_file)});
    credentials = grpc::SslServerCredentials(options);
  }
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), credentials, &port);
  std::unique_ptr<grpc::Service> service;
  std::unique_ptr<stock_bench::async_server> async;
  if (api == "async") {
    async = stock_bench::make_async_server(threads);
    async->register_with(builder);
  } else {
    service =
        api == "sync" ? stock_bench::make_sync_service() : stock_bench::make_callback_service();
    builder.RegisterService(service.get());
  }
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "stock_bench_server: cannot listen\n";
    return 1;
  }
  if (async) async->start();
  std::cout << "listening on 127.0.0.1:" << port << std::endl;
  int number = 0;
  sigwait(&signals, &number);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  if (async) async->stop();
}
