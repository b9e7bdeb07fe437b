// Lets a program show its own connection: hand it to a session and every frame comes out in words.
#pragma once

#include <iosfwd>
#include <string>

#include <grpcwire/transport/trace.hpp>

#include "explain_frames.hpp"

namespace grpcwire::tools {

/// For one connection of one session. `out` must outlive it and is written on the session's
/// executor.
class explaining_trace final : public transport::trace_sink {
 public:
  /// `me`: which side the session is.
  explaining_trace(side me, std::ostream& out, explain_options options = {});

  void on_bytes(transport::direction way, codec::const_bytes bytes) override;

  /// The connection is over: says what is missing, if anything is.
  void finish();

 private:
  side me_;
  std::ostream& out_;
  frame_explainer explainer_;
};

}  // namespace grpcwire::tools
