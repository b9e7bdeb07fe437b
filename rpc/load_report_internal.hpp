// What a server said of its load at the end of a call (gRPC A51): the fields that weights are made
// of, from an xds.data.orca.v3.OrcaLoadReport.
#pragma once

#include <optional>
#include <string_view>

namespace grpcwire::detail {

/// The trailer that carries it.
inline constexpr std::string_view load_report_trailer = "endpoint-load-metrics-bin";

struct load_report {
  double cpu_utilization = 0;
  double application_utilization = 0;
  double queries_per_second = 0;  ///< `rps_fractional`
  double errors_per_second = 0;   ///< `eps`
};

/// Null: not a report, or one of the four is negative or no number. Unknown fields are skipped.
std::optional<load_report> parse_load_report(std::string_view bytes);

}  // namespace grpcwire::detail
