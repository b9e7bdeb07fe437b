#include "headers.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/codec/base64.hpp>
#include <grpcwire/codec/percent.hpp>
#include <grpcwire/codec/timeout.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::string_view grpc_media_type = "application/grpc";

bool is_sensitive(std::string_view name) noexcept {
  return name == "authorization" || name == "cookie" || name == "proxy-authorization";
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) noexcept {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
  });
}

/// Three digits (RFC 9110 §15); -1 for anything else, which is no status of any class.
int parse_http_status(std::string_view text) noexcept {
  if (text.size() != 3) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

rejection malformed(std::string message) {
  return {400, status(status_code::internal, std::move(message))};
}

}  // namespace

void header_fields::add(const metadata& custom) {
  std::string wire;
  for (const auto& [name, value] : custom) {
    wire.clear();
    append_wire_value(wire, name, value);
    push({name, text_.copy(wire), is_sensitive(name)});
  }
}

known_header classify(std::string_view name) noexcept {
  const auto is = [&](std::string_view text, known_header h) {
    return name == text ? h : known_header::other;
  };
  switch (name.size()) {
    case 2:
      return is("te", known_header::te);
    case 4:
      return is("host", known_header::host);
    case 5:
      return is(":path", known_header::path);
    case 7:
      if (name == ":method") return known_header::method;
      if (name == ":scheme") return known_header::scheme;
      return is(":status", known_header::status);
    case 10:
      return is(":authority", known_header::authority);
    case 11:
      return is("grpc-status", known_header::grpc_status);
    case 12:
      if (name == "content-type") return known_header::content_type;
      if (name == "grpc-timeout") return known_header::grpc_timeout;
      return is("grpc-message", known_header::grpc_message);
    case 13:
      return is("grpc-encoding", known_header::grpc_encoding);
    case 20:
      return is("grpc-accept-encoding", known_header::grpc_accept_encoding);
    case 23:
      return is("grpc-status-details-bin", known_header::grpc_status_details_bin);
    default:
      return known_header::other;
  }
}

std::optional<std::string_view> grpc_subtype(std::string_view content_type) noexcept {
  if (content_type == grpc_media_type) return std::string_view{};
  if (content_type.size() < grpc_media_type.size() ||
      !equal_ignoring_case(content_type.substr(0, grpc_media_type.size()), grpc_media_type)) {
    return std::nullopt;
  }
  const std::string_view rest = content_type.substr(grpc_media_type.size());
  if (rest.empty() || rest.front() == ';' || rest.front() == ' ') return std::string_view{};
  if (rest.front() != '+') return std::nullopt;  // application/grpc-web and the like
  return rest.substr(1, rest.find_first_of("; ") - 1);
}

void write_request_begin(header_fields& to, const request_head& head) {
  to.add_constant(":method", "POST");
  to.add(":scheme", head.scheme);
  to.add(":path", head.path);
  to.add(":authority", head.authority);
  to.add_constant("te", "trailers");
}

void write_request_end(header_fields& to, const request_head& head) {
  to.add_constant("content-type", grpc_media_type);
  if (!head.message_encoding.empty()) to.add("grpc-encoding", head.message_encoding);
  if (!head.accept_encoding.empty()) to.add("grpc-accept-encoding", head.accept_encoding);
  if (!head.user_agent.empty()) to.add("user-agent", head.user_agent);
}

void write_timeout(header_fields& to, const request_head& head) {
  if (head.timeout) to.add_unindexed("grpc-timeout", format_timeout(*head.timeout));
}

void write_request(header_fields& to, const request_head& head) {
  write_request_begin(to, head);
  write_timeout(to, head);
  write_request_end(to, head);
  if (head.custom != nullptr) to.add(*head.custom);
}

void received_request::clear() noexcept {
  path = {};
  authority.clear();
  timeout.reset();
  message_encoding = encoding::identity;
  encoding_name = {};
  accept = {};
  proto_subtype = false;
  custom.clear();
}

