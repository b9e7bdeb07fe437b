// stock_bench_client: a load client of grpc.testing.BenchmarkService on stock gRPC C++, with the
// flags of bench_client. Streams are read and written by the synchronous API.
#include <condition_variable>
#include <exception>
#include <iostream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include "../../../../tools/bench/load.hpp"
#include "grpc/testing/benchmark_service.grpc.pb.h"

namespace {

using bench::load_options;
using bench::meter;
using bench::rpc_kind;
using grpc::testing::BenchmarkService;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using stub_ptr = std::shared_ptr<BenchmarkService::Stub>;

SimpleRequest request_of(const load_options& options) {
  SimpleRequest request;
  request.set_response_size(static_cast<int>(options.response_size));
  request.mutable_payload()->mutable_body()->resize(options.request_size);
  return request;
}

/// A connection for each.
std::vector<stub_ptr> make_stubs(const load_options& options) {
  std::vector<stub_ptr> stubs;
  for (unsigned i = 0; i < options.connections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("grpc.use_local_subchannel_pool", 1);
    auto channel =
        grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
    const auto patience = std::chrono::system_clock::now() + std::chrono::seconds(10);
    if (!channel->WaitForConnected(patience)) {
      throw std::runtime_error("cannot connect to " + options.target);
    }
    stubs.push_back(BenchmarkService::NewStub(channel));
  }
  return stubs;
}

void check(meter& m, const load_options& options, const grpc::Status& status,
           const SimpleResponse& response) {
  if (!status.ok()) {
    m.fail(status.error_message());
  } else if (response.payload().body().size() != options.response_size) {
    m.fail("a response of " + std::to_string(response.payload().body().size()) + " bytes");
  }
}

/// What one thread does with the synchronous API.
void one_stream(BenchmarkService::Stub& stub, const load_options& options, meter& m) {
  const SimpleRequest request = request_of(options);
  const std::uint64_t bytes = std::uint64_t{options.request_size} + options.response_size;
  grpc::ClientContext context;
  SimpleResponse response;
  grpc::Status status;
  auto begun = bench::clock::now();
  m.start(begun);
  if (options.rpc == rpc_kind::unary) {
    while (m.may_begin(begun)) {
      grpc::ClientContext own;
      status = stub.UnaryCall(&own, request, &response);
      const auto now = bench::clock::now();
      check(m, options, status, response);
      m.call_done(begun, now, bytes);
      begun = now;
    }
    return;
  }
  if (options.rpc == rpc_kind::streaming) {
    const auto call = stub.StreamingCall(&context);
    while (m.may_begin(begun) && call->Write(request) && call->Read(&response)) {
      const auto now = bench::clock::now();
      m.call_done(begun, now, bytes);
      begun = now;
    }
    call->WritesDone();
    status = call->Finish();
  } else if (options.rpc == rpc_kind::from_client) {
    const auto call = stub.StreamingFromClient(&context, &response);
    while (m.may_begin(bench::clock::now()) && call->Write(request)) m.moved(options.request_size);
    call->WritesDone();
    status = call->Finish();
  } else if (options.rpc == rpc_kind::from_server) {
    const auto call = stub.StreamingFromServer(&context, request);
    while (m.may_begin(bench::clock::now()) && call->Read(&response)) {
      m.moved(options.response_size);
    }
    m.stream_done(bench::clock::now());
    context.TryCancel();
    status = call->Finish();
    if (status.error_code() == grpc::StatusCode::CANCELLED) status = grpc::Status::OK;
  } else {
    const auto call = stub.StreamingBothWays(&context);
    std::thread reader([&] {
      while (call->Read(&response)) m.moved(options.response_size);
    });
    std::uint64_t sent = 0;
    while (m.may_begin(bench::clock::now()) && call->Write(request)) ++sent;
    call->WritesDone();
    reader.join();
    for (; sent != 0; --sent) m.moved(options.request_size);
    status = call->Finish();
  }
  check(m, options, status, response);
  m.stream_done(bench::clock::now());
}

/// A thread for each call at a time.
std::vector<meter> run_sync(const load_options& given) {
  load_options options = given;
  options.threads = given.connections * given.streams;
  const auto stubs = make_stubs(options);
  std::vector<meter> meters;
  for (unsigned i = 0; i < options.threads; ++i) meters.emplace_back(options, i);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&, i] { one_stream(*stubs[i % stubs.size()], options, meters[i]); });
  }
  for (std::thread& t : threads) t.join();
  return meters;
}

