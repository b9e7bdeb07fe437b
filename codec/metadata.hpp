// Custom metadata of a call: an ordered multi-map of names and values, and the rules for what may
// go over the wire (gRPC doc/PROTOCOL-HTTP2.md, "Custom-Metadata").
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/recycled_memory.hpp>

namespace grpcwire::codec {

/// Names and values in the order in which they were added. Values of names that end in `-bin` are
/// held decoded, as plain octets. Nothing is checked or changed on the way in: check_metadata() is
/// asked before sending. Names are compared as they are; on the wire they are always lower-case.
///
/// All of it lies in one block of bytes and one list of offsets, so views into it last until the
/// next change. Throws std::length_error above 4 GiB.
class metadata {
 public:
  struct entry {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const entry&, const entry&) = default;
  };
  class iterator;
  using const_iterator = iterator;
  using value_type = entry;

  metadata() = default;
  metadata(std::initializer_list<entry> entries);
  metadata(const metadata& other) : bytes_(other.bytes_.view()), fields_(other.fields_) {}
  metadata(metadata&&) noexcept = default;
  metadata& operator=(const metadata& other);
  metadata& operator=(metadata&&) noexcept = default;
  ~metadata() = default;

  void add(std::string_view name, std::string_view value);

  /// The first value of this name.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  /// All values of this name, in order.
  std::vector<std::string_view> get_all(std::string_view name) const;
  bool contains(std::string_view name) const noexcept { return get(name).has_value(); }

  /// Removes all values of this name and says how many there were.
  std::size_t remove(std::string_view name);
  /// Keeps the memory for the next use.
  void clear() noexcept;

  /// How many values there are, of all names together.
  std::size_t size() const noexcept { return fields_.size(); }
  bool empty() const noexcept { return fields_.empty(); }
  entry operator[](std::size_t index) const noexcept { return at(fields_[index]); }

  iterator begin() const noexcept;
  iterator end() const noexcept;

  /// Same entries in the same order.
  friend bool operator==(const metadata& a, const metadata& b) noexcept {
    return a.fields_ == b.fields_ && as_text(a.bytes_) == as_text(b.bytes_);
  }

 private:
  friend bool add_received(metadata& into, std::string_view name, std::string_view wire_value);

  struct field {
    std::uint32_t name;   // offsets into bytes_
    std::uint32_t value;  // the name ends here
    std::uint32_t end;

    friend bool operator==(const field&, const field&) = default;
  };

  entry at(const field& f) const noexcept {
    const std::string_view bytes = as_text(bytes_);
    return {bytes.substr(f.name, f.value - f.name), bytes.substr(f.value, f.end - f.value)};
  }
  bool add_decoded(std::string_view name, std::string_view base64);
  void truncate(std::size_t size) noexcept;

  buffer bytes_;  // name, value, name, value, … without gaps
  std::vector<field, recycling_allocator<field>> fields_;
};

/// Gives entries by value: they exist only as offsets.
class metadata::iterator {
 public:
  using iterator_concept = std::forward_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = entry;
  using difference_type = std::ptrdiff_t;
  using reference = entry;
  using pointer = void;

  iterator() noexcept = default;
  iterator(const metadata& owner, std::size_t index) noexcept : owner_(&owner), index_(index) {}

  entry operator*() const noexcept { return (*owner_)[index_]; }
  iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  iterator operator++(int) noexcept {
    iterator before = *this;
    ++index_;
    return before;
  }
  friend bool operator==(const iterator&, const iterator&) noexcept = default;

 private:
  const metadata* owner_ = nullptr;
  std::size_t index_ = 0;
};

inline metadata::iterator metadata::begin() const noexcept {
  return {*this, 0};
}
inline metadata::iterator metadata::end() const noexcept {
  return {*this, size()};
}

/// True for names that end in `-bin`: their values are any octets, Base64 on the wire.
bool is_binary_name(std::string_view name) noexcept;

/// True for names that belong to gRPC or HTTP/2 and not to the application: `grpc-…`, `:…`,
/// `content-type`, `te`, `user-agent`; further `host`, `content-length` and the connection-specific
/// fields, which would make the request malformed (RFC 9113 §8.2.2).
bool is_reserved_name(std::string_view name) noexcept;

enum class metadata_error : std::uint8_t {
  empty_name,
  upper_case_name,
  reserved_name,
  bad_name_character,
  bad_value_character,
};
std::string_view describe(metadata_error error) noexcept;

/// Which values of names without `-bin` are good.
enum class value_rule : std::uint8_t {
  grpc,  ///< printable ASCII and space: what an application may start with
  http,  ///< any field value of HTTP, so obs-text and inner tabs too: to echo what was received
};

/// What, if anything, keeps an application from sending this. Space around a value is no error: it
/// is stripped on the way out.
std::optional<metadata_error> check_metadata(std::string_view name, std::string_view value,
                                             value_rule rule = value_rule::grpc) noexcept;

/// The same of a value alone, for names that this layer may send and an application may not.
std::optional<metadata_error> check_metadata_value(std::string_view name, std::string_view value,
                                                   value_rule rule = value_rule::grpc) noexcept;

/// The size of these fields in a header list (RFC 9113 §6.5.2), as append_wire_value() writes them.
std::size_t list_size(const metadata& fields) noexcept;

/// Adds a field as it came over the wire. The value of a `-bin` name may be several ones joined by
/// commas on the way; each is decoded and added. Other values are kept as they are. False, and
/// `into` as it was, for invalid Base64: that fails the call with INTERNAL, never the connection.
[[nodiscard]] bool add_received(metadata& into, std::string_view name, std::string_view wire_value);

/// Appends the wire form of one value: Base64 for a `-bin` name, otherwise the value without the
/// space around it. One field per value: peers reject joined binary values.
void append_wire_value(std::string& out, std::string_view name, std::string_view value);

}  // namespace grpcwire::codec

namespace grpcwire {
using codec::metadata;
}  // namespace grpcwire
