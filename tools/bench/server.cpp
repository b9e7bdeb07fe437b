// grpc.testing.BenchmarkService on grpcwire, as a user would write it: what the measurements run.
#include <algorithm>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/metrics.hpp>
#include <grpcwire/rpc/server.hpp>

#include "credentials.hpp"
#include "grpc/testing/benchmark_service.grpcwire.hpp"

namespace {

using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpcwire::awaitable;
using stream = grpcwire::server_call<SimpleRequest, SimpleResponse>;

SimpleResponse answer(const SimpleRequest& request) {
  SimpleResponse response;
  const auto size = static_cast<std::size_t>(std::max(request.response_size(), 0));
  response.mutable_payload()->mutable_body()->resize(size);
  return response;
}

/// What the two halves of StreamingBothWays share.
struct both_ways {
  stream& call;
  SimpleResponse response;
  bool half_closed = false;
};

awaitable<void> read_all(both_ways& work) {
  SimpleRequest request;
  while (co_await work.call.read_into(request)) {
  }
  work.half_closed = true;
}

awaitable<void> write_all(both_ways& work) {
  while (!work.half_closed) {
    const auto written = co_await work.call.write(work.response);
    if (!written) break;
  }
}

class benchmark final : public grpc::testing::BenchmarkService::service {
 public:
  awaitable<grpcwire::result<SimpleResponse>> UnaryCall(grpcwire::server_context&,
                                                        SimpleRequest request) override {
    co_return answer(request);
  }

  awaitable<grpcwire::status> StreamingCall(grpcwire::server_context&, stream& call) override {
    while (const auto request = co_await call.read()) {
      if (!co_await call.write(answer(*request))) break;
    }
    co_return grpcwire::status{};
  }

  awaitable<grpcwire::result<SimpleResponse>> StreamingFromClient(grpcwire::server_context&,
                                                                  stream& call) override {
    SimpleRequest request;  // in the end the last one
    while (co_await call.read_into(request)) {
    }
    co_return answer(request);
  }

  awaitable<grpcwire::status> StreamingFromServer(grpcwire::server_context&, SimpleRequest request,
                                                  stream& call) override {
    const SimpleResponse response = answer(request);
    while (co_await call.write(response)) {
    }
    co_return grpcwire::status{};
  }

  awaitable<grpcwire::status> StreamingBothWays(grpcwire::server_context&, stream& call) override {
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await call.read();  // says how large the responses shall be
    if (!first) co_return grpcwire::status{};
    both_ways work{call, answer(*first)};
    co_await (read_all(work) && write_all(work));
    co_return grpcwire::status{};
  }
};

struct arguments {
  std::uint16_t port = 0;
  grpcwire::threading threading = grpcwire::threading::one;
  unsigned threads = 0;
  bool metrics = false;
  bool tls = false;
  std::string cert_file{};
  std::string key_file{};
};

int serve(const arguments& given) {
  using grpcwire::threading;
  unsigned threads = given.threads;
  if (threads == 0) {
    threads = given.threading == threading::one ? 1 : std::thread::hardware_concurrency();
  }
  // One thread needs no locks around its sockets.
  asio::io_context io(threads == 1 ? ASIO_CONCURRENCY_HINT_UNSAFE_IO : static_cast<int>(threads));
  benchmark service;
  grpcwire::server_options options;
  options.threads = given.threading;
  if (given.tls) options.credentials = bench::server_credentials(given.cert_file, given.key_file);
  if (given.metrics) options.metrics = std::make_shared<grpcwire::metrics>();
  grpcwire::server server{io, std::move(options)};
  server.add(service);
  const auto address = server.listen("127.0.0.1:" + std::to_string(given.port));
  if (!address) {
    std::cerr << "bench_server: " << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](std::error_code, int) { io.stop(); });
  std::cout << "listening on " << *address << std::endl;
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back([&] { io.run(); });
  io.run();
  for (std::thread& other : others) other.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, grpcwire::threading> threadings{{"one", grpcwire::threading::one},
                                                              {"many", grpcwire::threading::many}};
  arguments given;
  CLI::App app("grpc.testing.BenchmarkService on grpcwire", "bench_server");
  app.add_option("--port", given.port, "On 127.0.0.1; 0 (the default) is any free one");
  app.add_option("--threading", given.threading,
                 "server_options.threads: one (the default) or many")
      ->transform(CLI::CheckedTransformer(threadings));
  app.add_option("--threads", given.threads,
                 "Threads that run the loop; default: 1, or one for each core with many");
  CLI::Option* cert = app.add_option("--cert-file", given.cert_file, "PEM, with --tls");
  CLI::Option* key = app.add_option("--key-file", given.key_file, "PEM, with --tls");
  app.add_flag("--tls", given.tls)->needs(cert, key);
  app.add_flag("--metrics", given.metrics, "Count the calls");
  CLI11_PARSE(app, argc, argv);
  if (given.threading == grpcwire::threading::one && given.threads > 1) {
    std::cerr << "bench_server: --threading one is for one thread\n";
    return 2;
  }
  try {
    return serve(given);
  } catch (const std::exception& error) {
    std::cerr << "bench_server: " << error.what() << '\n';
    return 1;
  }
}
