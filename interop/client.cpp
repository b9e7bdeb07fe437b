// interop_client: one official test case, or all of them, against one server.
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "case_context.hpp"
#include "client_flags.hpp"
#include "refused_cases.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

void print_last(const last_frames& frames) {
  if (frames.count() == 0) return;
  fmt::print(stderr, "The last of {} frames:\n", frames.count());
  for (const std::string& line : frames.lines()) fmt::print(stderr, "  {}\n", line);
}

bool passes(const test_case& which, const client_flags& flags) {
  try {
    case_context context(flags);
    try {
      which.run(context);
    } catch (const std::exception& failure) {
      fmt::print(stderr, "FAIL {}: {}\n", which.name, failure.what());
      print_last(*context.frames);
      return false;
    }
  } catch (const std::exception& failure) {
    fmt::print(stderr, "FAIL {}: {}\n", which.name, failure.what());
    return false;
  }
  fmt::print("pass {}\n", which.name);
  std::fflush(stdout);  // in order with what goes to stderr
  return true;
}

bool run_once(const client_flags& flags) {
  if (flags.test_case != "all") return passes(*find_test_case(flags.test_case), flags);
  int passed = 0;
  int run = 0;
  for (const test_case& c : test_cases()) {
    if (c.slow || !has_what_it_needs(c, flags)) continue;
    ++run;
    if (passes(c, flags)) ++passed;
  }
  fmt::print("{} of {} cases passed\n", passed, run);
  return passed == run;
}

bool can_be_run(const client_flags& flags) {
  if (flags.test_case == "all") return true;
  if (const std::string_view why = why_refused(flags.test_case); !why.empty()) {
    fmt::print(stderr, "interop_client: {} is not run: {}\n", flags.test_case, why);
    return false;
  }
  const test_case* const which = find_test_case(flags.test_case);
  if (which == nullptr) {
    fmt::print(stderr, "interop_client: no test case is called '{}'; these are known: {}, all\n",
               flags.test_case, known_case_names(", "));
    return false;
  }
  if (has_what_it_needs(*which, flags)) return true;
  fmt::print(stderr, "interop_client: {} needs {}\n", which->name, which->needs);
  return false;
}

int run(int argc, char** argv) {
  client_flags flags;
  const parse_outcome parsed = parse_client_flags(argc, argv, flags);
  if (!parsed.go_on) return parsed.exit_code;
  if (!can_be_run(flags)) return 2;
  for (int n = 0; n < flags.num_times; ++n) {
    if (!run_once(flags)) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace grpcwire::interop

int main(int argc, char** argv) {
  try {
    return grpcwire::interop::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "interop_client: {}\n", error.what());
    return 1;
  }
}
