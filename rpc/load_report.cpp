#include <bit>
#include <cmath>
#include <limits>

#include <google/protobuf/io/coded_stream.h>

#include <grpcwire/rpc/load_report_internal.hpp>
#include <grpcwire/rpc/protobuf_fields_internal.hpp>

namespace grpcwire::detail {
namespace {

using google::protobuf::io::CodedInputStream;

double* field_of(load_report& report, std::uint32_t tag) {
  if (type_of(tag) != wire_type::fixed64) return nullptr;
  switch (number_of(tag)) {
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
      if (!skip_field(in, tag)) return std::nullopt;
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
