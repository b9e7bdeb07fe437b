#include "explain_payloads.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "text_forms.hpp"

namespace grpcwire::tools {
namespace {

namespace setting = transport::http2::setting;
namespace error = transport::http2::error;
using transport::settings_entry;

std::string setting_label(std::uint16_t id) {
  const std::string_view known = transport::http2::setting_name(id);
  return known == "UNKNOWN" ? fmt::format("{:#06x}", id) : std::string(known);
}

std::string error_label(std::uint32_t code) {
  const std::string_view known = transport::http2::error_name(code);
  return known == "UNKNOWN" ? fmt::format("error {:#x}", code) : std::string(known);
}

std::string with_meaning(std::uint32_t code) {
  const std::string meaning = error_meaning(code);
  return meaning.empty() ? error_label(code) : error_label(code) + ": " + meaning;
}

}  // namespace

std::string setting_meaning(settings_entry entry, side sender) {
  const std::string_view me = name(sender);
  const std::string_view peer = name(other(sender));
  switch (entry.id) {
    case setting::header_table_size:
      return fmt::format("the {} may fill a header table of {}", peer, bytes_count(entry.value));
    case setting::enable_push:
      if (entry.value > 1) return "only 0 and 1 are legal";
      if (sender == side::server) return "only a client has a use for this";
      return entry.value == 0 ? "the server must not push" : "the server may push";
    case setting::max_concurrent_streams:
      if (sender == side::client)
        return fmt::format("the server may push {} at a time", entry.value);
      return fmt::format("the server takes at most {} call{} at a time", entry.value,
                         entry.value == 1 ? "" : "s");
    case setting::initial_window_size:
      if (entry.value > 0x7fffffff) return "more than a window can have (2147483647)";
      return fmt::format("the {} may send {} on a new stream before the {} makes room", peer,
                         bytes_count(entry.value), me);
    case setting::max_frame_size:
      if (entry.value < 16384 || entry.value > 16777215) return "only 16384 to 16777215 is legal";
      return fmt::format("the {} takes frames of up to {}", me, bytes_count(entry.value));
    case setting::max_header_list_size:
      return fmt::format("the {} takes header lists of up to {}", me, bytes_count(entry.value));
    case setting::enable_connect_protocol:
      return "WebSocket and the like over HTTP/2 (RFC 8441)";
    case setting::no_rfc7540_priorities:
      return "the old priorities are not used (RFC 9218)";
    case setting::grpc_allow_true_binary_metadata:
      return fmt::format("the {} takes binary metadata without base64", me);
    default:
      return "not known here; receivers ignore it";
  }
}

std::string error_meaning(std::uint32_t code) {
  switch (code) {
    case error::no_error:
      return "nothing went wrong";
    case error::protocol_error:
      return "the peer broke a rule of HTTP/2";
    case error::internal_error:
      return "something went wrong inside the sender";
    case error::flow_control_error:
      return "the peer sent more than there was room for";
    case error::settings_timeout:
      return "the peer did not acknowledge SETTINGS in time";
    case error::stream_closed:
      return "a frame came for a stream that is over";
    case error::frame_size_error:
      return "a frame had an illegal size";
    case error::refused_stream:
      return "the call was not looked at, so trying again is safe";
    case error::cancel:
      return "the call is not wanted any more";
    case error::compression_error:
      return "a header block could not be decoded";
    case error::connect_error:
      return "the connection behind a CONNECT broke";
    case error::enhance_your_calm:
      return "the peer asks for too much";
    case error::inadequate_security:
      return "the TLS is too weak for HTTP/2";
    case error::http_1_1_required:
      return "use HTTP/1.1 instead";
    default:
      return {};
  }
}

std::vector<std::string> settings_lines(const std::vector<settings_entry>& entries, side sender) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const settings_entry& entry : entries) {
    name_width = std::max(name_width, setting_label(entry.id).size());
    value_width = std::max(value_width, std::to_string(entry.value).size());
  }
  std::vector<std::string> lines;
  for (const settings_entry& entry : entries) {
    lines.push_back(fmt::format("{:<{}}  {:>{}}  {}", setting_label(entry.id), name_width,
                                entry.value, value_width, setting_meaning(entry, sender)));
  }
  return lines;
}

std::string window_update_line(std::uint32_t stream_id, std::uint32_t increment, side sender) {
  return fmt::format(
      "the {} may send {} more {}", name(other(sender)), bytes_count(increment),
      stream_id == 0 ? "on the whole connection" : fmt::format("on stream {}", stream_id));
}

std::string ping_line(codec::const_bytes opaque, bool ack, side sender) {
  if (ack) return fmt::format("{}: the answer to this PING", hex(opaque));
  return fmt::format("{}: the {} must answer with the same bytes", hex(opaque),
                     name(other(sender)));
}

std::vector<std::string> goaway_lines(const transport::goaway_payload& goaway, side sender) {
  std::vector<std::string> lines;
  // The last stream counts those of the receiver; a server has none, because gRPC never pushes.
  if (sender == side::client) {
    lines.emplace_back("the client makes no more calls on this connection");
  } else {
    lines.emplace_back("the server takes no new calls on this connection");
    if (goaway.last_stream_id == 0x7fffffff) {
      lines.emplace_back(
          "last stream 2147483647: all calls under way go on; a second GOAWAY follows");
    } else {
      lines.push_back(
          fmt::format("last stream {}: later ones were not looked at", goaway.last_stream_id));
    }
  }
  lines.push_back(with_meaning(goaway.error_code));
  if (!goaway.debug_data.empty()) {
    lines.push_back(
        fmt::format("debug text: {}", printable(codec::as_text(goaway.debug_data), true)));
  }
  return lines;
}

std::string rst_stream_line(std::uint32_t error_code, side sender) {
  return fmt::format("the {} ends the stream at once. {}", name(sender), with_meaning(error_code));
}

std::string priority_line(const transport::priority_fields& fields) {
  return fmt::format("depends on stream {}{}, weight {}: a priority, which RFC 9113 has given up",
                     fields.depends_on, fields.exclusive ? " exclusively" : "", fields.weight);
}

}  // namespace grpcwire::tools
