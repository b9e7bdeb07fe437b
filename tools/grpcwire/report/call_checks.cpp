#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <grpcwire/codec/base64.hpp>
#include <grpcwire/codec/status_code.hpp>
#include <grpcwire/codec/timeout.hpp>

#include "../explain_payloads.hpp"
#include "../text_forms.hpp"
#include "checks.hpp"

namespace grpcwire::tools {
namespace {

namespace error = transport::http2::error;

const std::string request_section = "gRPC doc/PROTOCOL-HTTP2.md, Requests";
const std::string response_section = "gRPC doc/PROTOCOL-HTTP2.md, Responses";

bool is_grpc(const wire_block& block) {
  return is_grpc_content_type(block.value("content-type"));
}

// Null while no response headers came.
const wire_block* response(const wire_call& call) {
  return call.server.headers ? &*call.server.headers : nullptr;
}

std::optional<finding> request_pseudo_fields(const why_subject&, const wire_call& call) {
  if (!call.client.headers) return std::nullopt;
  const wire_block& block = *call.client.headers;
  const auto wrong = [&](std::string sentence) {
    return finding{std::move(sentence), block.frame,
                   "A request has :method POST, :scheme http or https, and :path "
                   "/service/method.",
                   request_section};
  };
  for (const std::string_view field : {":method", ":scheme", ":path"}) {
    if (block.find(field) == nullptr) return wrong(fmt::format("The request has no {}.", field));
  }
  if (block.value(":method") != "POST") {
    return wrong(
        fmt::format("The request is a {}, not a POST.", in_quotes(block.value(":method"))));
  }
  const std::string path = block.value(":path");
  const std::size_t slash = path.rfind('/');
  if (path[0] != '/' || slash == 0 || slash == std::string::npos || slash + 1 == path.size()) {
    return wrong(fmt::format("The path {} names no method.", in_quotes(path)));
  }
  return std::nullopt;
}

std::optional<finding> request_content_type(const why_subject&, const wire_call& call) {
  if (!call.client.headers || is_grpc(*call.client.headers)) return std::nullopt;
  const wire_block& block = *call.client.headers;
  const std::string* const value = block.find("content-type");
  return finding{
      value == nullptr ? "The request has no content-type."
                       : fmt::format("The request's content-type is {}.", in_quotes(*value)),
      block.frame, "The content-type is application/grpc, alone or with +proto and the like.",
      request_section, "Servers answer other requests with HTTP 415."};
}

std::optional<finding> request_te(const why_subject&, const wire_call& call) {
  if (!call.client.headers || call.client.headers->value("te") == "trailers") return std::nullopt;
  return finding{"The request does not say \"te: trailers\".", call.client.headers->frame,
                 "Every request says \"te: trailers\", so that proxies without trailers are "
                 "found out.",
                 request_section, "gRPC C++ refuses such calls, others let them pass."};
}

std::optional<finding> request_timeout(const why_subject&, const wire_call& call) {
  if (!call.client.headers) return std::nullopt;
  const std::string* const value = call.client.headers->find("grpc-timeout");
  if (value == nullptr || codec::parse_timeout(*value)) return std::nullopt;
  return finding{fmt::format("The request's grpc-timeout {} is not legal.", in_quotes(*value)),
                 call.client.headers->frame, "A timeout is 1 to 8 digits and one of H M S m u n.",
                 request_section};
}

std::optional<finding> upper_case_name(const why_subject&, const wire_call& call) {
  for (const side sender : {side::client, side::server}) {
    const wire_half& half = call.of(sender);
    for (const auto* block : {&half.headers, &half.trailers}) {
      if (!*block) continue;
      for (const auto& field : (*block)->fields) {
        const bool upper = std::any_of(field.name.begin(), field.name.end(),
                                       [](char c) { return c >= 'A' && c <= 'Z'; });
        if (!upper) continue;
        return finding{fmt::format("The {} sent a header name in upper case: {}.", name(sender),
                                   in_quotes(field.name)),
                       (*block)->frame, "Names are converted to lower case before they are sent.",
                       "RFC 9113 section 8.2.1 (field validity)"};
      }
    }
  }
  return std::nullopt;
}

std::optional<finding> binary_metadata(const why_subject&, const wire_call& call) {
  for (const side sender : {side::client, side::server}) {
    const wire_half& half = call.of(sender);
    for (const auto* block : {&half.headers, &half.trailers}) {
      if (!*block) continue;
      for (const auto& field : (*block)->fields) {
        const std::string_view key = field.name;
        if (key.size() < 4 || key.substr(key.size() - 4) != "-bin") continue;
        if (!field.value.empty() && field.value[0] == '\0') continue;  // gRFC G1: as it is
        bool legal = true;
        std::string_view rest = field.value;  // values of one name may come joined
        while (legal) {
          const std::size_t comma = std::min(rest.find(','), rest.size());
          std::string decoded;
          legal = codec::base64_decode(rest.substr(0, comma), decoded);
          if (comma == rest.size()) break;
          rest.remove_prefix(comma + 1);
        }
        if (legal) continue;
        return finding{fmt::format("The {}'s binary metadata {} is not Base64: {}.", name(sender),
                                   printable(key), in_quotes(field.value)),
                       (*block)->frame, "Values of names that end in -bin travel in Base64.",
                       "gRPC doc/PROTOCOL-HTTP2.md, Custom-Metadata"};
      }
    }
  }
  return std::nullopt;
}

std::optional<finding> http_status(const why_subject&, const wire_call& call) {
  const wire_block* const block = response(call);
  if (block == nullptr) return std::nullopt;
  const std::string* const status = block->find(":status");
  if (status == nullptr) {
    return finding{"The response has no :status.", block->frame,
                   "Response headers begin with :status.",
                   "RFC 9113 section 8.3.2 (response pseudo-header fields)"};
  }
  if (*status == "200") return std::nullopt;
  const std::string grpc = block->value("grpc-message");
  return finding{fmt::format("The server answered {} with HTTP status {}{}.", call_words(call),
                             printable(*status), grpc.empty() ? "" : ": " + in_quotes(grpc)),
                 block->frame, "The HTTP status is 200; how a call ends is said in grpc-status.",
                 "gRPC doc/http-grpc-status-mapping.md",
                 "404 is a path the server does not have, 415 a content-type it does not like, "
                 "502 and 503 come from a proxy without a server behind it."};
}

std::optional<finding> response_content_type(const why_subject&, const wire_call& call) {
  const wire_block* const block = response(call);
  if (block == nullptr || is_grpc(*block)) return std::nullopt;
  const std::string* const value = block->find("content-type");
  return finding{
      value == nullptr ? "The response has no content-type."
                       : fmt::format("The response's content-type is {}: this is no gRPC server, "
                                     "or something else answered.",
                                     in_quotes(*value)),
      block->frame, "The content-type is application/grpc, alone or with +proto and the like.",
      response_section};
}

std::optional<finding> no_trailers(const why_subject&, const wire_call& call) {
  if (!call.server.end_frame || call.server.trailers) return std::nullopt;
  return finding{
      fmt::format("The server ended {} without trailers: END_STREAM is on DATA.", call_words(call)),
      call.server.end_frame,
      "A response ends with a HEADERS frame that has END_STREAM and carries "
      "grpc-status.",
      response_section, "Clients report INTERNAL or UNKNOWN."};
}

std::optional<finding> open_trailers(const why_subject&, const wire_call& call) {
  if (!call.server.trailers || call.server.trailers->end_stream) return std::nullopt;
  return finding{"The server's trailers do not have END_STREAM.", call.server.trailers->frame,
                 "The second HEADERS of a response ends the stream.",
                 "RFC 9113 section 8.1 (HTTP message framing)"};
}

std::optional<finding> no_grpc_status(const why_subject&, const wire_call& call) {
  if (!call.server.trailers) return std::nullopt;
  const wire_block& block = *call.server.trailers;
  const std::string* const value = block.find("grpc-status");
  if (value == nullptr) {
    return finding{fmt::format("The trailers of {} have no grpc-status.", call_words(call)),
                   block.frame, "Trailers say with grpc-status how the call ended.",
                   response_section, "Clients report UNKNOWN."};
  }
  if (codec::parse_status_code(*value)) return std::nullopt;
  return finding{fmt::format("grpc-status {} is no status.", in_quotes(*value)), block.frame,
                 "grpc-status is a number from 0 to 16, without leading zeros.",
                 "gRPC doc/statuscodes.md", "Clients report UNKNOWN."};
}

std::optional<finding> status_too_early(const why_subject&, const wire_call& call) {
  const wire_block* const block = response(call);
  if (block == nullptr || block->end_stream || block->find("grpc-status") == nullptr) {
    return std::nullopt;
  }
  return finding{"grpc-status came in the response headers, though the response went on.",
                 block->frame, "grpc-status belongs into the trailers.", response_section};
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

std::optional<finding> grpc_message(const why_subject&, const wire_call& call) {
  if (!call.server.trailers) return std::nullopt;
  const std::string text = call.server.trailers->value("grpc-message");
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool escape_broken =
        byte == '%' && !(i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]));
    if (byte >= 0x20 && byte < 0x7f && !escape_broken) continue;
    return finding{
        fmt::format("grpc-message is not percent-encoded at its byte {}: {}.", i, in_quotes(text)),
        call.server.trailers->frame,
        "The message is UTF-8 in which all but printable ASCII, and %, is written "
        "%XX.",
        "gRPC doc/PROTOCOL-HTTP2.md, Status-Message"};
  }
  return std::nullopt;
}

