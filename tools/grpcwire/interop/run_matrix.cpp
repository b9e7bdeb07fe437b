#include "run_matrix.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include "cell_run.hpp"
#include "server_pool.hpp"

namespace grpcwire::tools {
namespace {

struct running_matrix {
  const std::vector<cell>& cells;
  const std::function<void(const cell_result&)>& finished;
  cell_surroundings around;
  matrix_run& result;
  std::vector<std::size_t> to_run;
  std::size_t next = 0;
  std::size_t workers = 0;
};

asio::awaitable<void> work(running_matrix& m) {
  while (m.next < m.to_run.size()) {
    const std::size_t index = m.to_run[m.next++];
    cell_result result = co_await run_cell(m.around, m.cells[index]);
    m.finished(result);
    m.result.cells[index] = std::move(result);
  }
  if (--m.workers > 0) co_return;
  m.result.problems = co_await m.around.servers.stop_all();
  m.around.io.stop();  // the signals are still waited for
}

}  // namespace

matrix_run run_matrix(const std::vector<cell>& cells, const run_settings& settings,
                      const expected_failures& expected,
                      const std::function<void(const cell_result&)>& finished) {
  matrix_run result;
  server_pool servers(settings);
  asio::io_context io(1);  // goes first: what still runs in it uses the servers
  running_matrix m{cells, finished, {io, settings, expected, servers}, result, {}};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    result.cells.push_back(unrun(cells[i]));
    if (auto why = why_skipped(cells[i])) {
      result.cells.back().reason = std::move(*why);
    } else {
      result.cells.back().reason = "interrupted";
      m.to_run.push_back(i);
    }
  }
  if (m.to_run.empty()) return result;

  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](std::error_code error, int) {
    if (error) return;
    result.interrupted = true;
    io.stop();
  });
  m.workers = std::clamp<std::size_t>(settings.jobs, 1, m.to_run.size());
  std::exception_ptr trouble;
  for (std::size_t n = m.workers; n > 0; --n) {
    asio::co_spawn(io, work(m), [&](std::exception_ptr thrown) {
      if (!thrown) return;
      trouble = thrown;
      io.stop();
    });
  }
  io.run();
  if (trouble) std::rethrow_exception(trouble);
  return result;
}

}  // namespace grpcwire::tools
