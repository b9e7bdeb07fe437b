// The calls of the conformance client: each is made as a request of the suite describes it.
#pragma once

#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "connectrpc/conformance/v1/service.grpcwire.hpp"
#include "values.hpp"

namespace grpcwire::conformance {

/// Makes the call and says how it went. Throws std::invalid_argument for a call that gRPC, or this
/// client, does not have: then nothing was sent.
awaitable<suite::ClientResponseResult> invoke(suite::ConformanceService::stub stub,
                                              const suite::ClientCompatRequest& wish);

}  // namespace grpcwire::conformance
