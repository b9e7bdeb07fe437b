#include "expectation.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <grpcwire/transport/http2_names.hpp>

namespace grpcwire::bad_peer {
namespace {

using transport::http2::error_name;

/// Calls `each` with every part, until it returns false.
template <class Each>
bool all_parts(std::string_view text, std::string_view separator, Each each) {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (!each(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + separator.size());
  }
}

struct term {
  std::string_view word;
  std::string_view argument;

  explicit term(std::string_view text) : word(text.substr(0, text.find(' '))) {
    if (word.size() < text.size()) argument = text.substr(word.size() + 1);
  }
  bool of_connection() const { return word == "goaway" || word == "closed"; }
};

bool is_number(std::string_view text, const std::optional<int>& seen) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && seen == number;
}

bool is_code(std::string_view text, const std::optional<std::uint32_t>& seen) {
  return seen && (text == "any" || text == error_name(*seen));
}

bool holds(const term& t, const observation& seen) {
  if (t.word == "status") return is_number(t.argument, seen.status);
  if (t.word == "http") return is_number(t.argument, seen.http);
  if (t.word == "reset") return is_code(t.argument, seen.reset);
  if (t.word == "goaway") return is_code(t.argument, seen.goaway) && seen.closed;
  if (t.word == "closed") return seen.closed && !seen.goaway;
  return t.word == "silence" && !seen.status && !seen.http && !seen.reset && !seen.goaway &&
         !seen.closed;
}

bool known(const term& t) {
  constexpr std::array alone{"closed", "silence"};
  constexpr std::array with_number{"status", "http"};
  if (std::ranges::find(alone, t.word) != alone.end()) return t.argument.empty();
  if (std::ranges::find(with_number, t.word) != with_number.end()) {
    return !t.argument.empty() &&
           t.argument.find_first_not_of("0123456789") == std::string_view::npos;
  }
  if (t.word != "reset" && t.word != "goaway") return false;
  if (t.argument == "any") return true;
  for (std::uint32_t code = 0; code <= transport::http2::error::http_1_1_required; ++code) {
    if (t.argument == error_name(code)) return true;
  }
  return false;
}

}  // namespace

std::string text(const observation& seen) {
  std::string out;
  const auto add = [&out](const std::string& part) {
    out.append(out.empty() ? "" : ", ").append(part);
  };
  if (seen.status) add("status " + std::to_string(*seen.status));
  if (seen.http) add("http " + std::to_string(*seen.http));
  if (seen.reset) add("reset " + std::string(error_name(*seen.reset)));
  if (seen.goaway) add("goaway " + std::string(error_name(*seen.goaway)));
  if (seen.goaway && !seen.closed) add("but the connection stays open");
  if (seen.closed && !seen.goaway) add("closed");
  return out.empty() ? "silence" : out;
}

bool matches(std::string_view expectation, const observation& seen) {
  const bool lost = seen.closed || seen.goaway;
  return !all_parts(expectation, " | ", [&](std::string_view alternative) {
    bool of_connection = false;
    const bool all = all_parts(alternative, ", ", [&](std::string_view part) {
      const term t(part);
      of_connection = of_connection || t.of_connection();
      return holds(t, seen);
    });
    return !(all && of_connection == lost);
  });
}

std::optional<std::string> mistake_in(std::string_view expectation) {
  std::optional<std::string> mistake;
  all_parts(expectation, " | ", [&](std::string_view alternative) {
    return all_parts(alternative, ", ", [&](std::string_view part) {
      if (known(term(part))) return true;
      mistake = "'" + std::string(part) + "' is no expectation";
      return false;
    });
  });
  return mistake;
}

}  // namespace grpcwire::bad_peer
