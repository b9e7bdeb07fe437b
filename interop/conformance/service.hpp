// connectrpc.conformance.v1.ConformanceService: answers as its requests ask for, and tells what
// came.
#pragma once

#include "connectrpc/conformance/v1/service.grpcwire.hpp"
#include "values.hpp"

namespace grpcwire::conformance {

/// Unimplemented() stays unimplemented, as it must. Responses are compressed when the request was.
class conformance_service final : public suite::ConformanceService::service {
 public:
  using server_stream = server_call<suite::ServerStreamRequest, suite::ServerStreamResponse>;
  using client_stream = server_call<suite::ClientStreamRequest, suite::ClientStreamResponse>;
  using bidi_stream = server_call<suite::BidiStreamRequest, suite::BidiStreamResponse>;

  awaitable<result<suite::UnaryResponse>> Unary(server_context& context,
                                                suite::UnaryRequest request) override;
  awaitable<result<suite::IdempotentUnaryResponse>> IdempotentUnary(
      server_context& context, suite::IdempotentUnaryRequest request) override;
  awaitable<status> ServerStream(server_context& context, suite::ServerStreamRequest request,
                                 server_stream& call) override;
  awaitable<result<suite::ClientStreamResponse>> ClientStream(server_context& context,
                                                              client_stream& call) override;
  awaitable<status> BidiStream(server_context& context, bidi_stream& call) override;
};

}  // namespace grpcwire::conformance
