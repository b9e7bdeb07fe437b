// Runs the cells of a matrix, several at a time, on one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "expected_failures.hpp"
#include "matrix.hpp"
#include "results.hpp"
#include "run_settings.hpp"

namespace grpcwire::tools {

struct matrix_run {
  std::vector<cell_result> cells;     ///< in the order of the matrix
  std::vector<std::string> problems;  ///< of servers outside of cells
  bool interrupted = false;           ///< by SIGINT or SIGTERM: cells that were not run are skips
};

/// `finished` hears of each cell that was run, as it ends.
matrix_run run_matrix(const std::vector<cell>& cells, const run_settings& settings,
                      const expected_failures& expected,
                      const std::function<void(const cell_result&)>& finished);

}  // namespace grpcwire::tools
