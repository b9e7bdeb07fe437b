#include "values.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <grpcwire/rpc/rich_status.hpp>

#include "google/rpc/status.pb.h"

namespace grpcwire::conformance {
namespace {

std::string lower_case(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

}  // namespace

metadata to_metadata(const header_list& headers) {
  metadata fields;
  for (const suite::Header& header : headers) {
    const std::string name = lower_case(header.name());
    for (const std::string& value : header.value()) {
      if (!codec::add_received(fields, name, value)) {
        throw std::invalid_argument("the value of " + name + " is not Base64: " + value);
      }
    }
  }
  return fields;
}

void add_headers(const metadata& fields, header_list& to) {
  for (const metadata::entry field : fields) {
    auto header = std::find_if(to.begin(), to.end(),
                               [&](const suite::Header& h) { return h.name() == field.name; });
    if (header == to.end()) {
      to.Add()->set_name(std::string(field.name));
      header = to.end() - 1;
    }
    codec::append_wire_value(*header->add_value(), field.name, field.value);
  }
}

status to_status(const suite::Error& error, const suite::ConformancePayload::RequestInfo* info) {
  google::rpc::Status proto;
  proto.set_code(error.code());
  proto.set_message(error.message());
  *proto.mutable_details() = error.details();
  if (info != nullptr) proto.add_details()->PackFrom(*info);
  return grpcwire::to_status(proto);
}

suite::Error to_error(const status& outcome) {
  suite::Error error;
  error.set_code(static_cast<suite::Code>(outcome.code()));
  error.set_message(outcome.message());
  if (const auto proto = to_rpc_status(outcome)) *error.mutable_details() = proto->details();
  return error;
}

}  // namespace grpcwire::conformance
