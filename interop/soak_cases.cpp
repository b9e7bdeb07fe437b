// Many large calls, one after the other on each thread, with a clock beside them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using clock = std::chrono::steady_clock;

struct iteration_result {
  bool good = false;
  std::string line;
};

/// One call; `elapsed` began before its channel was made, if it got one of its own.
iteration_result iterate(const case_context& context, const grpcwire::channel& over, int worker,
                         int number, clock::time_point began) {
  const soak_flags& soak = context.flags.soak;
  ::grpc::testing::SimpleRequest request;
  request.set_response_size(soak.response_size);
  *request.mutable_payload() = zeros(soak.request_size);
  call_info info;
  case_context::test_stub stub{over};
  const auto [status, reply] = stub.UnaryCall(
      request, {.metadata = context.flags.additional_metadata, .info = &info}, blocking);
  const double elapsed_ms = std::chrono::duration<double, std::milli>(clock::now() - began).count();

  std::string failure;
  if (!status.ok()) {
    failure = "failed: " + describe(status);
  } else if (reply.payload().body().size() != static_cast<std::size_t>(soak.response_size)) {
    failure = fmt::format("failed: {} bytes came instead of {}", reply.payload().body().size(),
                          soak.response_size);
  } else if (elapsed_ms > soak.per_iteration_max_acceptable_latency_ms) {
    failure = fmt::format("exceeds max acceptable latency: {}",
                          soak.per_iteration_max_acceptable_latency_ms);
  }
  return {failure.empty(),
          fmt::format("{}soak iteration: {} elapsed_ms: {:.3f} peer: {} server_uri: {} {}",
                      soak.num_threads > 1 ? fmt::format("Worker {}: ", worker) : "", number,
                      elapsed_ms, info.peer, context.flags.target(),
                      failure.empty() ? "succeeded" : failure)};
}

struct soak_totals {
  std::mutex mutex;
  int finished = 0;
  int failures = 0;
  std::exception_ptr thrown;
};

/// Runs its share of the iterations and adds them up.
void soak_worker(const case_context& context, bool own_channels, int worker, int iterations,
                 clock::time_point until, soak_totals& totals) {
  const std::chrono::milliseconds pause(context.flags.soak.min_time_ms_between_rpcs);
  for (int number = 0; number < iterations && clock::now() < until; ++number) {
    const auto began = clock::now();
    const grpcwire::channel over = own_channels ? context.new_channel() : context.channel;
    const iteration_result result = iterate(context, over, worker, number, began);
    {
      const std::lock_guard lock(totals.mutex);
      ++totals.finished;
      if (!result.good) ++totals.failures;
      fmt::print(stderr, "{}\n", result.line);
    }
    if (pause.count() > 0) std::this_thread::sleep_until(began + pause);
  }
}

void soak(case_context& context, bool own_channels) {
  const soak_flags& flags = context.flags.soak;
  if (flags.iterations % flags.num_threads != 0) {
    throw case_failed(fmt::format("{} soak iterations cannot be shared evenly by {} threads",
                                  flags.iterations, flags.num_threads));
  }
  const auto until = clock::now() + flags.overall_timeout();
  soak_totals totals;
  std::vector<std::jthread> threads;
  for (int n = 0; n < flags.num_threads; ++n) {
    threads.emplace_back([&, worker = n] {
      try {
        soak_worker(context, own_channels, worker, flags.iterations / flags.num_threads, until,
                    totals);
      } catch (...) {
        const std::lock_guard lock(totals.mutex);
        totals.thrown = std::current_exception();
      }
    });
  }
  threads.clear();  // joins
  if (totals.thrown) std::rethrow_exception(totals.thrown);

  fmt::print(stderr, "soak: {} of {} iterations finished, {} failed ({} may)\n", totals.finished,
             flags.iterations, totals.failures, flags.max_failures);
  expect_equal("iterations that finished in time", totals.finished, flags.iterations);
  if (totals.failures > flags.max_failures) {
    throw case_failed(
        fmt::format("{} iterations failed, at most {} may", totals.failures, flags.max_failures));
  }
}

}  // namespace

void rpc_soak(case_context& context) {
  soak(context, false);
}

void channel_soak(case_context& context) {
  soak(context, true);
}

}  // namespace grpcwire::interop
