// The servers of a run: each is started when a cell needs it, kept for the next ones, and started
// again when it has died.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <grpcwire/codec/result.hpp>

#include "matrix.hpp"
#include "run_settings.hpp"
#include "server_process.hpp"

namespace grpcwire::tools {

/// A server that runs, with a proxy before it if there is one. Several cells may use it at once.
struct served {
  std::unique_ptr<server_process> server;
  std::unique_ptr<server_process> proxy;  ///< or nullptr
  std::filesystem::path key_log;          ///< of the server, if it writes one
  std::string ca;                         ///< whom its clients have to trust
  std::vector<std::string> users;         ///< the cells that use it now
  bool death_was_told = false;            ///< some cell has reported it

  std::uint16_t port() const { return proxy ? proxy->port : server->port; }
  std::vector<std::string> commands() const;
  /// Which of them has ended and how; nothing while both run.
  std::optional<std::string> death();
};

class server_pool {
 public:
  /// `settings` have to outlive it.
  explicit server_pool(const run_settings& settings) : settings_(&settings) {}
  server_pool(server_pool&&) = delete;

  using answer = codec::result<std::shared_ptr<served>, std::string>;
  /// An answer in words says why there is no server. One that fails to start twice is not tried
  /// again.
  asio::awaitable<answer> acquire(const cell& c);

  /// Ends all with SIGTERM, and with SIGKILL those that take longer than some seconds. The answer
  /// says in sentences what went wrong with servers outside of cells, in the whole run.
  asio::awaitable<std::vector<std::string>> stop_all();

 private:
  struct entry {
    std::shared_ptr<served> current;
    bool starting = false;
    int failed_starts = 0;
    std::string problem;
  };

  asio::awaitable<answer> start(const cell& c, const std::filesystem::path& folder);
  program_start describe(const cell& c, const implementation& from, const program& what,
                         const std::filesystem::path& folder) const;

  const run_settings* settings_;
  std::map<std::string, entry> entries_;  // by folder name
  std::vector<std::string> problems_;
};

}  // namespace grpcwire::tools
