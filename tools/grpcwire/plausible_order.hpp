// Two files with the bytes of each direction have no times in them. This finds an order of their
// frames that could have been: nothing is answered before it was said.
#pragma once

#include <vector>

#include <grpcwire/codec/bytes.hpp>

#include "explain_fields.hpp"

namespace grpcwire::tools {

struct sent_bytes {
  side sender = side::client;
  codec::const_bytes bytes;  ///< a view into what was given to plausible_order()
};

/// All bytes of both directions, cut at frames. Each side goes on until it ends a stream or has to
/// wait: an acknowledgement for what it answers, a server for the call it speaks of. Bytes that
/// are no frames come last.
std::vector<sent_bytes> plausible_order(codec::const_bytes client, codec::const_bytes server);

}  // namespace grpcwire::tools