// Whose fault a reset is depends on the case; only those that no case asks for are reported.
std::optional<finding> reset(const why_subject& s, const wire_call& call) {
  if (!call.reset_frame) return std::nullopt;
  const wire_frame& f = s.view.frames[*call.reset_frame];
  const bool over = call.server.end_frame && *call.server.end_frame < f.index;
  const bool limited = call.client.headers && call.client.headers->find("grpc-timeout") != nullptr;
  if (over || (f.error_code == error::cancel && (f.sender == side::client || limited))) {
    return std::nullopt;
  }
  if (f.error_code == error::no_error && call.server.trailers) return std::nullopt;
  return finding{
      fmt::format("The {} broke {} off with RST_STREAM {}: {}.", name(f.sender), call_words(call),
                  error_code_words(f.error_code), error_meaning(f.error_code)),
      f.index,
      f.error_code == error::no_error
          ? "NO_ERROR may end a stream only after the trailers."
          : "Calls end with trailers; RST_STREAM is for errors and for cancellation.",
      "gRPC doc/PROTOCOL-HTTP2.md, Errors",
      fmt::format("Look at what the {} sent on stream {} before it.", name(other(f.sender)),
                  call.stream_id)};
}

std::optional<finding> after_the_end(const why_subject& s, const wire_call& call) {
  for (const side sender : {side::client, side::server}) {
    const auto late = call.of(sender).late_frame;
    if (!late) continue;
    return finding{fmt::format("The {} goes on after it has ended its side of stream {}: {}.",
                               name(sender), call.stream_id, s.view.frames[*late].headline),
                   late, "After END_STREAM or RST_STREAM a side sends no HEADERS and no DATA.",
                   "RFC 9113 section 5.1 (stream states)"};
  }
  return std::nullopt;
}

std::optional<finding> over_window(const why_subject& s, const wire_call& call) {
  if (!s.recorded.timed) return std::nullopt;  // who was first is made up
  for (const side sender : {side::client, side::server}) {
    const auto over = call.of(sender).over_window_frame;
    if (!over) continue;
    return finding{fmt::format("The {} sent more DATA than the {} had made room for.", name(sender),
                               name(other(sender))),
                   over, "DATA fits into the windows of its stream and of the connection.",
                   "RFC 9113 section 6.9.1 (the flow-control window)"};
  }
  return std::nullopt;
}

constexpr auto of_calls = std::to_array<call_check>({
    request_pseudo_fields,
    request_content_type,
    request_te,
    request_timeout,
    upper_case_name,
    binary_metadata,
    http_status,
    response_content_type,
    no_trailers,
    open_trailers,
    no_grpc_status,
    status_too_early,
    grpc_message,
    after_the_end,
    over_window,
    reset,
});

}  // namespace

std::span<const call_check> call_checks() {
  return of_calls;
}

std::string status_words(std::string_view grpc_status) {
  const auto code = codec::parse_status_code(grpc_status);
  return code ? std::string(codec::name(*code)) : in_quotes(grpc_status);
}

}  // namespace grpcwire::tools
