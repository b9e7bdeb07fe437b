// What a server says of its load by itself, not at the ends of calls (gRPC A51, "out of band").
#pragma once

#include <chrono>
#include <string>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/standing_call.hpp>

namespace grpcwire::detail {

/// OrcaLoadReportRequest of xds.service.orca.v3; the interval is not negative.
std::string load_report_request(std::chrono::nanoseconds interval);

/// Gets each report, an OrcaLoadReport; may destroy the backend_load.
class backend_load_user {
 public:
  virtual void on_load(codec::const_bytes report) = 0;

 protected:
  ~backend_load_user() = default;
};

/// Asks for as long as it lives; servers that cannot tell are asked once for each connection. Runs
/// on the channel's executor only.
class backend_load final : public standing_call_user {
 public:
  /// All references must outlive it.
  backend_load(const serial_executor& executor, const channel_options& options,
               std::chrono::nanoseconds interval, backend_load_user& user);

  /// Asks over this connection from now on.
  void watch(client_connection& over) { question_.ask(over); }
  /// The execution context ends.
  void let_go() { question_.let_go(); }
  std::chrono::nanoseconds interval() const noexcept { return interval_; }

 private:
  void on_message(codec::const_bytes payload) override { user_.on_load(payload); }
  void on_broken(const codec::status&, bool) override {}
  void on_unimplemented() override {}

  std::chrono::nanoseconds interval_;
  backend_load_user& user_;
  standing_question question_;
};

}  // namespace grpcwire::detail
