// The server's program in a run: one handler for each call that arrives, which does what the plan
// of that call says.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <grpcwire/codec/server_call.hpp>

#include "tests/sim/endpoint.hpp"
#include "tests/sim/plan.hpp"

namespace grpcwire::sim {

class handler {
 public:
  handler(scheduler& s, tests::random_source& random, endpoint& end, const run_plan& run,
          transport::stream_handle stream);
  handler(const handler&) = delete;
  handler& operator=(const handler&) = delete;

  void on_event(const transport::event& e);
  /// RST_STREAM, whatever was planned.
  void reset();

  /// Null until the request was read.
  const call_plan* plan() const noexcept { return plan_; }
  const std::vector<std::string>& received() const noexcept { return received_; }
  std::size_t stream_closes() const noexcept { return stream_closes_; }
  std::size_t ends() const noexcept { return ends_; }

 private:
  void advance();
  void on_call_event(const codec::server_event& e);
  void take_one();
  void write_next();
  void respond();
  void finish(const codec::status& outcome, int http_status = 200);
  bool over() const noexcept { return ends_ != 0; }

  scheduler* scheduler_;
  tests::random_source* random_;
  endpoint* end_;
  const run_plan* run_;
  transport::stream_handle stream_;
  codec::server_call call_{{}};
  const call_plan* plan_ = nullptr;
  std::vector<std::string> received_;
  std::size_t taken_ = 0;
  std::size_t written_ = 0;
  std::size_t allowed_ = 0;  // responses that may be written by now
  std::size_t stream_closes_ = 0;
  std::size_t ends_ = 0;
  bool half_closed_ = false;
  bool taking_ = false;
  bool writing_ = false;
};

}  // namespace grpcwire::sim
