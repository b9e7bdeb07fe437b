#include "junit.hpp"

#include <cstdint>
#include <map>

#include <fmt/format.h>

namespace grpcwire::tools {
namespace {

// The length of the UTF-8 sequence at the beginning that XML 1.0 allows; 0 when there is none.
std::size_t allowed_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  std::uint32_t code = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool fits = code >= least[length] && code <= 0x10ffff && !surrogate;
  return fits && code != 0xfffe && code != 0xffff ? length : 0;
}

std::string suite_name(const cell_result& c) {
  std::string text = c.client + " calls " + c.server;
  if (!c.through.empty()) text += " through " + c.through;
  return text + ", " + std::string(name(c.security));
}

std::string body(const cell_result& c) {
  std::string text;
  for (const std::string& command : c.commands) text += "$ " + command + "\n";
  if (!c.client_log.empty()) text += "--- client\n" + c.client_log + "\n";
  if (!c.server_log.empty()) text += "--- server\n" + c.server_log + "\n";
  return text;
}

std::string test_case(const cell_result& c) {
  std::string xml = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                                xml_escaped(suite_name(c)), xml_escaped(c.case_name), c.seconds);
  const std::string reason = xml_escaped(c.reason);
  switch (c.outcome) {
    case outcome::pass:
      return xml + "/>\n";
    case outcome::flaky:
      return xml +
             fmt::format(">\n      <system-out>flaky: {}</system-out>\n    </testcase>\n", reason);
    case outcome::skip:
      return xml + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", reason);
    case outcome::expected_failure:
      return xml +
             fmt::format(">\n      <skipped message=\"expected to fail: {}\"/>\n    </testcase>\n",
                         reason);
    case outcome::fail:
    case outcome::unexpected_pass:
      break;
  }
  return xml + fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                           reason, xml_escaped(body(c)));
}

struct suite {
  std::string tests;
  int count = 0;
  int failures = 0;
  int skipped = 0;
  double seconds = 0;
};

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const std::size_t length = allowed_sequence(text);
    const std::string_view sequence = text.substr(0, length);
    if (length == 0) {
      escaped += '?';
    } else if (sequence == "&") {
      escaped += "&amp;";
    } else if (sequence == "<") {
      escaped += "&lt;";
    } else if (sequence == ">") {
      escaped += "&gt;";
    } else if (sequence == "\"") {
      escaped += "&quot;";
    } else {
      escaped += sequence;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

std::string junit(const std::vector<cell_result>& cells) {
  std::map<std::string, suite> suites;
  suite sum;
  for (const cell_result& c : cells) {
    suite& s = suites[suite_name(c)];
    s.tests += test_case(c);
    for (suite* counted : {&s, &sum}) {
      ++counted->count;
      counted->failures += is_bad(c.outcome);
      counted->skipped += c.outcome == outcome::skip || c.outcome == outcome::expected_failure;
      counted->seconds += c.seconds;
    }
  }
  const auto counts = [](const suite& s) {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3f}\"",
                       s.count, s.failures, s.skipped, s.seconds);
  };
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += fmt::format("<testsuites name=\"grpcwire interop\" {}>\n", counts(sum));
  for (const auto& [title, s] : suites) {
    xml += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", xml_escaped(title),
                       counts(s), s.tests);
  }
  return xml + "</testsuites>\n";
}

}  // namespace grpcwire::tools
