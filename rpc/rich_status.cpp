#include "rich_status.hpp"

#include <limits>
#include <utility>

#include "google/rpc/status.pb.h"

namespace grpcwire {
namespace {

/// Handlers may also return what they got from another server; the code decides what it is.
status_code code_of(const google::rpc::Status& proto) {
  constexpr int last = static_cast<int>(status_code::unauthenticated);
  const bool known = proto.code() >= 0 && proto.code() <= last;
  return known ? static_cast<status_code>(proto.code()) : status_code::unknown;
}

status with_binary(status_code code, const google::rpc::Status& proto) {
  return status(code, {.message = proto.message(), .binary = proto.SerializeAsString()});
}

}  // namespace

namespace detail {

status pack_status(status_code code, std::string message,
                   std::initializer_list<const google::protobuf::Message*> details) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(code));
  proto.set_message(std::move(message));
  for (const google::protobuf::Message* each : details) {
    if (each->IsInitialized()) proto.add_details()->PackFrom(*each);
  }
  return with_binary(code, proto);
}

std::optional<std::size_t> find_detail(const status& s, std::size_t from,
                                       google::protobuf::Message& to) {
  const auto proto = to_rpc_status(s);
  if (!proto) return std::nullopt;
  for (auto i = static_cast<int>(from); i < proto->details_size(); ++i) {
    if (proto->details(i).UnpackTo(&to)) return static_cast<std::size_t>(i);
  }
  return std::nullopt;
}

}  // namespace detail

status to_status(const google::rpc::Status& proto) {
  const status_code code = code_of(proto);
  if (static_cast<int>(code) == proto.code()) return with_binary(code, proto);
  google::rpc::Status changed = proto;
  changed.set_code(static_cast<int>(code));
  return with_binary(code, changed);
}

std::optional<google::rpc::Status> to_rpc_status(const status& s) {
  const std::string& bytes = s.details().binary;
  if (bytes.empty() || bytes.size() > std::numeric_limits<int>::max()) return std::nullopt;
  google::rpc::Status proto;
  if (!proto.ParseFromString(bytes)) return std::nullopt;
  if (proto.code() != static_cast<int>(s.code())) return std::nullopt;
  return proto;
}

}  // namespace grpcwire
