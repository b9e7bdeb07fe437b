#include "timeout.hpp"

#include <cassert>
#include <charconv>
#include <cstddef>

namespace grpcwire::codec {
namespace {

using std::chrono::nanoseconds;

struct unit {
  char letter;
  std::int64_t length_ns;
};

constexpr std::array<unit, 6> units = {{
    {'n', 1},
    {'u', 1'000},
    {'m', 1'000'000},
    {'S', 1'000'000'000},
    {'M', 60'000'000'000},
    {'H', 3'600'000'000'000},
}};

constexpr std::int64_t most = 99'999'999;
constexpr std::size_t most_digits = 8;

constexpr std::int64_t rounded_up(std::int64_t length_ns, const unit& in) {
  return length_ns / in.length_ns + (length_ns % in.length_ns == 0 ? 0 : 1);
}
static_assert(rounded_up(nanoseconds::max().count(), units.back()) <= most, "hours always fit");

}  // namespace

timeout_text format_timeout(nanoseconds left) noexcept {
  assert(left.count() > 0 && "a deadline that has passed must not go on the wire");
  std::size_t chosen = 0;
  while (rounded_up(left.count(), units[chosen]) > most) ++chosen;

  timeout_text text;
  char* const begin = text.data.data();
  char* const end =
      std::to_chars(begin, begin + most_digits, rounded_up(left.count(), units[chosen])).ptr;
  *end = units[chosen].letter;
  text.size = static_cast<std::uint8_t>(end - begin + 1);
  return text;
}

std::optional<nanoseconds> parse_timeout(std::string_view text) noexcept {
  if (text.size() < 2 || text.size() > most_digits + 1) return std::nullopt;
  const char letter = text.back();
  text.remove_suffix(1);

  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  for (const unit& candidate : units) {
    if (candidate.letter != letter) continue;
    if (value > nanoseconds::max().count() / candidate.length_ns) return nanoseconds::max();
    return nanoseconds(value * candidate.length_ns);
  }
  return std::nullopt;
}

}  // namespace grpcwire::codec
