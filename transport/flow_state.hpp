// What flow control looks like at one moment (RFC 9113 §5.2).
#pragma once

#include <cstddef>
#include <cstdint>

namespace grpcwire::transport {

/// Of one stream and its connection, in bytes of DATA. Windows can be negative for a while after a
/// peer has made them smaller.
struct flow_state {
  /// What the peer still takes on the stream; nothing is sent while this or the next one is 0.
  std::int64_t send_window = 0;
  std::int64_t connection_send_window = 0;
  /// What the peer may still send on the stream.
  std::int64_t receive_window = 0;
  std::int64_t connection_receive_window = 0;
  /// What receive_window is when everything was read.
  std::uint32_t receive_window_size = 0;
  /// Written, but not yet let through by flow control.
  std::size_t queued = 0;
};

}  // namespace grpcwire::transport
