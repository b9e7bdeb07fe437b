// What the conformance suite calls headers and errors, as metadata and statuses of grpcwire.
#pragma once

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>

#include "connectrpc/conformance/v1/service.pb.h"

namespace grpcwire::conformance {

namespace suite = ::connectrpc::conformance::v1;
using header_list = google::protobuf::RepeatedPtrField<suite::Header>;

/// The suite writes names in any case, and binary values in Base64. Throws std::invalid_argument
/// for a value that is not.
metadata to_metadata(const header_list& headers);
/// Each name once, with all its values.
void add_headers(const metadata& fields, header_list& to);

/// With `info` as one more detail; null: without.
status to_status(const suite::Error& error, const suite::ConformancePayload::RequestInfo* info);
suite::Error to_error(const status& outcome);

}  // namespace grpcwire::conformance
