// A server, or a proxy in front of one, that was started and takes connections.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include <grpcwire/codec/result.hpp>

#include "child_process.hpp"
#include "implementation.hpp"
#include "start_of_program.hpp"

namespace grpcwire::tools {

struct server_process {
  child_process child;
  const program* what = nullptr;
  std::string name;        ///< `cpp server`
  std::uint16_t port = 0;  ///< on the loopback interface
  std::filesystem::path log;
  std::string command;  ///< for a shell

  /// How it has ended, in a sentence; nothing while it runs.
  std::optional<std::string> death();
};

using started_server = codec::result<std::unique_ptr<server_process>, std::string>;

/// Starts it and waits until it is ready; its port is chosen here. `name` is what it is called to
/// people. Both have to outlive it. An answer in words says why it is not ready.
asio::awaitable<started_server> start_server(program_start& how, const std::string& name);

}  // namespace grpcwire::tools
