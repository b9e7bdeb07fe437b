// Which connections are watched, chosen while the program runs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <grpcwire/transport/trace.hpp>

namespace grpcwire {

/// Gives the sink of one connection, by the address of its peer (`127.0.0.1:40312`); null: that
/// one is not watched. Runs on the executor of the connection, which is also where its sink is
/// used; sinks that several connections of a server share are used on several threads if there are
/// several. May be called twice for a connection, after each change.
using trace_source = std::function<std::shared_ptr<transport::trace_sink>(const std::string& peer)>;

namespace detail {

/// The source that gives every connection this sink; empty for none.
inline trace_source same_for_all(std::shared_ptr<transport::trace_sink> sink) {
  if (!sink) return {};
  return [sink = std::move(sink)](const std::string&) { return sink; };
}

}  // namespace detail
}  // namespace grpcwire