struct async_call {
  BenchmarkService::Stub& stub;
  std::unique_ptr<grpc::ClientContext> context{};
  std::unique_ptr<grpc::ClientAsyncResponseReader<SimpleResponse>> reader{};
  SimpleResponse response{};
  grpc::Status status{};
  bench::clock::time_point begun{};
};

/// One thread with one completion queue.
std::vector<meter> run_async(const load_options& options) {
  if (options.threads != 1) throw std::runtime_error("--api async has one thread");
  const auto stubs = make_stubs(options);
  const SimpleRequest request = request_of(options);
  grpc::CompletionQueue queue;
  meter m(options, 0);
  std::size_t running = 0;
  const auto begin = [&](async_call& c, bench::clock::time_point now) {
    if (!m.may_begin(now)) return;
    c.begun = now;
    c.context = std::make_unique<grpc::ClientContext>();
    c.reader = c.stub.AsyncUnaryCall(c.context.get(), request, &queue);
    c.reader->Finish(&c.response, &c.status, &c);
    ++running;
  };
  std::vector<async_call> calls;
  for (const auto& stub : stubs) {
    for (unsigned i = 0; i < options.streams; ++i) calls.push_back({*stub});
  }
  m.start(bench::clock::now());
  for (async_call& c : calls) begin(c, bench::clock::now());
  void* tag = nullptr;
  bool ok = false;
  while (running != 0 && queue.Next(&tag, &ok)) {
    async_call& c = *static_cast<async_call*>(tag);
    const auto now = bench::clock::now();
    check(m, options, c.status, c.response);
    m.call_done(c.begun, now, std::uint64_t{options.request_size} + options.response_size);
    --running;
    begin(c, now);
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return {m};
}

/// Calls that begin the next one from the callback of the last.
class callback_load {
 public:
  explicit callback_load(const load_options& options)
      : options_(options),
        stubs_(make_stubs(options)),
        request_(request_of(options)),
        meter_(options, 0) {}

  std::vector<meter> run() {
    std::unique_lock lock(mutex_);
    meter_.start(bench::clock::now());
    for (const auto& stub : stubs_) {
      for (unsigned i = 0; i < options_.streams; ++i)
        calls_.push_back(std::make_unique<call>(*stub));
    }
    for (const auto& c : calls_) {
      if (!meter_.may_begin(bench::clock::now())) break;
      ++running_;
      lock.unlock();
      begin(*c);
      lock.lock();
    }
    ended_.wait(lock, [&] { return running_ == 0; });
    return {meter_};
  }

 private:
  struct call {
    explicit call(BenchmarkService::Stub& s) : stub(s) {}
    BenchmarkService::Stub& stub;
    std::unique_ptr<grpc::ClientContext> context{};
    SimpleResponse response{};
    bench::clock::time_point begun{};
  };

  void begin(call& c) {
    c.begun = bench::clock::now();
    c.context = std::make_unique<grpc::ClientContext>();
    c.stub.async()->UnaryCall(c.context.get(), &request_, &c.response,
                              [this, &c](const grpc::Status& status) { done(c, status); });
  }

  void done(call& c, const grpc::Status& status) {
    const auto now = bench::clock::now();
    {
      const std::lock_guard lock(mutex_);
      check(meter_, options_, status, c.response);
      meter_.call_done(c.begun, now, std::uint64_t{options_.request_size} + options_.response_size);
      if (!meter_.may_begin(now)) {
        if (--running_ == 0) ended_.notify_one();
        return;
      }
    }
    begin(c);
  }

  const load_options& options_;
  std::vector<stub_ptr> stubs_;
  SimpleRequest request_;
  std::mutex mutex_;
  std::condition_variable ended_;
  meter meter_;
  std::vector<std::unique_ptr<call>> calls_;
  std::size_t running_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Calls grpc.testing.BenchmarkService by stock gRPC C++", "stock_bench_client");
  load_options options;
  std::string api = "callback";
  bench::add_load_flags(app, options);
  app.add_option("--api", api, "For --rpc unary")
      ->check(CLI::IsMember({"sync", "async", "callback"}));
  CLI11_PARSE(app, argc, argv);
  std::string wrong = bench::complaint_about(options);
  if (options.tls || options.hold || options.rate > 0)
    wrong = "there is no --tls, --hold and --rate";
  if (!wrong.empty()) {
    std::cerr << "stock_bench_client: " << wrong << '\n';
    return 2;
  }
  try {
    if (options.rpc != rpc_kind::unary || api == "sync") {
      return bench::report(options, run_sync(options));
    }
    return bench::report(options,
                         api == "async" ? run_async(options) : callback_load(options).run());
  } catch (const std::exception& error) {
    std::cerr << "stock_bench_client: " << error.what() << '\n';
    return 1;
  }
}
