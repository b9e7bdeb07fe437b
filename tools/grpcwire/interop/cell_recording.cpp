#include "cell_recording.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "../file_content.hpp"
#include "../recording/pcapng.hpp"
#include "../recording/recording_tap.hpp"
#include "../recording/tls_decryption.hpp"
#include "../report/why.hpp"
#include "run_settings.hpp"

namespace grpcwire::tools {

struct cell_recording::state {
  state(asio::io_context& io, std::uint16_t port) : tap(io, host_port{loopback, port}) {}

  recording_tap tap;
  recording recorded;
  std::optional<recording> without_tls;
  std::string key_log;

  const recording& readable() const { return without_tls ? *without_tls : recorded; }
};

cell_recording::cell_recording(asio::io_context& io, std::uint16_t server_port)
    : state_(std::make_unique<state>(io, server_port)) {}

cell_recording::~cell_recording() = default;

std::optional<std::string> cell_recording::start() {
  return state_->tap.start();
}

std::uint16_t cell_recording::port() const {
  return state_->tap.port();
}

void cell_recording::stop() {
  state_->tap.stop();
  state_->recorded = state_->tap.take();
}

void cell_recording::decrypt(std::string key_log) {
  state_->key_log = std::move(key_log);
  state_->without_tls = decrypted(state_->recorded, state_->key_log);
}

bool cell_recording::saw_a_connection() const {
  return !state_->recorded.connections.empty();
}

std::optional<std::string> cell_recording::save(const std::filesystem::path& folder) const {
  try {
    write_file(folder / "frames.txt", frames_as_text(state_->readable()));
  } catch (const std::exception& error) {
    return error.what();
  }
  return write_pcapng(folder / "connection.pcapng", state_->recorded, state_->key_log);
}

std::vector<std::string> cell_recording::frames() const {
  constexpr std::size_t frames_max = 200;
  return frame_lines(state_->readable(), frames_max);
}

nlohmann::json cell_recording::why(std::string_view case_name, std::string_view client_log) const {
  return tools::why(state_->readable(), case_name, client_log);
}

}  // namespace grpcwire::tools
