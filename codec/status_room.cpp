#include "status_room.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/base64.hpp>
#include <grpcwire/codec/percent.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::size_t field_overhead = 32;  // RFC 9113 §6.5.2
// For `:status`, `content-type` and `grpc-accept-encoding` when there are only trailers.
constexpr std::size_t head_room = 192;

std::size_t message_size(std::string_view message) {
  if (message.empty()) return 0;
  return std::string_view("grpc-message").size() + percent_encode(message).size() + field_overhead;
}

std::size_t details_size(std::size_t bytes) {
  if (bytes == 0) return 0;
  return std::string_view("grpc-status-details-bin").size() + base64_size(bytes) + field_overhead;
}

// ---- google.rpc.Status by hand: 1 code, 2 message, 3 details (protobuf's encoding, "Wire format")

struct wire_field {
  std::uint32_t number = 0;
  std::string_view whole;  // with its tag
  std::string_view value;  // of length-delimited ones
};

std::optional<std::uint64_t> read_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 10 && i < from.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(from[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    from.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

std::optional<wire_field> read_field(std::string_view& from) {
  const std::string_view start = from;
  const auto tag = read_varint(from);
  if (!tag) return std::nullopt;
  wire_field field;
  field.number = static_cast<std::uint32_t>(*tag >> 3);
  std::size_t size = 0;
  switch (*tag & 7) {
    case 0:
      if (!read_varint(from)) return std::nullopt;
      break;
    case 1:
      size = 8;
      break;
    case 2:
      if (const auto length = read_varint(from)) {
        size = static_cast<std::size_t>(std::min<std::uint64_t>(*length, SIZE_MAX));
        break;
      }
      return std::nullopt;
    case 5:
      size = 4;
      break;
    default:
      return std::nullopt;
  }
  if (size > from.size()) return std::nullopt;
  field.value = from.substr(0, size);
  from.remove_prefix(size);
  field.whole = start.substr(0, start.size() - from.size());
  return field;
}

struct split_status {
  std::string rest;  // the fields that are neither message nor detail
  std::vector<std::string_view> details;
};

/// Nothing when the bytes are no message.
std::optional<split_status> split(std::string_view bytes) {
  split_status parts;
  while (!bytes.empty()) {
    const auto field = read_field(bytes);
    if (!field) return std::nullopt;
    if (field->number == 3) {
      parts.details.push_back(field->whole);
    } else if (field->number != 2) {
      parts.rest.append(field->whole);
    }
  }
  return parts;
}

std::string message_field(std::string_view message) {
  std::string field(1, '\x12');
  std::size_t size = message.size();
  for (; size > 0x7f; size >>= 7) field.push_back(static_cast<char>((size & 0x7f) | 0x80));
  field.push_back(static_cast<char>(size));
  return field.append(message);
}

// ---- the parts of fit_into_trailers()

std::string note(std::size_t left_out, std::size_t all, std::size_t size_max) {
  return " (" + std::to_string(left_out) + " of " + std::to_string(all) +
         " details left out: the trailers may have " + std::to_string(size_max) + " bytes)";
}

/// The details that fit into `room` together with the message, and the message with its note.
status_details with_fewer(const status_details& full, const split_status& parts,
                          std::size_t size_max, std::size_t room) {
  status_details fitted = full;
  const std::size_t all = parts.details.size();
  // The note gets no longer than this one when fewer are left out.
  const std::string longest = full.message + note(all, all, size_max);
  const std::size_t fixed = parts.rest.size() + message_field(longest).size();
  std::string kept;
  std::size_t left_out = 0;
  for (const std::string_view detail : parts.details) {
    const std::size_t bytes = fixed + kept.size() + detail.size();
    if (message_size(longest) + details_size(bytes) <= room) {
      kept.append(detail);
    } else {
      ++left_out;
    }
  }
  if (left_out != 0) fitted.message += note(left_out, all, size_max);
  fitted.binary = kept.empty() ? std::string() : parts.rest + message_field(fitted.message) + kept;
  return fitted;
}

std::string_view cut(std::string_view text, std::size_t size) {
  if (size >= text.size()) return text;
  while (size != 0 && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

/// The beginning of the message that fits into `room`, with dots behind it.
std::string shortened(std::string_view message, std::size_t room) {
  const auto with_dots = [&](std::size_t size) { return std::string(cut(message, size)) + " ..."; };
  std::size_t fits = 0;
  std::size_t too_long = message.size();
  while (fits + 1 < too_long) {
    const std::size_t middle = fits + (too_long - fits) / 2;
    (message_size(with_dots(middle)) <= room ? fits : too_long) = middle;
  }
  return fits == 0 ? std::string() : with_dots(fits);
}

}  // namespace

std::size_t list_size(const status& s) {
  return std::string_view("grpc-status").size() + decimal(s.code()).size() + field_overhead +
         message_size(s.message()) + details_size(s.details().binary.size());
}

status fit_into_trailers(const status& s, std::size_t size_max, const metadata* custom) {
  const std::size_t taken = head_room + (custom != nullptr ? list_size(*custom) : 0);
  if (list_size(s) + taken <= size_max) return s;
  const std::size_t without_text = list_size(status(s.code())) + taken;
  const std::size_t room = size_max > without_text ? size_max - without_text : 0;

  status_details fitted = s.details();
  if (!fitted.binary.empty()) {
    if (const auto parts = split(fitted.binary)) {
      fitted = with_fewer(s.details(), *parts, size_max, room);
    } else {
      fitted.binary.clear();
      fitted.message += note(1, 1, size_max);
    }
  }
  if (message_size(fitted.message) + details_size(fitted.binary.size()) > room) {
    fitted.binary.clear();
    fitted.message = shortened(fitted.message, room);
  }
  return status(s.code(), std::move(fitted));
}

}  // namespace grpcwire::codec
