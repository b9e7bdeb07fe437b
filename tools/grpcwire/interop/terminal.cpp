#include "terminal.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace grpcwire::tools {
namespace {

using seconds = std::chrono::duration<double>;

std::string title(const cell_result& c) {
  const std::string way = c.through.empty() ? "" : " through " + c.through;
  return fmt::format("{} calls {}{}, {}, {}", c.client, c.server, way, name(c.security),
                     c.case_name);
}

// Passed and run, for example `22/23`; an exclamation mark when some are bad.
std::string score(const run_totals& t) {
  if (t.run() == 0) return "-";
  return fmt::format("{}/{}{}", t[outcome::pass] + t[outcome::flaky], t.run(), t.good() ? "" : "!");
}

struct table {
  std::set<std::string> clients;
  std::set<std::string> servers;
  std::map<std::string, std::vector<cell_result>> cells;  // by client, newline, server
};

std::string pair_text(const std::vector<cell_result>& cells) {
  std::vector<cell_result> split[2];
  for (const cell_result& c : cells) split[c.security == security::tls].push_back(c);
  std::string text;
  for (const auto& part : split) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + score(add_up(part));
  }
  return text;
}

std::string print(const table& t) {
  std::vector<std::vector<std::string>> rows{{"client \\ server"}};
  for (const std::string& server : t.servers) rows[0].push_back(server);
  for (const std::string& client : t.clients) {
    rows.push_back({client});
    for (const std::string& server : t.servers) {
      const auto found = t.cells.find(client + "\n" + server);
      rows.back().push_back(found == t.cells.end() ? "" : pair_text(found->second));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[column].size());
      line += fmt::format(" {:<{}} ", row[column], width);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string by_reason(const std::vector<cell_result>& cells, outcome wanted,
                      std::string_view heading) {
  std::map<std::string, int> count;
  for (const cell_result& c : cells) {
    if (c.outcome == wanted) ++count[c.reason.substr(0, c.reason.find(" ("))];
  }
  std::string text;
  for (const auto& [reason, n] : count) text += fmt::format("  {:4}  {}\n", n, reason);
  return text.empty() ? text : fmt::format("\n{}\n{}", heading, text);
}

}  // namespace

progress::progress(std::FILE* to, bool is_terminal, std::size_t cells, std::string folder)
    : to_(to), is_terminal_(is_terminal), cells_(cells), folder_(std::move(folder)) {
  show();
}

void progress::finished(const cell_result& c) {
  ++done_;
  if (is_bad(c.outcome)) {
    ++failed_;
    end();
    fmt::print(to_, "{}", failure_lines(c, folder_));
  } else if (c.outcome != outcome::expected_failure) {
    ++passed_;
  }
  const bool tenth = done_ * 10 / cells_ != (done_ - 1) * 10 / cells_;
  if (is_terminal_ || tenth) show();
}

void progress::end() {
  if (is_terminal_) fmt::print(to_, "\r\033[K");
  std::fflush(to_);
}

void progress::show() {
  const double elapsed = seconds(std::chrono::steady_clock::now() - began_).count();
  fmt::print(to_, "{}[{}/{}] {} passed, {} failed, {:.0f} s{}", is_terminal_ ? "\r\033[K" : "",
             done_, cells_, passed_, failed_, elapsed, is_terminal_ ? "" : "\n");
  std::fflush(to_);
}

std::string failure_lines(const cell_result& c, const std::string& folder) {
  std::string text =
      fmt::format("{}  {}: {}\n", c.outcome == outcome::unexpected_pass ? "PASS?" : "FAIL ",
                  title(c), c.reason);
  // Without a frame it says what the client printed, which is the reason.
  if (c.why.is_object() && c.why.contains("frame") && !c.why["frame"].is_null()) {
    const std::string section = c.why.value("section", "");
    text += fmt::format("       why: {}{}\n", c.why.value("sentence", ""),
                        section.empty() ? "" : " (" + section + ")");
  }
  if (!c.folder.empty()) text += fmt::format("       see: {}/{}\n", folder, c.folder);
  return text;
}

std::string explanation(const cell_result& c, const std::string& folder) {
  std::string text = fmt::format("\n{}: {}\n  {}\n", title(c), name(c.outcome), c.reason);
  const auto add = [&](const char* label, const char* key) {
    if (!c.why.is_object()) return;
    const auto found = c.why.find(key);
    if (found == c.why.end() || !found->is_string() || *found == "") return;
    text += fmt::format("  {:<9} {}\n", label, found->get<std::string>());
  };
  add("why:", "sentence");
  add("frame:", "frame_line");
  add("rule:", "rule");
  add("written:", "section");
  add("hint:", "hint");
  if (!c.folder.empty()) text += fmt::format("  {:<9} {}/{}\n", "see:", folder, c.folder);
  return text;
}

std::string summary(const std::vector<cell_result>& cells) {
  std::map<std::string, table> tables;  // by proxy
  for (const cell_result& c : cells) {
    table& t = tables[c.through];
    t.clients.insert(c.client);
    t.servers.insert(c.server);
    t.cells[c.client + "\n" + c.server].push_back(c);
  }
  std::string text;
  for (const auto& [through, t] : tables) {
    text += fmt::format("\nPassed of those that were run{}, plaintext and TLS:\n{}",
                        through.empty() ? "" : " through " + through, print(t));
  }
  text += by_reason(cells, outcome::skip, "Skipped:");
  text += by_reason(cells, outcome::expected_failure, "Expected to fail:");
  text += by_reason(cells, outcome::flaky, "Flaky:");
  const run_totals totals = add_up(cells);
  text += fmt::format(
      "\n{} passed, {} failed, {} flaky, {} failed as expected, {} passed unexpectedly, "
      "{} skipped\n",
      totals[outcome::pass], totals[outcome::fail], totals[outcome::flaky],
      totals[outcome::expected_failure], totals[outcome::unexpected_pass], totals[outcome::skip]);
  return text;
}

}  // namespace grpcwire::tools
