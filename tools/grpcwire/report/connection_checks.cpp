#include <array>

#include <fmt/format.h>

#include "../explain_payloads.hpp"
#include "../recording/tls_records.hpp"
#include "../text_forms.hpp"
#include "checks.hpp"

namespace grpcwire::tools {
namespace {

namespace type = transport::http2::frame_type;
namespace error = transport::http2::error;

const std::string preface_section = "RFC 9113 section 3.4 (HTTP/2 connection preface)";
const std::string preface_rule =
    "A client begins with \"PRI * HTTP/2.0\" and SETTINGS, a server with SETTINGS.";

bool begins_with(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

bool is_http1_request(std::string_view begin) {
  for (const std::string_view method : {"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT "}) {
    if (begins_with(begin, method)) return true;
  }
  return false;
}

// The first frame of a side, be it HTTP/2 or not.
std::optional<std::size_t> first_of(const why_subject& s, const wire_connection& c, side sender) {
  for (const wire_frame& f : s.view.frames) {
    if (f.connection == c.recorded->number && f.sender == sender) return f.index;
  }
  return std::nullopt;
}

std::optional<finding> not_connected(const why_subject& s, const wire_connection& c) {
  if (c.recorded->end != connection_end::not_connected) return std::nullopt;
  return finding{
      fmt::format("Nothing accepted connections at {}: {}.", s.recorded.server, c.recorded->error),
      std::nullopt, "The server listens before the client is started.",
      "gRPC doc/interop-test-descriptions.md, Server",
      "See the log of the server: it may have ended, or use another port."};
}

std::optional<finding> client_silent(const why_subject&, const wire_connection& c) {
  if (c.client.bytes != 0) return std::nullopt;
  return finding{"The client connected and sent nothing at all.", std::nullopt, preface_rule,
                 preface_section,
                 "A client that waits for the server to speak first is no HTTP/2 client."};
}

std::optional<finding> tls_to_plaintext(const why_subject& s, const wire_connection& c) {
  if (!c.client.tls || c.server.tls) return std::nullopt;
  const std::string answer =
      c.server.bytes == 0 ? "the server answered nothing" : "the server answered without TLS";
  return finding{fmt::format("The client began with TLS (a ClientHello), but {}: most likely the "
                             "server speaks plaintext.",
                             answer),
                 first_of(s, c, side::client), "Both sides use TLS, or neither does.",
                 "RFC 9113 section 3.2 (HTTP/2 over TLS)",
                 "Compare the flags about TLS (--use_tls) of both commands."};
}

std::optional<finding> plaintext_to_tls(const why_subject& s, const wire_connection& c) {
  if (c.client.tls || !c.server.tls) return std::nullopt;
  return finding{"The client spoke plaintext, and the server answered with TLS: an alert.",
                 first_of(s, c, side::server), "Both sides use TLS, or neither does.",
                 "RFC 9113 section 3.3 (prior knowledge of plaintext HTTP/2)",
                 "Compare the flags about TLS (--use_tls) of both commands."};
}

std::optional<finding> tls_handshake(const why_subject& s, const wire_connection& c) {
  if (!c.client.tls || !c.server.tls) return std::nullopt;
  bool keyed[2] = {false, false};
  for (const wire_frame& f : s.view.frames) {
    if (f.connection != c.recorded->number) continue;
    if (!f.faults.empty()) {
      return finding{fmt::format("The TLS handshake failed: {}.", f.faults.front()), f.index,
                     "Certificate, name, versions and the protocol h2 (ALPN) suit both sides.",
                     "RFC 8446 section 6.2 (error alerts)",
                     "unknown_ca: the client does not trust the server's authority; "
                     "no_application_protocol: one side does not offer h2."};
    }
    if (f.headline.find("encrypted") != std::string::npos) {
      keyed[f.sender == side::client ? 0 : 1] = true;
    }
  }
  if (keyed[0] && keyed[1]) return std::nullopt;
  return finding{fmt::format("The TLS handshake was not finished: {}.", end_words(*c.recorded)),
                 first_of(s, c, keyed[0] ? side::client : side::server),
                 "After the handshake both sides send encrypted data.",
                 "RFC 8446 section 2 (protocol overview)",
                 "Whoever left may not have liked the other's certificate or protocols; see its "
                 "log."};
}

std::optional<finding> http1_request(const why_subject& s, const wire_connection& c) {
  if (!is_http1_request(c.client.begin)) return std::nullopt;
  return finding{fmt::format("The client speaks HTTP/1: {}.",
                             in_quotes(c.client.begin.substr(0, c.client.begin.find('\r')))),
                 first_of(s, c, side::client), preface_rule, preface_section,
                 "gRPC needs HTTP/2 from the first byte; there is no upgrade from HTTP/1."};
}

std::optional<finding> http1_response(const why_subject& s, const wire_connection& c) {
  if (!begins_with(c.server.begin, "HTTP/1")) return std::nullopt;
  return finding{fmt::format("The server answers in HTTP/1: {}.",
                             in_quotes(c.server.begin.substr(0, c.server.begin.find('\r')))),
                 first_of(s, c, side::server), preface_rule, preface_section,
                 "This port belongs to a server that does not speak HTTP/2 in plaintext."};
}

std::optional<finding> not_http2(const why_subject& s, const wire_connection& c) {
  for (const side sender : {side::client, side::server}) {
    const wire_side& mine = c.of(sender);
    if (mine.tls || mine.bytes == 0 || mine.first_frame) continue;
    const auto first = first_of(s, c, sender);
    if (!first || s.view.frames[*first].faults.empty()) continue;
    return finding{fmt::format("What the {} sends is not HTTP/2. It begins with {}.", name(sender),
                               hex(codec::as_bytes(mine.begin), 12)),
                   first, preface_rule, preface_section};
  }
  return std::nullopt;
}

std::optional<finding> settings_not_first(const why_subject& s, const wire_connection& c) {
  for (const side sender : {side::client, side::server}) {
    const wire_side& mine = c.of(sender);
    if (!mine.first_frame || mine.first_frame == mine.settings_frame) continue;
    return finding{fmt::format("The first frame of the {} is not SETTINGS: {}.", name(sender),
                               s.view.frames[*mine.first_frame].headline),
                   mine.first_frame, preface_rule, preface_section};
  }
  return std::nullopt;
}

std::optional<finding> server_silent(const why_subject& s, const wire_connection& c) {
  if (c.client.tls || c.server.bytes != 0 || c.client.bytes == 0) return std::nullopt;
  if (c.recorded->end == connection_end::not_connected) return std::nullopt;
  const std::string end = s.recorded.timed ? "; " + end_words(*c.recorded) : "";
  return finding{fmt::format("The server never answered: no SETTINGS, no byte{}.", end),
                 first_of(s, c, side::client), preface_rule, preface_section,
                 "It may expect TLS, or hang; see its log."};
}

// The decoders know the rules of each frame; their words come with it.
std::optional<finding> broken_frame(const why_subject& s, const wire_connection& c) {
  for (const wire_frame& f : s.view.frames) {
    if (f.connection != c.recorded->number || f.faults.empty() || !f.is_frame) continue;
    // What is inside the messages of a call, other checks say better.
    if (f.is(type::data)) continue;
    return finding{fmt::format("The {} sent a frame that HTTP/2 does not allow: {}.",
                               name(f.sender), f.faults.front()),
                   f.index, "Every frame has the form and the place that RFC 9113 gives its type.",
                   f.is(type::headers) || f.is(type::continuation)
                       ? "RFC 9113 sections 4.3 and 6.2 (HEADERS), RFC 7541 (HPACK)"
                       : "RFC 9113 section 6 (frame definitions)"};
  }
  return std::nullopt;
}

bool ended_by(const why_subject& s, const wire_connection& c, side whose) {
  const connection_end end = c.recorded->end;
  if (!s.recorded.timed) return true;
  return whose == side::client
             ? end == connection_end::client_closed || end == connection_end::client_broke
             : end == connection_end::server_closed || end == connection_end::server_broke;
}

std::optional<finding> cut_frame(const why_subject& s, const wire_connection& c) {
  for (const wire_frame& f : s.view.frames) {
    if (f.connection != c.recorded->number || f.is_frame || f.faults.empty()) continue;
    const wire_side& mine = c.of(f.sender);
    if (mine.tls || !mine.first_frame) continue;
    // What the other side, or the end of the recording, cut off is not the sender's fault.
    if (begins_with(f.faults.front(), "the bytes end") && !ended_by(s, c, f.sender)) continue;
    return finding{
        fmt::format("The bytes of the {} stop being frames: {}.", name(f.sender), f.faults.front()),
        f.index, "A connection is made of whole frames from its first byte to its last.",
        "RFC 9113 section 4.1 (frame format)"};
  }
  return std::nullopt;
}

std::optional<finding> goaway(const why_subject& s, const wire_connection& c) {
  for (const wire_frame& f : s.view.frames) {
    if (f.connection != c.recorded->number || !f.is(type::goaway)) continue;
    if (f.error_code == error::no_error) continue;
    const std::string debug = f.debug_text.empty() ? "" : ": " + in_quotes(f.debug_text);
    return finding{
        fmt::format("The {} ended the whole connection with GOAWAY {}{}.", name(f.sender),
                    error_code_words(f.error_code), debug),
        f.index,
        fmt::format(
            "GOAWAY with an error accuses the peer; {} means: {}.", error_code_words(f.error_code),
            error_meaning(f.error_code).empty() ? "not defined" : error_meaning(f.error_code)),
        "RFC 9113 sections 6.8 (GOAWAY) and 5.4.1 (connection errors)",
        fmt::format("Look at the last frames of the {} before it.", name(other(f.sender)))};
  }
  return std::nullopt;
}

std::optional<finding> broken_connection(const why_subject& s, const wire_connection& c) {
  const recorded_connection& r = *c.recorded;
  if (r.end == connection_end::open || r.end == connection_end::client_closed ||
      r.end == connection_end::not_connected || !s.recorded.timed) {
    return std::nullopt;
  }
  for (const wire_call& call : s.view.calls) {
    if (call.connection != r.number || call.server.end_frame || call.reset_frame) continue;
    if (r.end == connection_end::client_broke && call.client.end_frame) continue;
    const side whose = r.end == connection_end::client_broke ? side::client : side::server;
    return finding{fmt::format("The {} dropped the connection in the middle of {}: {}.",
                               name(whose), call_words(call), end_words(r)),
                   call.of(whose).last_frame ? call.of(whose).last_frame : call.client.last_frame,
                   "Calls under way are finished, or ended with RST_STREAM, before a connection "
                   "is closed.",
                   "RFC 9113 section 9.1 (connection management)",
                   fmt::format("Did the {} crash? See its log.", name(whose))};
  }
  return std::nullopt;
}

constexpr auto of_connections = std::to_array<connection_check>({
    not_connected,
    client_silent,
    tls_to_plaintext,
    plaintext_to_tls,
    http1_request,
    http1_response,
    not_http2,
    server_silent,
    tls_handshake,
    settings_not_first,
    broken_frame,
    cut_frame,
    goaway,
    broken_connection,
});

}  // namespace

std::span<const connection_check> connection_checks() {
  return of_connections;
}

std::string error_code_words(std::uint32_t code) {
  const std::string_view known = transport::http2::error_name(code);
  return known == "UNKNOWN" ? fmt::format("error {:#x}", code) : std::string(known);
}

std::string in_quotes(std::string_view value) {
  return fmt::format("\"{}\"", printable(value, true, 120));
}

std::string call_words(const wire_call& call) {
  const std::string method = call.method();
  return method.empty() ? "the call" : printable(method);
}

}  // namespace grpcwire::tools
