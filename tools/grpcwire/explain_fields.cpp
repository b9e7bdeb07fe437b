#include "explain_fields.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include <grpcwire/codec/percent.hpp>
#include <grpcwire/codec/status_code.hpp>
#include <grpcwire/codec/timeout.hpp>

#include "text_forms.hpp"

namespace grpcwire::tools {
namespace {

// Wider names and values push the rest of their own line to the right, not that of all lines.
constexpr std::size_t name_width_max = 24;
constexpr std::size_t value_width_max = 32;
constexpr std::string_view grpc_content_type = "application/grpc";

std::string count_of(std::int64_t number, std::string_view unit) {
  return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s");
}

// In the largest unit that divides it.
std::string duration_words(std::chrono::nanoseconds time) {
  const std::int64_t ns = time.count();
  if (ns % 3'600'000'000'000 == 0 && ns != 0) return count_of(ns / 3'600'000'000'000, "hour");
  if (ns % 60'000'000'000 == 0 && ns != 0) return count_of(ns / 60'000'000'000, "minute");
  if (ns % 1'000'000'000 == 0) return count_of(ns / 1'000'000'000, "second");
  if (ns % 1'000'000 == 0) return count_of(ns / 1'000'000, "millisecond");
  if (ns % 1'000 == 0) return count_of(ns / 1'000, "microsecond");
  return count_of(ns, "nanosecond");
}

std::string path_meaning(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (path.size() < 4 || path.front() != '/' || slash == 0 || slash + 1 == path.size()) {
    return "which method; gRPC expects /service/method";
  }
  return fmt::format("which method: {} of {}", printable(path.substr(slash + 1)),
                     printable(path.substr(1, slash - 1)));
}

std::string content_type_meaning(std::string_view value) {
  if (!is_grpc_content_type(value)) return "not gRPC";
  const std::string_view rest = value.substr(grpc_content_type.size());
  if (rest.empty() || rest == "+proto") return "gRPC with protobuf messages";
  if (rest[0] == '+') return fmt::format("gRPC with {} messages", printable(rest.substr(1)));
  return "gRPC";
}

std::string timeout_meaning(std::string_view value) {
  const auto time = codec::parse_timeout(value);
  if (!time) return "not a legal timeout: 1 to 8 digits and one of H M S m u n";
  return fmt::format("the server has {}", duration_words(*time));
}

std::string grpc_status_meaning(std::string_view value) {
  const auto code = codec::parse_status_code(value);
  if (!code) return "not a legal status: clients take it as UNKNOWN";
  return std::string(codec::name(*code));
}

std::string grpc_message_meaning(std::string_view value) {
  const std::string decoded = codec::percent_decode(value);
  if (decoded == value) return "why, in words";
  return fmt::format("why, in words: {}", printable(decoded, true));
}

std::string http_status_meaning(std::string_view value, bool grpc) {
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) return "not a legal HTTP status";
  if (number >= 100 && number < 200) return "only an interim answer";
  if (number == 200) return grpc ? "HTTP is fine; how the call ends comes as grpc-status" : "OK";
  return fmt::format("HTTP went wrong; without a grpc-status the call ends as {}",
                     codec::name(codec::status_code_from_http(number)));
}

std::string pseudo_meaning(std::string_view field, std::string_view value, bool grpc) {
  if (field == ":method") return value == "POST" ? "every gRPC call is a POST" : "gRPC needs POST";
  if (field == ":scheme") return value == "https" ? "over TLS" : "without TLS";
  if (field == ":path") return path_meaning(value);
  if (field == ":authority") return "which server, by name";
  if (field == ":status") return http_status_meaning(value, grpc);
  return "not known to HTTP/2";
}

std::optional<std::string> grpc_meaning(std::string_view field, std::string_view value,
                                        side sender) {
  if (field == "grpc-timeout") return timeout_meaning(value);
  if (field == "grpc-status") return grpc_status_meaning(value);
  if (field == "grpc-message") return grpc_message_meaning(value);
  if (field == "grpc-status-details-bin") return "more about the status: a google.rpc.Status";
  if (field == "grpc-encoding") {
    if (value == "identity") return "messages are not compressed";
    return fmt::format("compressed messages are in {}", printable(value));
  }
  if (field == "grpc-accept-encoding") {
    return fmt::format("the {} can read these compressions", name(sender));
  }
  if (field == "grpc-previous-rpc-attempts") return "a retry: how often it was tried before";
  if (field == "grpc-retry-pushback-ms") return "when to try again; a negative number: never";
  if (field == "grpc-trace-bin" || field == "traceparent") return "for tracing";
  if (field == "grpc-tags-bin") return "for statistics";
  return std::nullopt;
}

}  // namespace

