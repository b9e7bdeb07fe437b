#include "backend_health.hpp"

#include <limits>
#include <utility>

#include <google/protobuf/io/coded_stream.h>

#include <grpcwire/rpc/protobuf_fields_internal.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;
using google::protobuf::io::CodedInputStream;

namespace {

constexpr std::string_view watch_path = "/grpc.health.v1.Health/Watch";
constexpr std::string_view serving = "SERVING";

constexpr std::string_view name_of_health(std::uint64_t number) noexcept {
  switch (number) {
    case 1:
      return serving;
    case 2:
      return "NOT_SERVING";
    case 3:
      return "SERVICE_UNKNOWN";
    default:
      return "UNKNOWN";
  }
}

}  // namespace

std::string health_request(std::string_view service) {
  std::string request;
  add_bytes(request, 1, service);
  return request;
}

std::optional<std::string_view> health_in(codec::const_bytes response) {
  if (response.size() > std::numeric_limits<int>::max()) return std::nullopt;
  CodedInputStream in(response.data(), static_cast<int>(response.size()));
  std::uint64_t number = 0;
  while (const std::uint32_t tag = in.ReadTag()) {
    const bool is_status = tag == tag_of(1, wire_type::varint);
    if (!(is_status ? in.ReadVarint64(&number) : skip_field(in, tag))) return std::nullopt;
  }
  if (!in.ConsumedEntireMessage()) return std::nullopt;
  return name_of_health(number);
}

backend_health::backend_health(const serial_executor& executor, const channel_options& options,
                               std::string service, backend_health_user& user)
    : service_(std::move(service)),
      user_(user),
      question_(executor, options, watch_path, health_request(service_), *this) {}

/// The last thing that is done in a turn: this object may be gone afterwards.
void backend_health::become(channel_state state, std::string why) {
  const bool same = std::exchange(state_, state) == state;
  failure_ = why.empty() ? status()
                         : status(status_code::unavailable,
                                  {.message = std::move(why),
                                   .origin = codec::status_origin::peer,
                                   .phase = codec::call_phase::connecting,
                                   .address = question_.address(),
                                   .advice = "look at the health of this server"});
  if (!same) user_.on_health();
}

void backend_health::on_message(codec::const_bytes payload) {
  const auto health = health_in(payload);
  if (health == serving) return become(channel_state::ready);
  const std::string of = service_.empty() ? "itself" : service_;
  become(channel_state::transient_failure,
         health ? "the server says that " + of + " is " + std::string(*health)
                : "the server sent something else than a HealthCheckResponse");
}

void backend_health::on_broken(const status& why, bool at_once) {
  if (at_once) return become(channel_state::connecting);
  become(channel_state::transient_failure,
         "the server does not say how it is: " +
             (why.ok() ? "it ended the watch without an answer" : to_string(why)));
}

void backend_health::on_unimplemented() {
  question_.note("health_check", "the server has no health service and counts as healthy");
  become(channel_state::ready);
}

}  // namespace grpcwire::detail
