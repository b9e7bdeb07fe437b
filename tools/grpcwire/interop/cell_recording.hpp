// What stands between the client and the server of a cell: the only file here that knows the tap
// and what is made of its recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>

namespace grpcwire::tools {

class cell_recording {
 public:
  cell_recording(asio::io_context& io, std::uint16_t server_port);
  ~cell_recording();
  cell_recording(cell_recording&&) = delete;

  /// An answer is a sentence that says why it cannot.
  std::optional<std::string> start();
  /// Where the client has to connect; valid after start().
  std::uint16_t port() const;

  /// Ends it; what follows is about what was recorded until then.
  void stop();
  /// Makes TLS readable whose keys are in these lines of SSLKEYLOGFILE.
  void decrypt(std::string key_log);
  bool saw_a_connection() const;
  /// Writes frames.txt and connection.pcapng. An answer is a sentence that says why it cannot.
  std::optional<std::string> save(const std::filesystem::path& folder) const;
  std::vector<std::string> frames() const;  ///< at most 200
  nlohmann::json why(std::string_view case_name, std::string_view client_log) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace grpcwire::tools
