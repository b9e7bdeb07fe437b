#include "trace_context.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace grpcwire {
namespace {

constexpr std::string_view parent_name = "traceparent";
constexpr std::string_view state_name = "tracestate";
constexpr std::size_t version_00_size = 55;
constexpr std::size_t members_max = 32;
constexpr std::uint8_t invalid_version = 0xff;

void append_hex(std::string& to, std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    to.push_back(digits[byte >> 4]);
    to.push_back(digits[byte & 15]);
  }
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;  // upper case is an error (HEXDIGLC)
  return -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> to) noexcept {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    to[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool all_zero(std::span<const std::uint8_t> bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

// ---- tracestate

struct member {
  std::string_view key;
  std::string_view value;
};

bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Letters, digits and `_-*/`, of which the first is a letter (or a digit, when that is allowed).
bool good_name(std::string_view text, std::size_t size_max, bool digit_first) noexcept {
  if (text.empty() || text.size() > size_max) return false;
  if (!is_lower(text[0]) && !(digit_first && is_digit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

/// §3.3.1.3.1: a simple key, or `tenant@system`.
bool good_key(std::string_view key) noexcept {
  const std::size_t at = key.find('@');
  if (at == std::string_view::npos) return good_name(key, 256, false);
  return good_name(key.substr(0, at), 241, true) && good_name(key.substr(at + 1), 14, false);
}

/// §3.3.1.3.2
bool good_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > 256 || value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

std::string_view without_space(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::vector<member>> split_state(std::string_view value) {
  std::vector<member> members;
  for (bool more = true; more;) {
    const std::size_t comma = value.find(',');
    const std::string_view part = without_space(value.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) value.remove_prefix(comma + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || members.size() == members_max) return std::nullopt;
    const member next{part.substr(0, equals), part.substr(equals + 1)};
    const bool twice = std::any_of(members.begin(), members.end(),
                                   [&](const member& m) { return m.key == next.key; });
    if (twice || !good_key(next.key) || !good_value(next.value)) return std::nullopt;
    members.push_back(next);
  }
  return members;
}

void append_member(std::string& to, const member& m) {
  if (!to.empty()) to.push_back(',');
  to.append(m.key).append("=").append(m.value);
}

}  // namespace

std::string to_hex(const std::array<std::uint8_t, 16>& trace_id) {
  std::string text;
  append_hex(text, trace_id);
  return text;
}

std::string to_hex(const std::array<std::uint8_t, 8>& span_id) {
  std::string text;
  append_hex(text, span_id);
  return text;
}

std::optional<trace_context> parse_traceparent(std::string_view value) {
  if (value.size() < version_00_size) return std::nullopt;
  if (value[2] != '-' || value[35] != '-' || value[52] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  trace_context context;
  if (!read_hex(value, version) || version[0] == invalid_version ||
      !read_hex(value.substr(3), context.trace_id) || all_zero(context.trace_id) ||
      !read_hex(value.substr(36), context.span_id) || all_zero(context.span_id) ||
      !read_hex(value.substr(53), flags)) {
    return std::nullopt;
  }
  context.flags = flags[0];
  if (version[0] == 0) {
    if (value.size() != version_00_size) return std::nullopt;
    return context;
  }
  // Later versions may go on behind a dash, and only this flag is known to mean the same.
  if (value.size() > version_00_size && value[version_00_size] != '-') return std::nullopt;
  context.flags &= trace_context::sampled_flag;
  return context;
}

std::string format_traceparent(const trace_context& context) {
  std::string text = "00-";
  text.reserve(version_00_size);
  append_hex(text, context.trace_id);
  text.push_back('-');
  append_hex(text, context.span_id);
  text.push_back('-');
  append_hex(text, std::array{context.flags});
  return text;
}

std::optional<std::string> normalize_tracestate(std::string_view value) {
  const auto members = split_state(value);
  if (!members) return std::nullopt;
  std::string text;
  for (const member& m : *members) append_member(text, m);
  return text;
}

bool set_trace_state(trace_context& context, std::string_view key, std::string_view value) {
  if (!good_key(key) || !good_value(value)) return false;
  std::string text;
  append_member(text, {key, value});
  const auto members = split_state(context.state).value_or(std::vector<member>());
  std::size_t count = 1;
  for (const member& m : members) {
    if (m.key == key || count == members_max) continue;
    append_member(text, m);
    ++count;
  }
  context.state = std::move(text);
  return true;
}

std::optional<trace_context> read_trace_context(const metadata& fields) {
  std::optional<std::string_view> parent;
  std::string state;
  for (const auto& [name, value] : fields) {
    if (name == parent_name) {
      if (parent) return std::nullopt;  // two contradict each other
      parent = value;
    } else if (name == state_name) {
      // Several are one list, in their order (RFC 9110 §5.3).
      if (!state.empty()) state.push_back(',');
      state.append(value);
    }
  }
  if (!parent) return std::nullopt;
  auto context = parse_traceparent(*parent);
  if (context && !state.empty()) {
    context->state = normalize_tracestate(state).value_or(std::string());
  }
  return context;
}

void write_trace_context(metadata& fields, const trace_context& context) {
  fields.remove(parent_name);
  fields.remove(state_name);
  fields.add(parent_name, format_traceparent(context));
  if (!context.state.empty()) fields.add(state_name, context.state);
}

}  // namespace grpcwire
