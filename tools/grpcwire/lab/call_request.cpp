#include "call_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

#include <grpcwire/codec/timeout.hpp>

#include "decode_input.hpp"

namespace grpcwire::tools {
namespace {

struct unit {
  std::string_view name;       // on the command line
  std::string_view wire_name;  // in grpc-timeout
  std::int64_t nanoseconds;
};
constexpr std::array<unit, 6> units = {{{"h", "H", 3'600'000'000'000},
                                        {"min", "M", 60'000'000'000},
                                        {"s", "S", 1'000'000'000},
                                        {"ms", "m", 1'000'000},
                                        {"us", "u", 1'000},
                                        {"ns", "n", 1}}};
constexpr std::int64_t digits_max = 99'999'999;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

}  // namespace

std::chrono::nanoseconds parse_time(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const unit& u : units) {
    if (error != std::errc{} || (rest != u.name && rest != u.wire_name)) continue;
    if (number <= 0 || number > INT64_MAX / u.nanoseconds) break;
    return std::chrono::nanoseconds(number * u.nanoseconds);
  }
  throw std::runtime_error(
      fmt::format("'{}' is no time: a whole number and ms, s, min or h, for example 1s", text));
}

std::string timeout_in_words(std::chrono::nanoseconds time) {
  for (const unit& u : units) {
    if (time.count() % u.nanoseconds != 0 || time.count() / u.nanoseconds > digits_max) continue;
    return fmt::format("{}{}", time.count() / u.nanoseconds, u.wire_name);
  }
  return std::string(std::string_view(codec::format_timeout(time)));
}

std::pair<std::string, std::string> parse_metadata(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || colon == 0) {
    throw std::runtime_error(fmt::format("'{}' is no metadata: it is written 'name: value'", line));
  }
  std::string name(trimmed(std::string_view(line).substr(0, colon)));
  std::string value(trimmed(std::string_view(line).substr(colon + 1)));
  if (codec::is_binary_name(name)) {
    auto bytes = bytes_of_base64(value);
    if (!bytes) {
      throw std::runtime_error(
          fmt::format("the value of {} has to be Base64, as of all names that end in -bin", name));
    }
    value = *std::move(bytes);
  }
  if (const auto wrong = codec::check_metadata(name, value)) {
    throw std::runtime_error(fmt::format("metadata '{}': {}", line, codec::describe(*wrong)));
  }
  return {std::move(name), std::move(value)};
}

codec::header_fields request_fields(const call_fields& call) {
  codec::header_fields fields;
  fields.add(":method", "POST");
  fields.add(":scheme", call.tls ? "https" : "http");
  fields.add_copy(":path", call.path);
  fields.add_copy(":authority", call.authority);
  fields.add("te", "trailers");
  if (call.deadline) fields.add_unindexed("grpc-timeout", timeout_in_words(*call.deadline));
  fields.add_copy("content-type", call.content_type);
  if (call.gzip) fields.add("grpc-encoding", "gzip");
  fields.add("grpc-accept-encoding", "identity,gzip,deflate");
  fields.add("user-agent", "grpcwire-call/" GRPCWIRE_VERSION);
  fields.add(call.metadata);
  return fields;
}

}  // namespace grpcwire::tools
