// Service configs under fuzzed input.
#include <array>
#include <string>
#include <string_view>

#include <grpcwire/rpc/service_config.hpp>

#include "tests/fuzz/harness.hpp"

namespace grpcwire::fuzz {

std::string service_config(codec::const_bytes input) {
  const std::array<std::string, 1> custom = {"mine"};
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const auto result = parse_service_config(text, custom);
  if (!result) {
    if (result.error().empty()) return "an error without text";
    for (const char c : result.error()) {
      if (c < ' ' || c > '~') return "an error that cannot be printed: " + result.error();
    }
    return {};
  }
  const auto again = parse_service_config(text, custom);
  if (!again || !(*again == *result)) return "the same text gives another value";
  for (const std::string_view path : {"/p.S/M", "/p.S/", "/", "", "nonsense", "/a/b/c"}) {
    const method_config* found = result->find(path);
    if (found == nullptr) continue;
    if (found->retry && found->hedging) return "both retries and hedging";
    if (found->retry && found->retry->max_attempts < 2) return "fewer than two attempts";
    if (found->timeout && found->timeout->count() < 0) return "a negative time-out";
  }
  return {};
}

}  // namespace grpcwire::fuzz
