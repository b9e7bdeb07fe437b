// When every frame there is keeps the rules, the fault is one that is not there.
#include <fmt/format.h>

#include "../text_forms.hpp"
#include "checks.hpp"

namespace grpcwire::tools {
namespace {

std::string waited(const why_subject& s, const wire_connection& c, side silent) {
  if (!s.recorded.timed) return "";
  const std::int64_t end = c.recorded->ended_ns - c.recorded->opened_ns;
  const std::int64_t last = c.of(silent).last_time_ns;
  if (last < 0) return "; it never sent a byte";
  return fmt::format("; its last byte came {:.3f} s before the end",
                     static_cast<double>(end - last) / 1e9);
}

// A side that has used up its window waits for the other one to make room.
std::optional<finding> out_of_window(const why_subject& s, const wire_connection& c,
                                     const wire_call& call) {
  for (const side sender : {side::client, side::server}) {
    const wire_half& half = call.of(sender);
    if (half.end_frame || half.data_sent == 0) continue;
    const bool of_stream =
        half.data_sent >= c.of(other(sender)).initial_window + half.window_updates;
    const bool of_connection = c.of(sender).data_sent >= 65535 + c.of(sender).window_updates;
    if (!of_stream && !of_connection) continue;
    return finding{
        fmt::format("The {} has sent all that it may on {} ({}), and the {} made no more room{}.",
                    name(sender), of_stream ? "the stream" : "the connection",
                    bytes_count(of_stream ? half.data_sent : c.of(sender).data_sent),
                    name(other(sender)), waited(s, c, other(sender))),
        half.last_frame, "A receiver gives WINDOW_UPDATE for what it has taken, padding included.",
        "RFC 9113 sections 5.2 and 6.9 (flow control, WINDOW_UPDATE)",
        fmt::format("The {} may not read the call, or forgets to count padding.",
                    name(other(sender)))};
  }
  return std::nullopt;
}

// Who has to say something next.
side owing(const wire_call& call) {
  if (call.client.end_frame) return side::server;
  if (!call.client.messages.empty() && !call.client.messages.back().complete) return side::client;
  return call.client.complete_messages() > call.server.complete_messages() ? side::server
                                                                           : side::client;
}

std::optional<finding> unfinished(const why_subject& s, const wire_call& call) {
  const wire_connection& c = s.view.connection(call.connection);
  if (auto found = out_of_window(s, c, call)) return found;
  const side silent = owing(call);
  const std::string ping =
      c.of(other(silent)).unanswered_ping ? " It did not answer a PING either." : "";
  std::string what = call.client.end_frame ? "after the whole request" : "after the last message";
  if (silent == side::client) what = "though it has not ended its request";
  return finding{fmt::format("{} was never finished: the {} said no more, {}{}.{}",
                             call_words(call), name(silent), what, waited(s, c, silent), ping),
                 call.of(silent).last_frame ? call.of(silent).last_frame : call.client.last_frame,
                 silent == side::server
                     ? "The server answers with messages and, at the end, trailers."
                     : "The client sends its messages and then END_STREAM, or cancels.",
                 "gRPC doc/PROTOCOL-HTTP2.md, Outline",
                 fmt::format("See what the {} was waiting for in its log.", name(silent))};
}

}  // namespace

std::optional<finding> silence(const why_subject& s) {
  for (const wire_call& call : s.view.calls) {
    if (call.server.end_frame || call.reset_frame) continue;
    if (auto found = unfinished(s, call)) return found;
  }
  return std::nullopt;
}

}  // namespace grpcwire::tools
