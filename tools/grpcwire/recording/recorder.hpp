// Builds a recording from what a relay tells.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "../relay.hpp"
#include "recording.hpp"

namespace grpcwire::tools {

class recorder final : public relay_observer {
 public:
  /// `server`: what recording::server says. Of all connections together `bytes_max` bytes are kept;
  /// what comes later is counted.
  recorder(host_port server, std::size_t bytes_max);

  /// What was recorded until now. Connections that are open go on unrecorded; later ones are
  /// counted from 1 again.
  recording take();

  void on_connection(std::size_t number, const host_port& client) override;
  void on_cannot_connect(std::size_t number, std::error_code error) override;
  void on_bytes(std::size_t number, side sender, codec::const_bytes bytes) override;
  void on_half_close(std::size_t number, side sender) override;
  void on_broken(std::size_t number, side whose, std::error_code error) override;
  void on_closed(std::size_t number) override;

 private:
  recorded_connection* find(std::size_t number);
  void end(std::size_t number, connection_end how, std::string error);

  host_port server_;
  std::size_t bytes_max_;
  std::size_t bytes_kept_ = 0;
  recording made_;
  std::map<std::size_t, std::size_t> open_;  // the relay's number to the index in made_
};

}  // namespace grpcwire::tools
