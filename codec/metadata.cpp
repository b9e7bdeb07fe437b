#include "metadata.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <utility>

#include <grpcwire/codec/base64.hpp>
#include <grpcwire/codec/header.hpp>

namespace grpcwire::codec {
namespace {

// Enough for nearly every call, so that there are no more than two allocations.
constexpr std::size_t usual_fields = 2;
constexpr std::size_t usual_bytes = 64;

constexpr std::array<std::string_view, 10> reserved_names = {
    "content-length",   "content-type", "connection",        "host",    "keep-alive",
    "proxy-connection", "te",           "transfer-encoding", "upgrade", "user-agent",
};

constexpr bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

constexpr bool is_value_character(char c, value_rule rule) {
  const auto octet = static_cast<std::uint8_t>(c);
  if (octet >= 0x20 && octet <= 0x7e) return true;
  return rule == value_rule::http && (octet >= 0x80 || octet == '\t');
}

std::string_view stripped(std::string_view value) {
  const std::size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(" \t") - first + 1);
}

}  // namespace

metadata::metadata(std::initializer_list<entry> entries) {
  for (const entry& each : entries) add(each.name, each.value);
}

metadata& metadata::operator=(const metadata& other) {
  return *this = metadata(other);
}

/// Both may be views into this object.
void metadata::add(std::string_view name, std::string_view value) {
  const std::size_t start = bytes_.size();
  const std::size_t value_start = start + name.size();
  const std::size_t end = value_start + value.size();
  if (end > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("metadata of more than 4 GiB");
  }
  if (end <= bytes_.capacity()) {
    bytes_.append(name);
    bytes_.append(value);
  } else {
    buffer bigger;
    bigger.reserve(std::max({end, 2 * bytes_.capacity(), usual_bytes}));
    bigger.append(bytes_.view());
    bigger.append(name);
    bigger.append(value);
    bytes_ = std::move(bigger);
  }
  if (fields_.capacity() == 0) fields_.reserve(usual_fields);
  fields_.push_back({static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(value_start),
                     static_cast<std::uint32_t>(end)});
}

bool metadata::add_decoded(std::string_view name, std::string_view base64) {
  std::string decoded;
  if (!base64_decode(base64, decoded)) return false;
  add(name, decoded);
  return true;
}

void metadata::truncate(std::size_t size) noexcept {
  bytes_.resize(size == 0 ? 0 : fields_[size - 1].end);
  fields_.resize(size);
}

std::optional<std::string_view> metadata::get(std::string_view name) const noexcept {
  for (const field& each : fields_) {
    const entry found = at(each);
    if (found.name == name) return found.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> metadata::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const entry& each : *this) {
    if (each.name == name) values.push_back(each.value);
  }
  return values;
}

std::size_t metadata::remove(std::string_view name) {
  if (!contains(name)) return 0;
  // A copy, because `name` may be a view into this object; and most calls find nothing to remove.
  metadata kept;
  for (const entry& each : *this) {
    if (each.name != name) kept.add(each.name, each.value);
  }
  const std::size_t removed = size() - kept.size();
  *this = std::move(kept);
  return removed;
}

void metadata::clear() noexcept {
  bytes_.clear();
  fields_.clear();
}

bool is_binary_name(std::string_view name) noexcept {
  return name.ends_with("-bin");
}

bool is_reserved_name(std::string_view name) noexcept {
  return name.starts_with("grpc-") || name.starts_with(':') ||
         std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end();
}

std::string_view describe(metadata_error error) noexcept {
  switch (error) {
    case metadata_error::empty_name:
      return "the name is empty";
    case metadata_error::upper_case_name:
      return "the name has upper-case letters";
    case metadata_error::reserved_name:
      return "the name is reserved for gRPC or HTTP";
    case metadata_error::bad_name_character:
      return "the name has characters other than a-z, 0-9, '_', '-' and '.'";
    case metadata_error::bad_value_character:
      return "the value has characters that are not printable ASCII; "
             "a name that ends in -bin may carry any octets";
  }
  return "?";
}

std::optional<metadata_error> check_metadata(std::string_view name, std::string_view value,
                                             value_rule rule) noexcept {
  if (name.empty()) return metadata_error::empty_name;
  if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return metadata_error::upper_case_name;
  }
  if (is_reserved_name(name)) return metadata_error::reserved_name;
  if (!std::all_of(name.begin(), name.end(), is_name_character)) {
    return metadata_error::bad_name_character;
  }
  return check_metadata_value(name, value, rule);
}

std::optional<metadata_error> check_metadata_value(std::string_view name, std::string_view value,
                                                   value_rule rule) noexcept {
  const auto good = [rule](char c) { return is_value_character(c, rule); };
  if (!is_binary_name(name) && !std::all_of(value.begin(), value.end(), good)) {
    return metadata_error::bad_value_character;
  }
  return std::nullopt;
}

std::size_t list_size(const metadata& fields) noexcept {
  std::size_t size = 0;
  for (const auto& [name, value] : fields) {
    size += header_size({name, {}});
    size += is_binary_name(name) ? base64_size(value.size()) : stripped(value).size();
  }
  return size;
}

bool add_received(metadata& into, std::string_view name, std::string_view wire_value) {
  if (!is_binary_name(name)) {
    into.add(name, wire_value);
    return true;
  }
  const std::size_t size_before = into.size();
  for (;;) {
    const std::size_t comma = wire_value.find(',');
    if (!into.add_decoded(name, stripped(wire_value.substr(0, comma)))) {
      into.truncate(size_before);
      return false;
    }
    if (comma == std::string_view::npos) return true;
    wire_value.remove_prefix(comma + 1);
  }
}

void append_wire_value(std::string& out, std::string_view name, std::string_view value) {
  if (is_binary_name(name)) {
    base64_append(out, as_bytes(value));
  } else {
    out.append(stripped(value));
  }
}

}  // namespace grpcwire::codec
