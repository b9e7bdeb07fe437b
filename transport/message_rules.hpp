// What HTTP asks of the header fields and the data of a message (RFC 9113 §8), beyond their
// framing. A message that breaks a rule is malformed: its stream is reset, the connection lives.
// nghttp2 could look after this itself, for a seventh of the instructions of a unary call: it looks
// at each character of each field again, although nearly all come from the table of the connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>
#include <grpcwire/transport/field_text.hpp>

namespace grpcwire::transport {

/// What a field is to the rules. Follows from its name and the characters of its value alone.
enum class field_kind : std::uint8_t {
  ordinary,
  method,
  scheme,
  path,
  authority,
  status,
  host,
  content_length,
  te,
  connection_specific,
  unknown_pseudo,
  ignored,    ///< forbidden, but harmless: dropped, the message goes on
  malformed,  ///< has characters that make the message malformed
};

constexpr std::uint32_t bit_of(field_kind kind) noexcept {
  return 1U << static_cast<unsigned>(kind);
}

/// `of_request`: the field came in a request.
field_kind kind_of(const codec::header_view& field, bool of_request) noexcept;

/// The state of one message as it comes in. Each function gives the rule that was broken: a static
/// text, or an empty one when all is well.
class message_rules {
 public:
  using fault = std::string_view;

  fault field(field_kind kind, std::string_view value, bool of_request, bool in_trailers) noexcept {
    if (kind == field_kind::ordinary) {
      seen_ |= bit_of(field_kind::ordinary);
      return {};
    }
    return of_request ? request_field(kind, value, in_trailers)
                      : response_field(kind, value, in_trailers);
  }
  /// The header block is whole.
  fault block_end(bool of_request, bool trailers, bool end_stream) noexcept;

  fault data(std::size_t size) noexcept;
  fault end() const noexcept;

  /// Only interim (1xx) responses have come, or none: what follows are headers, not trailers.
  bool expects_head() const noexcept { return expects_head_; }

 private:
  fault request_field(field_kind kind, std::string_view value, bool in_trailers) noexcept;
  fault response_field(field_kind kind, std::string_view value, bool in_trailers) noexcept;
  fault request_head() noexcept;
  fault response_head() noexcept;
  bool first(field_kind kind) noexcept;
  fault pseudo_field(field_kind kind, std::string_view value, bool in_trailers) noexcept;
  fault other_field(field_kind kind, std::string_view value) noexcept;

  std::uint32_t seen_ = 0;  // a bit for each field_kind that came
  bool connect_ = false;
  bool options_ = false;
  bool http_scheme_ = false;
  bool path_absolute_ = false;
  bool path_asterisk_ = false;
  bool expects_head_ = true;
  std::int16_t status_ = 0;
  std::int64_t content_length_ = -1;  // -1: not said
  std::int64_t received_ = 0;
};

/// Remembers the kinds of fields that come from the table of a connection's header compression, by
/// the identity of their texts, which it keeps alive for that.
class field_kinds {
 public:
  /// Also classifies the field. `texts` gets what has to live on for it to stay readable: its
  /// texts, unless they are kept here, or those that it has pushed out.
  field_kind of(nghttp2_rcbuf* name, nghttp2_rcbuf* value, codec::header_view& field,
                bool of_request, std::vector<field_text>& texts) {
    const std::size_t at = place(name, value);
    entry* e = &entries_[at];
    if (!e->text.is(name, value)) {
      entry* other = &entries_[at ^ 1];
      if (!other->text.is(name, value)) {
        return look(place_for_new(*e, *other), name, value, field, of_request, texts);
      }
      e = other;
    }
    e->used = true;
    field.known = e->known;
    return e->kind;
  }

 private:
  static constexpr unsigned size_log2 = 6;
  static constexpr std::size_t text_max = 256;  // of name and value; longer ones are not kept
  struct entry {
    field_text text;
    field_kind kind{};
    codec::known_header known{};
    bool used = false;  // since another field wanted this place
  };

  static std::size_t place(const nghttp2_rcbuf* name, const nghttp2_rcbuf* value) noexcept {
    const auto mix =
        reinterpret_cast<std::uintptr_t>(name) * 3 + reinterpret_cast<std::uintptr_t>(value);
    return static_cast<std::size_t>((std::uint64_t{mix} * 0x9e37'79b9'7f4a'7c15U) >>
                                    (64 - size_log2));
  }
  field_kind look(entry& e, nghttp2_rcbuf* name, nghttp2_rcbuf* value, codec::header_view& field,
                  bool of_request, std::vector<field_text>& texts);
  field_kind kind_of_path(std::string_view value);
  /// Fields whose first place is the same find room beside each other.
  entry& place_for_new(entry& first, entry& second) noexcept {
    if (!first.text) return first;
    if (!second.text) return second;
    if (first.used == second.used) return (turn_ = !turn_) ? first : second;
    return first.used ? second : first;
  }

  std::array<entry, std::size_t{1} << size_log2> entries_{};
  // Paths that were good. They come again, yet clients do not put them into the table.
  std::array<codec::buffer, 4> paths_;
  bool turn_ = false;
};

}  // namespace grpcwire::transport
