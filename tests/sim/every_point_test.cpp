// The same few calls, again and again; each time the connection is lost, stalls, is reset or told
// to go away one byte later. Whatever happens wherever: each call ends exactly once, with a status
// that fits, both programs agree, and all memory comes back.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/recycled_memory.hpp>
#include <grpcwire/transport/spare_parts.hpp>

#include "tests/sim/live_allocations.hpp"
#include "tests/sim/simulation.hpp"

namespace grpcwire::sim {
namespace {

using namespace std::chrono_literals;
using codec::status;
using codec::status_code;

call_plan call(std::vector<std::size_t> requests, std::vector<std::size_t> responses) {
  call_plan c;
  for (const std::size_t size : requests) c.requests.emplace_back(size, 'q');
  for (const std::size_t size : responses) c.responses.emplace_back(size, 'r');
  c.single_request = requests.size() == 1;
  c.single_response = responses.size() == 1;
  return c;
}

/// One call of each kind and habit, two at a time, through windows that are smaller than messages.
run_plan few_calls() {
  run_plan plan;
  plan.client.stream_window = plan.server.stream_window = 100;
  plan.server.max_concurrent_streams = 2;
  plan.up = plan.down = {.delay_max = 2ms, .piece_max = 40, .capacity = 1000};
  plan.calls = {call({30}, {250}), call({20}, {90, 0, 90}), call({60, 60, 60}, {10}),
                call({40, 40}, {40, 40}), call({50, 50, 50}, {})};
  for (std::size_t i = 0; i < plan.calls.size(); ++i) plan.calls[i].number = i;
  plan.calls[1].client_read_delay = 3ms;
  plan.calls[2].initial_metadata = plan.calls[2].separate_half_close = true;
  plan.calls[3].style = server_style::answer_each;
  plan.calls[3].server_read_delay = 3ms;
  plan.calls[4].style = server_style::early_status;
  plan.calls[4].early_after = 1;
  plan.calls[4].outcome = status(status_code::failed_precondition, "enough");
  return plan;
}

/// Both sides ask a silent peer for a sign of life.
void with_keepalive(run_plan& plan) {
  plan.client.keepalive = plan.server.keepalive = {.time = 10s, .timeout = 20s};
}

/// The network was silent before the client had heard of the server: a channel gives up then.
bool not_ready(const status& end) {
  return end.message().find("no SETTINGS in time") != std::string::npos;
}

/// Without what is only kept for the next who asks.
std::size_t memory_in_use() noexcept {
  transport::free_spare_parts();
  codec::free_kept_blocks();
  return live_allocations();
}

using verdict = std::function<bool(const status& end, const call_plan& planned)>;

/// Plays the calls with this in the middle, after each byte of them; a stall is told by `prepare`.
void at_every_point(
    trouble what, const verdict& fits, std::size_t on_time = 5,
    const std::function<void(run_plan&)>& prepare = [](run_plan&) {}) {
  constexpr std::uint64_t seed = 7;
  const run_report whole = run(few_calls(), seed);
  ASSERT_TRUE(whole.problems.empty()) << whole.problems.front();
  const std::size_t size = whole.up.size() + whole.down.size();
  ASSERT_GT(size, 1500U);
  std::size_t disturbed = 0;
  for (std::size_t point = 0; point <= size; ++point) {
    const std::string where =
        std::string(name(what)) + " after " + std::to_string(point) + " of " + std::to_string(size);
    const std::size_t memory = memory_in_use();
    {
      run_plan plan = few_calls();
      plan.middle = {what, point};
      prepare(plan);
      const run_report report = run(plan, seed);
      ASSERT_TRUE(report.problems.empty()) << where << ": " << report.problems.front();
      ASSERT_EQ(report.ends.size(), plan.calls.size()) << where;
      ASSERT_GE(report.on_time, on_time) << where << ": calls hang";
      for (std::size_t i = 0; i < report.ends.size(); ++i) {
        const status& end = report.ends[i];
        ASSERT_TRUE(fits(end, plan.calls[i])) << where << ", call " << i << ": " << describe(end);
        if (end != plan.calls[i].outcome) ++disturbed;
      }
    }
    ASSERT_EQ(memory_in_use(), memory) << where;
  }
  // All of that is worth something only if it did something.
  EXPECT_EQ(disturbed > size / 2, what != trouble::pause) << disturbed;
}

TEST(live_allocations, notice_one_block) {
  const std::size_t before = live_allocations();
  std::vector<std::string> kept;
  kept.emplace_back(1000, 'x');
  if (before != 0) {  // a sanitizer counts otherwise
    EXPECT_EQ(live_allocations(), before + 2);
  }
  kept = std::vector<std::string>();  // `= {}` would keep the block of the vector
  EXPECT_EQ(live_allocations(), before);
}

bool as_planned(const status& end, const call_plan& planned) {
  return end == planned.outcome;
}
bool planned_or_unavailable(const status& end, const call_plan& planned) {
  return as_planned(end, planned) || end.code() == status_code::unavailable;
}

TEST(every_point_of_a_call, at_which_the_connection_can_be_lost) {
  at_every_point(trouble::lost, planned_or_unavailable);
  at_every_point(trouble::lost_to_client, planned_or_unavailable);
  at_every_point(trouble::lost_to_server, planned_or_unavailable);
}

TEST(every_point_of_a_call, at_which_a_silent_network_is_found_out_by_keepalive) {
  const verdict fits = [](const status& end, const call_plan& planned) {
    return as_planned(end, planned) || not_ready(end) ||
           (end.code() == status_code::unavailable &&
            end.message().find("keepalive timeout") != std::string::npos);
  };
  at_every_point(trouble::stall, fits, 5, with_keepalive);
}

TEST(every_point_of_a_call, at_which_a_silent_network_is_bounded_by_deadlines) {
  const verdict fits = [](const status& end, const call_plan& planned) {
    return as_planned(end, planned) || not_ready(end) ||
           end.code() == status_code::deadline_exceeded;
  };
  at_every_point(trouble::stall, fits, 5, [](run_plan& plan) {
    for (call_plan& c : plan.calls) c.deadline = 3s;
  });
}

TEST(every_point_of_a_call, at_which_the_network_pauses_and_nothing_is_lost) {
  at_every_point(trouble::pause, as_planned);
  at_every_point(trouble::pause, as_planned, 5, with_keepalive);
}

TEST(every_point_of_a_call, at_which_it_can_be_cancelled) {
  at_every_point(trouble::cancel, [](const status& end, const call_plan& planned) {
    return as_planned(end, planned) || end.code() == status_code::cancelled;
  });
}

TEST(every_point_of_a_call, at_which_it_can_be_reset) {
  at_every_point(trouble::reset, [](const status& end, const call_plan& planned) {
    return as_planned(end, planned) || end.code() == status_code::internal;
  });
}

TEST(every_point_of_a_call, at_which_the_server_can_say_GOAWAY) {
  at_every_point(trouble::drain, planned_or_unavailable);
  at_every_point(trouble::goaway, planned_or_unavailable);
  at_every_point(trouble::angry_goaway, planned_or_unavailable);
}

TEST(every_point_of_a_call, at_which_the_client_can_say_GOAWAY) {
  at_every_point(trouble::goaway_of_client, planned_or_unavailable);
}

}  // namespace
}  // namespace grpcwire::sim
