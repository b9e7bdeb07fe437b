// Numbers that look random and are the same on every machine: everything a test draws comes from
// one seed, which the test prints when it fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace grpcwire::tests {

/// splitmix64. The distributions of <random> differ between standard libraries, so none is used.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// 0 … n - 1; 0 for n = 0.
  std::size_t below(std::size_t n) noexcept {
    return n == 0 ? 0 : static_cast<std::size_t>(next() % n);
  }
  /// Both ends included.
  std::size_t between(std::size_t least, std::size_t most) noexcept {
    return least + below(most - least + 1);
  }
  bool chance(unsigned percent) noexcept { return below(100) < percent; }

  /// Mostly small, sometimes up to `most`: what sizes of messages and pieces look like.
  std::size_t size(std::size_t most) noexcept {
    const std::size_t limit = chance(70) ? most / 64 : most;
    return below((limit < most ? limit : most) + 1);
  }

  std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(next() >> 56);
    return text;
  }

  template <class Range>
  auto& pick(Range& from) noexcept {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace grpcwire::tests