std::optional<rejection> read_request(header_list_view fields, received_request& to,
                                      const codings& own) {
  std::string_view method;
  std::string_view content_type;
  std::optional<std::string_view> timeout;
  std::string_view host;
  int hosts = 0;
  bool bad_metadata = false;
  for (const header_view& field : fields) {
    switch (classify(field)) {
      case known_header::method:
        method = field.value;
        break;
      case known_header::path:
        to.path = field.value;
        break;
      case known_header::authority:
        to.authority = field.value;
        break;
      case known_header::content_type:
        content_type = field.value;
        break;
      case known_header::grpc_timeout:
        timeout = field.value;
        break;
      case known_header::scheme:
      case known_header::te:
        break;
      case known_header::host:
        host = field.value;
        ++hosts;
        break;
      case known_header::grpc_encoding:
        to.message_encoding = own.find_accepted(field.value);
        if (!to.message_encoding) to.encoding_name = field.value;
        break;
      case known_header::grpc_accept_encoding:
        to.accept = own.parse(field.value);
        break;
      default:
        bad_metadata |= !add_received(to.custom, field.name, field.value);
    }
  }
  if (to.authority.empty()) to.authority = host;

  const auto subtype = grpc_subtype(content_type);
  if (!subtype) {
    // RFC 9110 §15.5.16. Other HTTP clients must not read a 200 as success.
    return rejection{
        415, status(status_code::invalid_argument,
                    "content-type \"" + std::string(content_type) + "\" is not application/grpc")};
  }
  to.proto_subtype = equal_ignoring_case(*subtype, "proto");
  if (method != "POST") {
    return rejection{
        405, status(status_code::internal, "method " + std::string(method) + " is not POST")};
  }
  if (!subtype->empty() && !to.proto_subtype) {
    // Taken for protobuf it could well be read, as something else.
    return rejection{200, status(status_code::unimplemented,
                                 "content-type \"" + std::string(content_type) +
                                     "\": this server reads application/grpc+proto only")};
  }
  if (hosts > 1) return malformed("more than one host field");
  if (timeout) {
    to.timeout = parse_timeout(*timeout);
    if (!to.timeout) return malformed("malformed grpc-timeout \"" + std::string(*timeout) + "\"");
  }
  if (bad_metadata) return malformed("a binary metadata value is not Base64");
  return std::nullopt;
}

void write_response(header_fields& to, int http_status, bool proto_subtype) {
  switch (http_status) {
    case 200:
      to.add_constant(":status", "200");
      break;
    default:
      to.add_copy(":status", std::to_string(http_status));
  }
  to.add_constant("content-type", proto_subtype ? "application/grpc+proto" : grpc_media_type);
}

void write_status(header_fields& to, const status& s, const metadata* trailing) {
  to.add_constant("grpc-status", decimal(s.code()));
  if (!s.message().empty()) to.add_unindexed("grpc-message", percent_encode(s.message()));
  if (!s.details().binary.empty()) {
    to.add_unindexed("grpc-status-details-bin", base64_encode(as_bytes(s.details().binary)));
  }
  if (trailing != nullptr) to.add(*trailing);
}

void read_response(header_list_view fields, received_response& to, const codings& own) {
  for (const header_view& field : fields) {
    switch (classify(field)) {
      case known_header::status:
        to.http_status = parse_http_status(field.value);
        break;
      case known_header::content_type:
        to.grpc = grpc_subtype(field.value).has_value();
        if (!to.grpc) to.content_type = field.value;
        break;
      case known_header::grpc_status:
        to.grpc_status = field.value;
        break;
      case known_header::grpc_message:
        to.grpc_message = percent_decode(field.value);
        break;
      case known_header::grpc_status_details_bin:
        // Two of them contradict each other: neither counts.
        if (std::exchange(to.details_seen, true) || !base64_decode(field.value, to.details)) {
          to.details.clear();
        }
        break;
      case known_header::grpc_encoding:
        to.message_encoding = own.find_accepted(field.value);
        break;
      case known_header::grpc_accept_encoding:
        break;
      default:
        to.bad_metadata |= !add_received(to.custom, field.name, field.value);
    }
  }
}

status status_of(const received_response& trailers) {
  const auto code = parse_status_code(*trailers.grpc_status);
  if (code == status_code::ok && trailers.grpc_message.empty() && trailers.details.empty()) {
    return {};
  }
  status_details details;
  details.origin = status_origin::peer;
  details.message = trailers.grpc_message;
  details.binary = trailers.details;
  if (!code) {
    details.causes.push_back("grpc-status \"" + std::string(*trailers.grpc_status) +
                             "\" is no status code of gRPC");
  }
  return status(code.value_or(status_code::unknown), std::move(details));
}

namespace {

std::string_view http_advice(int http_status) {
  switch (http_status) {
    case 200:
    case 404:
    case 405:
    case 415:
      return "check that the address is that of a gRPC server, and that a proxy passes gRPC on";
    case 413:
      return "raise the limit for request bodies of the proxy between client and server";
    case 502:
    case 503:
      return "look at the proxy between client and server: it answered instead, which it does when "
             "it reaches no server that speaks HTTP/2";
    case 504:
      return "look at the proxy between client and server: it waited for as long as its time-out "
             "for the server allows";
    default:
      return "look at the proxy between client and server: it answered instead";
  }
}

}  // namespace

status status_from_http(int http_status, std::string_view content_type) {
  status_details details;
  details.origin = status_origin::peer;
  details.message = "the response has HTTP status " + std::to_string(http_status) +
                    (content_type.empty() ? " and no content-type"
                                          : " and content-type " + std::string(content_type));
  details.advice = http_advice(http_status);
  return status(status_code_from_http(http_status), std::move(details));
}

}  // namespace grpcwire::codec
