// What a call can show of its flow control.
#pragma once

#include <cstddef>

#include <grpcwire/transport/flow_state.hpp>

namespace grpcwire {

/// A snapshot, in bytes as they are on the wire (compressed, with prefixes). `queued` holds what
/// was written and waits. All windows are 0 while the call has no stream.
struct flow_control_state : transport::flow_state {
  /// Received and not yet read: whole messages, and what there is of the next one.
  std::size_t buffered = 0;

  /// A write that is under way waits for the peer to read.
  bool write_waits() const noexcept {
    return queued != 0 && (send_window <= 0 || connection_send_window <= 0);
  }
};

}  // namespace grpcwire
