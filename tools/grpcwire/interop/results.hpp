// What came of each cell, and all of it as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "expected_failures.hpp"
#include "matrix.hpp"

namespace grpcwire::tools {

enum class outcome : std::uint8_t {
  pass,
  fail,
  flaky,  ///< passed, but not at the first attempt
  skip,
  expected_failure,
  unexpected_pass,
};

std::string_view name(outcome o);

/// Whether the run fails because of it.
inline bool is_bad(outcome o) {
  return o == outcome::fail || o == outcome::unexpected_pass;
}

/// Of a cell that was run.
outcome judge(bool passed, int attempts, bool expected_to_fail);

struct cell_result {
  std::string client;
  std::string server;
  std::string through;  ///< empty: a direct way
  std::string case_name;
  tools::security security = security::plaintext;
  tools::outcome outcome = outcome::skip;
  std::string reason;      ///< why it is no plain pass
  double seconds = 0;      ///< of the last attempt
  int attempts = 0;        ///< 0: it was not run
  std::string client_log;  ///< the last 4 KiB, and so below
  std::string server_log;
  std::vector<std::string> commands;  ///< for a shell
  std::string folder;                 ///< within the folder of the results; empty: there is none
  std::vector<std::string> frames;    ///< of a cell that did not pass: at most 200
  nlohmann::json why;                 ///< null, or an explanation in words
};

/// The result of a cell that was not run yet.
cell_result unrun(const cell& c);

struct run_totals {
  int count[6] = {};
  int operator[](outcome o) const { return count[static_cast<int>(o)]; }
  int run() const;  ///< how many were not skipped
  bool good() const;
};

run_totals add_up(const std::vector<cell_result>& cells);

nlohmann::json as_json(const cell_result& c);

/// The whole of results.json. `made` is the time, ISO 8601.
nlohmann::json as_json(const std::vector<cell_result>& cells,
                       const std::vector<implementation*>& used, std::string_view made,
                       std::string_view version);

/// As text, also when a log is not UTF-8.
std::string dump(const nlohmann::json& value);

}  // namespace grpcwire::tools
