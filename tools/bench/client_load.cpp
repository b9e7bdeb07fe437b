#include "client_load.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "credentials.hpp"
#include "grpc/testing/benchmark_service.grpcwire.hpp"

namespace bench {
namespace {

using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpcwire::awaitable;
using grpcwire::channel_state;
using stub = grpc::testing::BenchmarkService::stub;
using stream = grpcwire::call<SimpleRequest, SimpleResponse>;

SimpleRequest request_of(const load_options& options) {
  SimpleRequest request;
  request.set_response_size(static_cast<std::int32_t>(options.response_size));
  request.mutable_payload()->mutable_body()->resize(options.request_size);
  return request;
}

grpcwire::channel_options channel_options_of(const load_options& options) {
  grpcwire::channel_options made;
  made.threads = grpcwire::threading::one;
  if (options.tls) made.credentials = client_credentials(options.ca_file);
  return made;
}

/// What one thread does: connections with their calls.
class worker {
 public:
  worker(const load_options& options, unsigned index)
      : options_(options), meter_(options, index), request_(request_of(options)) {
    const unsigned share = options.connections / options.threads +
                           (index < options.connections % options.threads ? 1 : 0);
    for (unsigned i = 0; i < share; ++i) {
      channels_.emplace_back(io_, options.target, channel_options_of(options));
    }
  }

  /// Until all are there; throws when one fails.
  void connect() {
    for (grpcwire::channel& c : channels_) {
      c.connect();
      co_spawn(io_, connected(c), [](std::exception_ptr failed) {
        if (failed) std::rethrow_exception(failed);
      });
      if (channels_.size() > 1) io_.poll();  // not all of them at once
    }
    while (ready_ < channels_.size()) io_.run_one();
  }

  void run() {
    const auto now = clock::now();
    meter_.start(now);
    for (grpcwire::channel& c : channels_) {
      for (unsigned i = 0; i < options_.streams; ++i) {
        ++running_;
        co_spawn(io_, calls(stub{c}), [this](std::exception_ptr failed) {
          if (--running_ == 0) io_.stop();
          if (failed) std::rethrow_exception(failed);
        });
      }
    }
    io_.run();
    io_.restart();
  }

  /// Begins calls that do not end.
  void hold() {
    for (grpcwire::channel& c : channels_) {
      for (unsigned i = 0; i < options_.streams; ++i) {
        co_spawn(io_, endless_call(stub{c}), asio::detached);
      }
    }
    io_.poll();
  }

  const meter& result() const noexcept { return meter_; }

 private:
  awaitable<void> connected(grpcwire::channel& c) {
    for (;;) {
      const channel_state state = c.state();
      if (state == channel_state::ready) break;
      if (state == channel_state::transient_failure) {
        const auto [status, response] = co_await stub{c}.UnaryCall(request_);
        throw std::runtime_error(describe(status));
      }
      [[maybe_unused]] const auto changed = co_await c.wait_for_state_change(state);
    }
    ++ready_;
  }

  awaitable<void> calls(stub s) {
    switch (options_.rpc) {
      case rpc_kind::unary:
        return meter_.open_loop() ? paced_calls(s) : unary_calls(s);
      case rpc_kind::streaming:
        return ping_pong(s);
      case rpc_kind::from_server:
        return from_server(s);
      case rpc_kind::from_client:
        return from_client(s);
      case rpc_kind::both_ways:
        return both_ways(s);
    }
    throw std::logic_error("no such rpc");
  }

  void check(const grpcwire::status& status, const SimpleResponse& response) {
    if (!status.ok()) return meter_.fail(describe(status));
    check(response);
  }
  void check(const SimpleResponse& response) {
    const std::size_t size = response.payload().body().size();
    if (size != options_.response_size) {
      meter_.fail("a response of " + std::to_string(size) + " bytes");
    }
  }
  std::uint64_t bytes_of_call() const noexcept {
    return std::uint64_t{options_.request_size} + options_.response_size;
  }

  awaitable<void> unary_calls(stub s) {
    auto begun = clock::now();
    while (meter_.may_begin(begun)) {
      const auto [status, response] = co_await s.UnaryCall(request_);
      const auto now = clock::now();
      check(status, response);
      meter_.call_done(begun, now, bytes_of_call());
      begun = now;
    }
  }

