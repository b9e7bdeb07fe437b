#include "event.hpp"

namespace grpcwire::transport {

std::string_view name(event_kind kind) noexcept {
  switch (kind) {
    case event_kind::settings_received:
      return "settings_received";
    case event_kind::stream_granted:
      return "stream_granted";
    case event_kind::headers_received:
      return "headers_received";
    case event_kind::data_received:
      return "data_received";
    case event_kind::data_sent:
      return "data_sent";
    case event_kind::deadline_expired:
      return "deadline_expired";
    case event_kind::stream_closed:
      return "stream_closed";
    case event_kind::ping_acknowledged:
      return "ping_acknowledged";
    case event_kind::goaway_received:
      return "goaway_received";
  }
  return "?";
}

std::string_view name(close_reason reason) noexcept {
  switch (reason) {
    case close_reason::finished:
      return "finished";
    case close_reason::reset_by_peer:
      return "reset_by_peer";
    case close_reason::reset_locally:
      return "reset_locally";
    case close_reason::protocol_error:
      return "protocol_error";
    case close_reason::refused:
      return "refused";
    case close_reason::connection_lost:
      return "connection_lost";
  }
  return "?";
}

}  // namespace grpcwire::transport
