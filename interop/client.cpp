// interop_client: one official test case, or all of them, against one server.
#include <cstdio>
#include <exception>
#include <string_view>

#include <fmt/format.h>

#include "case_context.hpp"
#include "client_flags.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

bool passes(const test_case& which, const client_flags& flags) {
  try {
    case_context context(flags);
    which.run(context);
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
  int failures = 0;
  for (const test_case& c : test_cases()) failures += passes(c, flags) ? 0 : 1;
  fmt::print("{} of {} cases passed\n", test_cases().size() - static_cast<std::size_t>(failures),
             test_cases().size());
  return failures == 0;
}

int run(int argc, char** argv) {
  client_flags flags;
  const parse_outcome parsed = parse_client_flags(argc, argv, flags);
  if (!parsed.go_on) return parsed.exit_code;
  if (flags.test_case != "all" && find_test_case(flags.test_case) == nullptr) {
    fmt::print(stderr, "interop_client: no test case is called '{}'; these are known: {}, all\n",
               flags.test_case, known_case_names(", "));
    return 2;
  }
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