  /// Each call has a time at which it should begin; one that begins late was slow from then on.
  awaitable<void> paced_calls(stub s) {
    asio::steady_timer timer(io_);
    for (;;) {
      const auto intended = meter_.take_slot();
      if (!meter_.may_begin(intended)) break;
      if (intended > clock::now()) {
        timer.expires_at(intended);
        co_await timer.async_wait(asio::use_awaitable);
      }
      const auto [status, response] = co_await s.UnaryCall(request_);
      check(status, response);
      meter_.call_done(intended, clock::now(), bytes_of_call());
    }
  }

  awaitable<void> ping_pong(stub s) {
    stream call = s.StreamingCall();
    auto begun = clock::now();
    while (meter_.may_begin(begun)) {
      if (!co_await call.write(request_)) break;
      const auto response = co_await call.read();
      if (!response) break;
      const auto now = clock::now();
      check(*response);
      meter_.call_done(begun, now, bytes_of_call());
      begun = now;
    }
    call.writes_done();
    const auto status = co_await call.finish();
    if (!status.ok()) meter_.fail(describe(status));
    meter_.stream_done(clock::now());
  }

  awaitable<void> from_server(stub s) {
    stream call = s.StreamingFromServer(request_);
    SimpleResponse response;
    for (;;) {
      const auto read = co_await call.read_into(response);
      if (!read) {
        const auto status = co_await call.finish();
        meter_.fail("the stream ended: " + describe(status));
        break;
      }
      check(response);
      meter_.moved(options_.response_size);
      if (!meter_.may_begin(clock::now())) break;
    }
    meter_.stream_done(clock::now());
    call.cancel();
  }

  awaitable<void> write_all(stream& call) {
    while (meter_.may_begin(clock::now())) {
      const auto written = co_await call.write(request_);
      if (!written) break;
      meter_.moved(options_.request_size);
    }
    call.writes_done();
  }

  awaitable<void> read_all(stream& call) {
    SimpleResponse response;
    while (co_await call.read_into(response)) {
      check(response);
      meter_.moved(options_.response_size);
    }
  }

  awaitable<void> from_client(stub s) {
    stream call = s.StreamingFromClient();
    co_await write_all(call);
    const auto response = co_await call.read();
    const auto status = co_await call.finish();
    if (!status.ok()) {
      meter_.fail(describe(status));
    } else if (response) {
      check(*response);
    }
    meter_.stream_done(clock::now());
  }

  awaitable<void> both_ways(stub s) {
    using namespace asio::experimental::awaitable_operators;
    stream call = s.StreamingBothWays();
    co_await (write_all(call) && read_all(call));
    const auto status = co_await call.finish();
    if (!status.ok()) meter_.fail(describe(status));
    meter_.stream_done(clock::now());
  }

  awaitable<void> endless_call(stub s) {
    if (options_.rpc == rpc_kind::unary) {
      co_await s.UnaryCall(request_);
    } else {
      stream call = s.StreamingCall();
      [[maybe_unused]] const auto never = co_await call.read();
    }
  }

  const load_options& options_;
  meter meter_;
  SimpleRequest request_;
  asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // one thread each
  std::vector<grpcwire::channel> channels_;
  std::size_t ready_ = 0;
  std::size_t running_ = 0;
};

}  // namespace

int run_load(const load_options& options) {
  std::vector<std::unique_ptr<worker>> workers;
  for (unsigned i = 0; i < options.threads; ++i) {
    workers.push_back(std::make_unique<worker>(options, i));
    workers.back()->connect();
  }
  std::vector<std::thread> others;
  std::vector<std::exception_ptr> failures(options.threads);
  for (unsigned i = 1; i < options.threads; ++i) {
    others.emplace_back([&, i] {
      try {
        workers[i]->run();
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
  }
  try {
    workers.front()->run();
  } catch (...) {
    failures.front() = std::current_exception();
  }
  for (std::thread& other : others) other.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  std::vector<meter> meters;
  for (const auto& w : workers) meters.push_back(w->result());
  return report(options, meters);
}

int hold_calls(const load_options& options) {
  worker only(options, 0);
  only.connect();
  announce_phase("connected");
  only.hold();
  announce_phase("holding");
  return 0;
}

}  // namespace bench