bool is_grpc_content_type(std::string_view value) {
  if (value.substr(0, grpc_content_type.size()) != grpc_content_type) return false;
  if (value.size() == grpc_content_type.size()) return true;
  const char next = value[grpc_content_type.size()];
  return next == '+' || next == ';';
}

std::string field_meaning(std::string_view field, std::string_view value, side sender, bool grpc) {
  if (!field.empty() && field[0] == ':') return pseudo_meaning(field, value, grpc);
  if (field == "content-type") return content_type_meaning(value);
  if (field == "te") {
    return value == "trailers" ? fmt::format("the {} understands trailers", name(sender))
                               : "only \"trailers\" is legal in HTTP/2";
  }
  if (field == "user-agent") return "which library is calling";
  if (field == "accept-encoding") return "HTTP compression, which gRPC does not use";
  if (field == "content-length") return "bytes of DATA to come";
  if (field == "authorization") return "proof of who is calling";
  if (auto meaning = grpc_meaning(field, value, sender)) return *meaning;
  if (!grpc) return {};
  if (field.substr(0, 5) == "grpc-") return "reserved by gRPC";
  if (field.size() > 4 && field.substr(field.size() - 4) == "-bin") {
    if (!value.empty() && value[0] == '\0') {
      return "metadata of the application: bytes as they are, behind a zero";
    }
    return "metadata of the application: bytes, in base64";
  }
  return "metadata of the application";
}

std::string encoding_words(const transport::hpack_field& field) {
  using transport::hpack_form;
  const auto table = [&] {
    return fmt::format("{} table {}", field.index <= 61 ? "static" : "dynamic", field.index);
  };
  std::string text;
  if (field.form == hpack_form::indexed) {
    text = table();
  } else {
    text = field.index != 0 ? fmt::format("literal, name from {}", table()) : "literal";
    if (field.name_huffman || field.value_huffman) text += ", Huffman";
    if (field.form == hpack_form::incremental_indexing) text += ", added to the table";
    if (field.form == hpack_form::never_indexed) text += ", never to be put into a table";
  }
  return fmt::format("{}, {}", text, bytes_count(field.size));
}

std::vector<std::string> field_lines(const std::vector<transport::hpack_field>& fields, side sender,
                                     bool grpc) {
  std::vector<std::string> names;
  std::vector<std::string> values;
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const transport::hpack_field& field : fields) {
    names.push_back(printable(field.name));
    values.push_back(printable(field.value));
    if (names.back().size() <= name_width_max)
      name_width = std::max(name_width, names.back().size());
    if (values.back().size() <= value_width_max) {
      value_width = std::max(value_width, values.back().size());
    }
  }
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string line = padded(names[i], name_width) + "  " + padded(values[i], value_width);
    const std::string meaning = field_meaning(fields[i].name, fields[i].value, sender, grpc);
    if (!meaning.empty()) line += "  " + meaning;
    lines.push_back(fmt::format("{}  ({})", line, encoding_words(fields[i])));
  }
  return lines;
}

}  // namespace grpcwire::tools
