#include <bit>
#include <cmath>
#include <limits>

#include <google/protobuf/io/coded_stream.h>

#include <grpcwire/rpc/load_report_internal.hpp>

namespace grpcwire::detail {
namespace {

using google::protobuf::io::CodedInputStream;

/// The part of a tag that says how its value is written.
enum class wire_type : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

wire_type type_of(std::uint32_t tag) {
  return static_cast<wire_type>(tag & 7U);
}

/// Groups, long gone, count as broken.
bool skip(CodedInputStream& in, std::uint32_t tag) {
  std::uint64_t number = 0;
  std::uint32_t size = 0;
  switch (type_of(tag)) {
    case wire_type::varint:
      return in.ReadVarint64(&number);
    case wire_type::fixed64:
      return in.Skip(8);
    case wire_type::fixed32:
      return in.Skip(4);
    case wire_type::bytes:
      return in.ReadVarint32(&size) &&
             size <= static_cast<std::uint32_t>(std::numeric_limits<int>::max()) &&
             in.Skip(static_cast<int>(size));
  }
  return false;
}

double* field_of(load_report& report, std::uint32_t tag) {
  if (type_of(tag) != wire_type::fixed64) return nullptr;
  switch (tag >> 3U) {
    case 1:
      return &report.cpu_utilization;
    case 6:
      return &report.queries_per_second;
    case 7:
      return &report.errors_per_second;
    case 9:
      return &report.application_utilization;
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<load_report> parse_load_report(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<int>::max()) return std::nullopt;
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  load_report report;
  while (const std::uint32_t tag = in.ReadTag()) {
    double* const field = field_of(report, tag);
    if (field == nullptr) {
      if (tag >> 3U == 0 || !skip(in, tag)) return std::nullopt;
      continue;
    }
    std::uint64_t bits = 0;
    if (!in.ReadLittleEndian64(&bits)) return std::nullopt;
    *field = std::bit_cast<double>(bits);
    if (!std::isfinite(*field) || *field < 0) return std::nullopt;
  }
  // A tag of 0 in the middle ends the loop, too.
  if (!in.ConsumedEntireMessage()) return std::nullopt;
  return report;
}

}  // namespace grpcwire::detail
