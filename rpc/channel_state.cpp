#include "channel_state.hpp"

namespace grpcwire {

std::string_view name(channel_state state) noexcept {
  switch (state) {
    case channel_state::idle:
      return "IDLE";
    case channel_state::connecting:
      return "CONNECTING";
    case channel_state::ready:
      return "READY";
    case channel_state::transient_failure:
      return "TRANSIENT_FAILURE";
    case channel_state::shutdown:
      return "SHUTDOWN";
  }
  return "?";
}

}  // namespace grpcwire
