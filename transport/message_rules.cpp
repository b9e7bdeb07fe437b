#include "message_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <nghttp2/nghttp2.h>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::transport {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view bad_character = "a header field has characters that HTTP forbids";
constexpr std::string_view bad_pseudo =
    "a pseudo-header field is out of place, empty, or there twice";
constexpr std::string_view bad_field = "a header field of HTTP/1 or a te field other than trailers";
constexpr std::string_view bad_length = "content-length is malformed or there twice";
constexpr std::string_view other_length = "the data is not as long as content-length says";
constexpr std::string_view missing_pseudo = "a pseudo-header field is missing";
constexpr std::string_view bad_status = "the value of :status is malformed";
constexpr std::string_view no_head = "data comes before the final response headers";
constexpr std::string_view not_last = "trailers do not end the stream";

bool same_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  return std::ranges::equal(text, lower, [](char c, char l) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) == l;
  });
}

field_kind named(std::string_view name) noexcept {
  switch (name.size()) {
    case 2:
      return name == "te" ? field_kind::te : field_kind::ordinary;
    case 4:
      return name == "host" ? field_kind::host : field_kind::ordinary;
    case 5:
      return name == ":path" ? field_kind::path : field_kind::ordinary;
    case 7:
      if (name == ":method") return field_kind::method;
      if (name == ":scheme") return field_kind::scheme;
      if (name == ":status") return field_kind::status;
      return name == "upgrade" ? field_kind::connection_specific : field_kind::ordinary;
    case 10:
      if (name == ":authority") return field_kind::authority;
      return name == "connection" || name == "keep-alive" ? field_kind::connection_specific
                                                          : field_kind::ordinary;
    case 14:
      return name == "content-length" ? field_kind::content_length : field_kind::ordinary;
    case 16:
      return name == "proxy-connection" ? field_kind::connection_specific : field_kind::ordinary;
    case 17:
      return name == "transfer-encoding" ? field_kind::connection_specific : field_kind::ordinary;
    default:
      return field_kind::ordinary;
  }
}

