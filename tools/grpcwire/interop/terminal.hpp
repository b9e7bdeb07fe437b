// What a run prints for people: progress, failures as they come, and the matrix at the end.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "results.hpp"

namespace grpcwire::tools {

class progress {
 public:
  /// On a terminal one line is written over and over; elsewhere there is a line for each tenth.
  progress(std::FILE* to, bool is_terminal, std::size_t cells, std::string folder);

  void finished(const cell_result& c);
  /// Takes the line away.
  void end();

 private:
  void show();

  std::FILE* to_;
  bool is_terminal_;
  std::size_t cells_;
  std::string folder_;
  std::size_t done_ = 0;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// How a bad cell is told: its reason, why if that is known, and where to look.
std::string failure_lines(const cell_result& c, const std::string& folder);

/// All that is known of why a cell did not pass, also when that was expected.
std::string explanation(const cell_result& c, const std::string& folder);

/// A table of clients and servers, skipped cells and expected failures by reason, and the totals.
std::string summary(const std::vector<cell_result>& cells);

}  // namespace grpcwire::tools
