// Which received messages came compressed: what the compression cases assert and no call tells,
// because for a program it makes no difference.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/frame_payloads.hpp>
#include <grpcwire/transport/trace.hpp>

namespace grpcwire::interop {

/// Reads the flag byte of each message that one connection receives. For channels with a single
/// connection; not thread-safe.
class message_flags final : public transport::trace_sink {
 public:
  void on_bytes(transport::direction way, codec::const_bytes bytes) override;

  /// One entry for each message since the last call, in order of arrival.
  std::vector<bool> take();

 private:
  transport::frame_parser parser_{transport::first_byte::of_a_server};
  std::map<std::uint32_t, codec::message_framer> framers_;  // of each stream
  std::vector<bool> compressed_;
};

}  // namespace grpcwire::interop
