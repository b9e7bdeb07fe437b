// What a test server reports of its load: whatever its callers told it to (gRPC A51).
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "grpc/testing/messages.pb.h"
#include "one_at_a_time.hpp"
#include "xds/service/orca/v3/orca.grpcwire.hpp"

namespace grpcwire::interop {

/// The trailer that carries the load of a call.
inline constexpr std::string_view load_trailer = "endpoint-load-metrics-bin";

using load_report = ::xds::data::orca::v3::OrcaLoadReport;
load_report to_load_report(const ::grpc::testing::TestOrcaReport& wish);

/// Reports out of band. One caller at a time may say what: who takes `turn` sets.
class load_service final : public ::xds::service::orca::v3::OpenRcaService::service {
 public:
  using Request = ::xds::service::orca::v3::OrcaLoadReportRequest;

  awaitable<status> StreamCoreMetrics(server_context& context, Request request,
                                      server_call<Request, load_report>& call) override;

  /// In place of what was set before. Any thread.
  void set(const ::grpc::testing::TestOrcaReport& wish);

  one_at_a_time turn;

 private:
  load_report now() const;

  mutable std::mutex mutex_;
  load_report report_;
};

}  // namespace grpcwire::interop
