// The policy `ring_hash_experimental` (gRPC A42, A61, A76): calls with the same value of a header
// go to the same server, and stay there as well as can be when servers come and go.
#pragma once

#include <memory>

#include <grpcwire/rpc/load_balancer.hpp>
#include <grpcwire/rpc/load_balancing_config.hpp>

namespace grpcwire {

/// Every backend has the same number of places on a ring, together min_ring_size (1024) or a little
/// more and at most max_ring_size (4096); both are capped at 4096. The places are XXH64, seed 0, of
/// `key_0`, `key_1` …, where the key is endpoint::hash_key or else the first address. A call goes
/// to the place that follows its own hash: that of the header request_hash_header, several values
/// joined by commas.
///
/// Backends are connected to when a call wants them. From the place of the call onwards:
/// - READY: that is it. IDLE: it connects, and the call waits. CONNECTING: the call waits.
/// - TRANSIENT_FAILURE: the next one on the ring is looked at the same way. A backend that failed
///   stays failed until it is READY; all of them failed: so does the call, as the first one did.
/// A call without the header, or with an empty one, goes to the first READY backend from a random
/// place on. One IDLE backend on the way is connected to, unless one is connecting already.
/// Without request_hash_header in the configuration every call fails, as A76 wants it.
///
/// The channel is READY with a READY backend; else in TRANSIENT_FAILURE with two that failed; else
/// CONNECTING with one that connects, or with one that failed and others; else IDLE with an IDLE
/// one; else in TRANSIENT_FAILURE. While it is CONNECTING or in TRANSIENT_FAILURE an attempt to
/// connect is always on.
std::unique_ptr<load_balancer> make_ring_hash(const ring_hash_config& config = {},
                                              balancing_environment environment = {});

}  // namespace grpcwire
