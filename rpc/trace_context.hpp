// W3C Trace Context (Recommendation, Level 1): which distributed trace a call belongs to, as it
// travels in the metadata `traceparent` and `tracestate`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <grpcwire/codec/metadata.hpp>

namespace grpcwire {

/// A value; it need not be valid until it is formatted.
struct trace_context {
  static constexpr std::uint8_t sampled_flag = 1;

  std::array<std::uint8_t, 16> trace_id{};  ///< of the whole trace; not all zero
  std::array<std::uint8_t, 8> span_id{};    ///< of the sender's span (parent-id); not all zero
  std::uint8_t flags = 0;                   ///< trace-flags
  std::string state{};                      ///< tracestate: `vendor=value,…`; may be empty

  bool sampled() const noexcept { return (flags & sampled_flag) != 0; }
  friend bool operator==(const trace_context&, const trace_context&) = default;
};

/// Lower-case hexadecimal digits, as logs show ids.
std::string to_hex(const std::array<std::uint8_t, 16>& trace_id);
std::string to_hex(const std::array<std::uint8_t, 8>& span_id);

/// Version 00 exactly; of later versions the part that is known (§3.2). Nothing for anything else:
/// then a new trace begins.
std::optional<trace_context> parse_traceparent(std::string_view value);
/// Version 00. The ids must not be all zero.
std::string format_traceparent(const trace_context& context);

/// The list-members of a tracestate, without empty ones and without space around them. Nothing when
/// one of them breaks the grammar of §3.3, a key comes twice, or there are more than 32.
std::optional<std::string> normalize_tracestate(std::string_view value);
/// Puts this member in front, in place of an older one with the key (§3.5); the last of more than
/// 32 goes. False, and nothing changes, when key or value break the grammar.
bool set_trace_state(trace_context& context, std::string_view key, std::string_view value);

/// The context of a call. Nothing unless there is exactly one good traceparent; a bad tracestate
/// counts as empty.
std::optional<trace_context> read_trace_context(const metadata& fields);
/// Replaces what is there.
void write_trace_context(metadata& fields, const trace_context& context);

}  // namespace grpcwire
