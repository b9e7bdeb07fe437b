// Runs one cell of the matrix: its server, the tap, its client, and what is kept of them.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "expected_failures.hpp"
#include "matrix.hpp"
#include "results.hpp"
#include "run_settings.hpp"
#include "server_pool.hpp"

namespace grpcwire::tools {

struct cell_surroundings {
  asio::io_context& io;
  const run_settings& settings;
  const expected_failures& expected;
  server_pool& servers;
};

/// All attempts. `c` and the surroundings have to outlive it.
asio::awaitable<cell_result> run_cell(const cell_surroundings& around, const cell& c);

}  // namespace grpcwire::tools
