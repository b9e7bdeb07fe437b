// Errors with details: google.rpc.Status as it travels in grpc-status-details-bin, packed and
// unpacked. Needs protobuf's full runtime (google.protobuf.Any), so it is a library of its own:
// link grpcwire::rich_status. How much fits is in docs/errors.md.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/codec/status.hpp>

namespace google::protobuf {
class Message;
}
namespace google::rpc {
class Status;  // include "google/rpc/status.pb.h" to use it
}

namespace grpcwire {

namespace detail {
status pack_status(status_code code, std::string message,
                   std::initializer_list<const google::protobuf::Message*> details);
/// Parses the first detail of the type of `to` that is not before `from`; its index, or nothing.
std::optional<std::size_t> find_detail(const status& s, std::size_t from,
                                       google::protobuf::Message& to);
}  // namespace detail

/// A status for a handler to return; the details reach the caller with it. Any messages will do;
/// those of google/rpc/error_details.proto are known to programs that never saw your .proto.
/// A detail that lacks required fields (proto2) is left out.
template <std::derived_from<google::protobuf::Message>... Details>
status rich_status(status_code code, std::string message, const Details&... details) {
  return detail::pack_status(code, std::move(message), {&details...});
}

/// The same from a google.rpc.Status that was made or received elsewhere. A code that gRPC does
/// not have becomes UNKNOWN.
status to_status(const google::rpc::Status& proto);

/// What the peer sent in grpc-status-details-bin. Nothing when there is none, when it cannot be
/// read, or when its code is another one than that of the status: then somebody on the way changed
/// one of them, and only grpc-status counts. The bytes as they came are in
/// status_details::binary.
std::optional<google::rpc::Status> to_rpc_status(const status& s);

/// The first detail of this type: `error_detail<google::rpc::RetryInfo>(status)`.
template <std::derived_from<google::protobuf::Message> Detail>
std::optional<Detail> error_detail(const status& s) {
  Detail found;
  if (!detail::find_detail(s, 0, found)) return std::nullopt;
  return found;
}

/// All details of this type, in order.
template <std::derived_from<google::protobuf::Message> Detail>
std::vector<Detail> error_details(const status& s) {
  std::vector<Detail> all;
  Detail found;
  auto at = detail::find_detail(s, 0, found);
  while (at) {
    all.push_back(found);
    at = detail::find_detail(s, *at + 1, found);
  }
  return all;
}

}  // namespace grpcwire
