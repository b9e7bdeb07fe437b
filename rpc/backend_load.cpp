#include "backend_load.hpp"

#include <cstdint>
#include <string_view>

#include <grpcwire/rpc/protobuf_fields_internal.hpp>

namespace grpcwire::detail {
namespace {

constexpr std::string_view path = "/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics";

}  // namespace

std::string load_report_request(std::chrono::nanoseconds interval) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(interval);
  std::string duration;  // google.protobuf.Duration
  add_number(duration, 1, static_cast<std::uint64_t>(whole.count()));
  add_number(duration, 2, static_cast<std::uint64_t>((interval - whole).count()));
  std::string request;
  add_bytes(request, 1, duration);
  return request;
}

backend_load::backend_load(const serial_executor& executor, const channel_options& options,
                           std::chrono::nanoseconds interval, backend_load_user& user)
    : interval_(interval),
      user_(user),
      question_(executor, options, path, load_report_request(interval), *this) {}

}  // namespace grpcwire::detail
