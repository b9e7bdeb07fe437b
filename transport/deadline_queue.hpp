// Which deadline is next: a heap of moments, each of which can be changed or removed by its key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <grpcwire/transport/time.hpp>

namespace grpcwire::transport {

/// Keys are small numbers (stream slots). Setting a deadline that is later than all others, which
/// is the usual case, moves nothing.
class deadline_queue {
 public:
  void set(std::uint32_t key, time_point at) {
    if (key >= places_.size()) places_.resize(key + 1, nowhere);
    std::uint32_t place = places_[key];
    if (place == nowhere) {
      place = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({at, key});
      places_[key] = place;
      up(place);
      return;
    }
    const bool earlier = at < heap_[place].at;
    heap_[place].at = at;
    earlier ? up(place) : down(place);
  }

  void remove(std::uint32_t key) noexcept {
    if (key >= places_.size() || places_[key] == nowhere) return;
    const std::uint32_t place = places_[key];
    places_[key] = nowhere;
    const entry last = heap_.back();
    heap_.pop_back();
    if (place == heap_.size()) return;
    heap_[place] = last;
    places_[last.key] = place;
    up(place);
    down(places_[last.key]);
  }

  bool empty() const noexcept { return heap_.empty(); }
  std::optional<time_point> next() const noexcept {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().at;
  }

  /// Takes out one key whose deadline is not after `now`.
  std::optional<std::uint32_t> pop_expired(time_point now) noexcept {
    if (heap_.empty() || heap_.front().at > now) return std::nullopt;
    const std::uint32_t key = heap_.front().key;
    remove(key);
    return key;
  }

 private:
  struct entry {
    time_point at;
    std::uint32_t key;
  };
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  void swap(std::uint32_t a, std::uint32_t b) noexcept {
    std::swap(heap_[a], heap_[b]);
    places_[heap_[a].key] = a;
    places_[heap_[b].key] = b;
  }
  void up(std::uint32_t place) noexcept {
    while (place != 0) {
      const std::uint32_t parent = (place - 1) / 2;
      if (heap_[parent].at <= heap_[place].at) return;
      swap(place, parent);
      place = parent;
    }
  }
  void down(std::uint32_t place) noexcept {
    for (;;) {
      const std::size_t left = 2 * std::size_t{place} + 1;
      if (left >= heap_.size()) return;
      std::size_t least = left;
      if (left + 1 < heap_.size() && heap_[left + 1].at < heap_[left].at) least = left + 1;
      if (heap_[place].at <= heap_[least].at) return;
      swap(place, static_cast<std::uint32_t>(least));
      place = static_cast<std::uint32_t>(least);
    }
  }

  std::vector<entry> heap_;
  std::vector<std::uint32_t> places_;
};

}  // namespace grpcwire::transport
