// What a session needs while a turn lasts: the events that are raised and polled, and what they are
// views of. Private to transport.
#pragma once

#include <cstddef>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>
#include <grpcwire/transport/event.hpp>
#include <grpcwire/transport/field_text.hpp>

namespace grpcwire::transport {

/// An event and where its header fields are.
struct event_record {
  event_record() noexcept {}  // not defaulted: emplace_back() would fill it with zeroes first
  explicit event_record(const event& e) noexcept : what(e) {}

  event what;
  std::size_t first_field = 0;
  std::size_t field_count = 0;
};

/// Lent by the thread, see spare_parts.hpp.
struct turn_memory {
  std::vector<event_record> raised;  // since the batch that is being polled
  std::vector<event_record> polled;  // that batch: it stays put while actions raise more
  event_record* next = nullptr;      // in it
  std::vector<codec::header_view> fields;
  std::vector<field_text> field_texts;  // what fields are views of
  codec::text_arena text;
  // A storm of events must not hold its memory for as long as the thread lives.
  static constexpr std::size_t usual_max = 4096;
  bool large = false;  // there were once more

  bool batch_polled() const noexcept { return next == polled.data() + polled.size(); }
  bool has_events() const noexcept { return !batch_polled() || !raised.empty(); }

  /// What was raised meanwhile is polled.
  void next_batch() noexcept {
    polled.clear();
    polled.swap(raised);
    next = polled.data();
    large = large || polled.size() > usual_max;
  }
  /// Keeps the room, not what is in it. Everything is polled.
  void clear() noexcept {
    polled.clear();
    next = polled.data();
    forget_fields();
  }
  void forget_fields() noexcept {
    large = large || fields.size() > usual_max;
    fields.clear();
    field_texts.clear();
    text.clear();
  }
};

}  // namespace grpcwire::transport
