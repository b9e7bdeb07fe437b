// Many runs, each from its seed. GRPCWIRE_SIM_SEED=n repeats one of them, GRPCWIRE_SIM_RUNS=n makes
// it n.
#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/codec/status_code.hpp>

namespace grpcwire::sim {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// True when all is well; says otherwise what is not, and how to see it again.
bool well(std::uint64_t seed, const run_report& report) {
  for (const std::string& problem : report.problems) {
    ADD_FAILURE() << problem << "\n  again: GRPCWIRE_SIM_SEED=" << seed;
  }
  return report.problems.empty();
}

TEST(simulation, keeps_its_promises_in_every_run) {
  const bool one = std::getenv("GRPCWIRE_SIM_SEED") != nullptr;
  const std::uint64_t first = number_from_environment("GRPCWIRE_SIM_SEED", 1);
  const std::uint64_t runs = one ? 1 : number_from_environment("GRPCWIRE_SIM_RUNS", 800);
  std::size_t calls = 0;
  std::map<codec::status_code, std::size_t> statuses;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    const run_report report = run(seed);
    if (!well(seed, report)) return;
    calls += report.calls;
    for (const auto& [code, count] : report.statuses) statuses[code] += count;
  }
  if (one) return;
  // The runs are worth something only if all that can happen does happen.
  EXPECT_GE(calls, runs * 5);
  if (runs < 100) return;
  EXPECT_GT(statuses[codec::status_code::ok], calls / 4);
  for (const auto code : {codec::status_code::cancelled, codec::status_code::deadline_exceeded,
                          codec::status_code::unavailable, codec::status_code::internal,
                          codec::status_code::data_loss}) {
    EXPECT_GT(statuses[code], 0U) << name(code);
  }
}

TEST(simulation, sends_the_same_bytes_from_the_same_seed) {
  std::size_t bytes = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const run_report first = run(seed);
    const run_report second = run(seed);
    EXPECT_EQ(first.up == second.up, true) << seed;
    EXPECT_EQ(first.down == second.down, true) << seed;
    EXPECT_EQ(first.statuses, second.statuses) << seed;
    bytes += first.up.size();
  }
  EXPECT_GT(bytes, 30U * 1000);
  EXPECT_NE(run(1).up, run(2).up);
}

}  // namespace
}  // namespace grpcwire::sim
