// The header lists of a call: what goes into them and how they are read (gRPC
// doc/PROTOCOL-HTTP2.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/header.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {

/// A header list under construction. Whoever owns one uses it again and again.
class header_fields {
 public:
  void clear() noexcept {
    count_ = 0;
    text_.clear();
  }
  /// Their texts must live for as long as anybody may use this list or a copy of it.
  void append_constant(header_list_view fields) {
    for (const header_view& field : fields) {
      push(field);
      fields_[count_ - 1].constant = true;
    }
  }
  /// The name must live forever, the value until the list has been used.
  void add(std::string_view name, std::string_view value) {
    push({.name = name, .value = value, .constant_name = true});
  }
  /// Name and value must live forever.
  void add_constant(std::string_view name, std::string_view value) {
    push({.name = name, .value = value, .constant = true, .constant_name = true});
  }
  /// The name must live forever.
  void add_copy(std::string_view name, std::string_view value) {
    push({.name = name, .value = text_.copy(value), .constant_name = true});
  }
  /// For values that never come again: they would push useful ones out of the HPACK table.
  void add_unindexed(std::string_view name, std::string_view value) {
    push({.name = name, .value = text_.copy(value), .sensitive = true, .constant_name = true});
  }
  /// Encodes `-bin` values; `authorization` and cookies are marked sensitive.
  void add(const metadata& custom);

  header_list_view view() const noexcept { return {fields_.data(), count_}; }

 private:
  void push(const header_view& field) {
    if (count_ == fields_.size()) fields_.resize(2 * count_ + 8);
    fields_[count_++] = field;
  }

  std::vector<header_view> fields_;  // the first count_ of them; the others are room
  std::size_t count_ = 0;
  text_arena text_;
};

/// What is behind `application/grpc`; nothing when it is another media type. Case does not matter
/// (RFC 9110 §8.3.1); `;parameters` count as no sub-type.
std::optional<std::string_view> grpc_subtype(std::string_view content_type) noexcept;

// ---- request

/// What a client puts in front of its request. All views must live until the list has been used.
struct request_head {
  std::string_view path{};
  std::string_view authority{};
  std::string_view scheme = "http";
  std::string_view user_agent{};
  std::optional<std::chrono::nanoseconds> timeout{};  ///< must be positive
  std::string_view message_encoding{};  ///< a name; empty: not sent, which means identity
  std::string_view accept_encoding{};   ///< a comma list; empty: not sent
  const metadata* custom = nullptr;
  /// Of whose call it is. Heads with the same number on one connection have the same scheme,
  /// user_agent and accept_encoding (prepared_heads).
  std::uint64_t channel = 0;
};
void write_request(header_fields& to, const request_head& head);
/// The parts of it, in order; custom metadata comes last. Many calls share the first and the third.
void write_request_begin(header_fields& to, const request_head& head);
void write_timeout(header_fields& to, const request_head& head);
void write_request_end(header_fields& to, const request_head& head);

/// Why a request cannot be a call.
struct rejection {
  int http_status = 200;
  status why;
};

/// What a server reads from it.
struct received_request {
  std::string_view path;  ///< valid as long as the header list that was read
  std::string authority;  ///< `:authority`, or `host` where there is none (gRFC A41)
  std::optional<std::chrono::nanoseconds> timeout;
  std::optional<encoding> message_encoding = encoding::identity;  ///< nothing: not accepted
  std::string_view encoding_name;                                 ///< of that one; as the path
  encoding_set accept;
  bool proto_subtype = false;  ///< `application/grpc+proto`, which is echoed
  metadata custom;             ///< with `user-agent`

  /// Keeps the memory.
  void clear() noexcept;
};
std::optional<rejection> read_request(header_list_view fields, received_request& to,
                                      const codings& own = built_in_codings());

// ---- response

/// The first fields of every response of a call.
void write_response(header_fields& to, int http_status, bool proto_subtype);
/// grpc-status, grpc-message, grpc-status-details-bin and the custom trailers.
void write_status(header_fields& to, const status& s, const metadata* trailing);

/// What a client reads from any header block of a response. Custom fields go where they belong once
/// it is known whether these are headers or trailers. Views are valid as long as the header list
/// that was read.
struct received_response {
  int http_status = 0;            ///< 0: no `:status`, so these are trailers
  bool grpc = false;              ///< content-type is a gRPC one
  std::string_view content_type;  ///< when it is not a gRPC one
  std::optional<std::string_view> grpc_status;
  std::string grpc_message;  ///< decoded
  std::string details;       ///< grpc-status-details-bin, decoded; empty when it came twice
  bool details_seen = false;
  std::optional<encoding> message_encoding = encoding::identity;
  metadata custom;
  bool bad_metadata = false;  ///< a `-bin` value is no Base64
};
void read_response(header_list_view fields, received_response& to,
                   const codings& own = built_in_codings());

/// The status in a block with grpc-status; unreadable ones are UNKNOWN.
status status_of(const received_response& trailers);
/// The status of a response that carries none, from its `:status`.
status status_from_http(int http_status, std::string_view content_type);

}  // namespace grpcwire::codec
