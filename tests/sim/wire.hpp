// Small things that both programs of a run need.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/rpc/stream_end.hpp>
#include <grpcwire/transport/event.hpp>

#include "tests/sim/network.hpp"

namespace grpcwire::sim {

/// A message with its prefix.
inline codec::buffer framed(std::string_view payload) {
  codec::buffer bytes(codec::message_prefix_size);
  codec::write_prefix(bytes.data(), false, static_cast<std::uint32_t>(payload.size()));
  bytes.append(payload);
  return bytes;
}

using detail::stream_end_of;

/// Now, or after a while of at most `most`.
template <class F>
void later(scheduler& s, tests::random_source& random, duration most, F what) {
  if (most == duration{}) return what();
  s.in(duration(random.between(0, static_cast<std::size_t>(most.count()))), std::move(what));
}

}  // namespace grpcwire::sim
