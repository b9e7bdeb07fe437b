#include "load_service.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace grpcwire::interop {
namespace {

/// What is asked for, but at least a second, and about an hour at most.
std::chrono::nanoseconds interval(const google::protobuf::Duration& asked) {
  const std::chrono::seconds seconds(std::clamp<std::int64_t>(asked.seconds(), 0, 3600));
  return std::max<std::chrono::nanoseconds>(std::chrono::seconds(1),
                                            seconds + std::chrono::nanoseconds(asked.nanos()));
}

}  // namespace

load_report to_load_report(const ::grpc::testing::TestOrcaReport& wish) {
  load_report report;
  report.set_cpu_utilization(wish.cpu_utilization());
  report.set_mem_utilization(wish.memory_utilization());
  *report.mutable_request_cost() = wish.request_cost();
  *report.mutable_utilization() = wish.utilization();
  return report;
}

void load_service::set(const ::grpc::testing::TestOrcaReport& wish) {
  load_report report = to_load_report(wish);
  report.clear_request_cost();  // of a call; a server as a whole has none
  const std::lock_guard lock(mutex_);
  report_ = std::move(report);
}

load_report load_service::now() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

awaitable<status> load_service::StreamCoreMetrics(server_context& context, Request request,
                                                  server_call<Request, load_report>& call) {
  const std::chrono::nanoseconds pause = interval(request.report_interval());
  asio::steady_timer timer(context.executor());
  for (;;) {
    load_report report = now();
    const write_result written = co_await call.write(std::move(report));
    if (!written) co_return status(status_code::cancelled, "the caller is gone");
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace grpcwire::interop
