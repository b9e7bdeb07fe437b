// The client's program in a run: one object for each call, which writes, reads slowly, cancels and
// waits as planned.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <grpcwire/codec/client_call.hpp>

#include "tests/sim/endpoint.hpp"
#include "tests/sim/plan.hpp"

namespace grpcwire::sim {

class client_program {
 public:
  client_program(scheduler& s, tests::random_source& random, endpoint& end, const call_plan& plan);
  client_program(const client_program&) = delete;
  client_program& operator=(const client_program&) = delete;

  void start();
  void cancel();
  void on_event(const transport::event& e);

  const call_plan& plan() const noexcept { return *plan_; }
  /// One for each time the call ended.
  const std::vector<codec::status>& ends() const noexcept { return ends_; }
  const std::vector<std::string>& received() const noexcept { return received_; }
  std::size_t stream_closes() const noexcept { return stream_closes_; }
  bool opened() const noexcept { return static_cast<bool>(stream_); }

 private:
  void send_head();
  void write_next();
  void advance();
  void take_one();

  scheduler* scheduler_;
  tests::random_source* random_;
  endpoint* end_;
  const call_plan* plan_;
  codec::client_call call_;
  transport::stream_handle stream_;
  std::size_t written_ = 0;
  std::vector<codec::status> ends_;
  std::vector<std::string> received_;
  std::size_t taken_ = 0;  // messages whose credit has gone back
  bool taking_ = false;
  std::size_t stream_closes_ = 0;
};

}  // namespace grpcwire::sim
