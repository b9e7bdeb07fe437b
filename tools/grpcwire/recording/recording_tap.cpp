#include "recording_tap.hpp"

#include <utility>
#include <vector>

#include "../relay.hpp"
#include "recorder.hpp"

namespace grpcwire::tools {

struct recording_tap::state {
  state(asio::io_context& io, const host_port& to)
      : written(to, bytes_max),
        passing(io, {"127.0.0.1", 0}, to, std::vector<relay_observer*>{&written}) {}

  recorder written;
  relay passing;  // after what it tells
};

recording_tap::recording_tap(asio::io_context& io, host_port to)
    : state_(std::make_unique<state>(io, to)) {}

recording_tap::~recording_tap() = default;

std::optional<std::string> recording_tap::start() {
  return state_->passing.start();
}

std::uint16_t recording_tap::port() const {
  return state_->passing.port();
}

recording recording_tap::take() {
  return state_->written.take();
}

void recording_tap::stop() {
  state_->passing.stop();
}

}  // namespace grpcwire::tools