bool is_scheme(std::string_view value) noexcept {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return !value.empty() && letter(value.front()) && std::ranges::all_of(value, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

bool good_value(field_kind kind, std::string_view value, bool of_request) noexcept {
  const codec::const_bytes bytes = codec::as_bytes(value);
  switch (kind) {
    case field_kind::method:
      return nghttp2_check_method(bytes.data(), bytes.size()) != 0;
    case field_kind::path:
      return nghttp2_check_path(bytes.data(), bytes.size()) != 0;
    case field_kind::scheme:
      return is_scheme(value);
    case field_kind::authority:
    case field_kind::host:
      if (of_request) return nghttp2_check_authority(bytes.data(), bytes.size()) != 0;
      break;
    default:
      break;
  }
  return nghttp2_check_header_value(bytes.data(), bytes.size()) != 0;
}

/// What stands behind a line break could become a field of its own further on, and nobody reads a
/// name with spaces or upper case alike. Other forbidden characters only cost their field.
field_kind forbidden(const codec::header_view& field, bool pseudo) noexcept {
  const auto of_no_name = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || (c >= 'A' && c <= 'Z');
  };
  const bool harmful = pseudo || std::ranges::any_of(field.name, of_no_name) ||
                       field.value.find_first_of("\0\r\n"sv) != std::string_view::npos;
  return harmful ? field_kind::malformed : field_kind::ignored;
}

/// -1 for anything else.
std::int64_t decimal(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18) return -1;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

field_kind kind_of(const codec::header_view& field, bool of_request) noexcept {
  const bool pseudo = field.name.starts_with(':');
  const codec::const_bytes name = codec::as_bytes(field.name);
  if (nghttp2_check_header_name(name.data(), name.size()) == 0) return forbidden(field, pseudo);
  const field_kind kind = named(field.name);
  if (!good_value(kind, field.value, of_request)) return forbidden(field, pseudo);
  return kind == field_kind::ordinary && pseudo ? field_kind::unknown_pseudo : kind;
}

// ---- fields

bool message_rules::first(field_kind kind) noexcept {
  const bool is_first = (seen_ & bit_of(kind)) == 0;
  seen_ |= bit_of(kind);
  return is_first;
}

message_rules::fault message_rules::pseudo_field(field_kind kind, std::string_view value,
                                                 bool in_trailers) noexcept {
  const bool behind_others = (seen_ & bit_of(field_kind::ordinary)) != 0;
  if (in_trailers || behind_others || value.empty() || !first(kind)) return bad_pseudo;
  return {};
}

message_rules::fault message_rules::other_field(field_kind kind, std::string_view value) noexcept {
  seen_ |= bit_of(field_kind::ordinary);
  switch (kind) {
    case field_kind::content_length:
      if (content_length_ != -1) return bad_length;
      content_length_ = decimal(value);
      if (content_length_ == -1) return bad_length;
      return {};
    case field_kind::te:
      if (!same_ignoring_case(value, "trailers")) return bad_field;
      return {};
    case field_kind::connection_specific:
      return bad_field;
    case field_kind::malformed:
      return bad_character;
    default:
      return {};
  }
}

message_rules::fault message_rules::request_field(field_kind kind, std::string_view value,
                                                  bool in_trailers) noexcept {
  switch (kind) {
    case field_kind::status:
    case field_kind::unknown_pseudo:
      return bad_pseudo;
    case field_kind::method:
      connect_ = value == "CONNECT";
      options_ = value == "OPTIONS";
      return pseudo_field(kind, value, in_trailers);
    case field_kind::path:
      path_absolute_ = value.starts_with('/');
      path_asterisk_ = value == "*";
      return pseudo_field(kind, value, in_trailers);
    case field_kind::scheme:
      http_scheme_ = same_ignoring_case(value, "http") || same_ignoring_case(value, "https");
      return pseudo_field(kind, value, in_trailers);
    case field_kind::authority:
      return pseudo_field(kind, value, in_trailers);
    case field_kind::host:
      if (value.empty() || !first(kind)) return bad_pseudo;
      break;
    default:
      break;
  }
  return other_field(kind, value);
}

message_rules::fault message_rules::response_field(field_kind kind, std::string_view value,
                                                   bool in_trailers) noexcept {
  switch (kind) {
    case field_kind::method:
    case field_kind::path:
    case field_kind::scheme:
    case field_kind::authority:
    case field_kind::unknown_pseudo:
      return bad_pseudo;
    case field_kind::status: {
      const fault broken = pseudo_field(kind, value, in_trailers);
      if (!broken.empty()) return broken;
      const std::int64_t status = value.size() == 3 ? decimal(value) : -1;
      if (status == -1 || status == 101) return bad_status;
      status_ = static_cast<std::int16_t>(status);
      return {};
    }
    case field_kind::content_length:
      if (status_ / 100 == 1 || (status_ == 204 && value != "0")) return bad_length;
      break;
    default:
      break;
  }
  return other_field(kind, value);
}

// ---- blocks and data

message_rules::fault message_rules::request_head() noexcept {
  expects_head_ = false;
  const auto has = [this](field_kind kind) { return (seen_ & bit_of(kind)) != 0; };
  if (connect_) {
    content_length_ = -1;
    const bool good =
        has(field_kind::authority) && !has(field_kind::scheme) && !has(field_kind::path);
    return good ? fault() : missing_pseudo;
  }
  const bool complete = has(field_kind::method) && has(field_kind::scheme) &&
                        has(field_kind::path) &&
                        (has(field_kind::authority) || has(field_kind::host));
  if (!complete) return missing_pseudo;
  if (http_scheme_ && !path_absolute_ && !(options_ && path_asterisk_)) return bad_pseudo;
  return {};
}

message_rules::fault message_rules::response_head() noexcept {
  if ((seen_ & bit_of(field_kind::status)) == 0) return missing_pseudo;
  if (status_ / 100 == 1) {
    *this = {};  // the final one is still to come
    return {};
  }
  expects_head_ = false;
  if (status_ == 204 || status_ == 304) content_length_ = 0;
  return {};
}

message_rules::fault message_rules::block_end(bool of_request, bool trailers,
                                              bool end_stream) noexcept {
  fault broken;
  if (trailers) {
    if (!end_stream) broken = not_last;
  } else {
    broken = of_request ? request_head() : response_head();
  }
  return !broken.empty() || !end_stream ? broken : end();
}

message_rules::fault message_rules::data(std::size_t size) noexcept {
  if (expects_head_) return no_head;
  received_ += static_cast<std::int64_t>(size);
  return content_length_ != -1 && received_ > content_length_ ? fault(other_length) : fault();
}

message_rules::fault message_rules::end() const noexcept {
  if (expects_head_) return no_head;
  return content_length_ != -1 && received_ != content_length_ ? fault(other_length) : fault();
}

// ---- the memory

field_kind field_kinds::look(entry& e, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                             codec::header_view& field, bool of_request,
                             std::vector<field_text>& texts) {
  field.known = codec::classify(field.name);
  const field_kind kind =
      of_request && field.name == ":path" ? kind_of_path(field.value) : kind_of(field, of_request);
  // Values that are not in the table come once: they must not push out those that come again.
  const bool kept =
      !std::exchange(e.used, false) && field.name.size() + field.value.size() <= text_max;
  field_text text(name, value);
  if (kept) {
    std::swap(e.text, text);
    e.kind = kind;
    e.known = field.known;
  }
  texts.push_back(std::move(text));
  return kind;
}

field_kind field_kinds::kind_of_path(std::string_view value) {
  if (value.empty() || value.size() > text_max) return kind_of({":path", value}, true);
  const std::size_t mix = value.size() * 3 + static_cast<unsigned char>(value.back());
  codec::buffer& known = paths_[mix % paths_.size()];
  if (codec::as_text(known) == value) return field_kind::path;
  const field_kind kind = kind_of({":path", value}, true);
  if (kind == field_kind::path) {
    known.clear();
    known.append(value);
  }
  return kind;
}

}  // namespace grpcwire::transport
