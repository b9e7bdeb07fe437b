// grpc.testing.BenchmarkService on stock gRPC C++, for each of its three APIs.
#pragma once

#include <memory>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include "grpc/testing/messages.pb.h"

namespace stock_bench {

/// The response that the request asks for.
void answer(const grpc::testing::SimpleRequest& request, grpc::testing::SimpleResponse& response);

std::unique_ptr<grpc::Service> make_sync_service();
std::unique_ptr<grpc::Service> make_callback_service();

/// Unary calls, StreamingFromServer and StreamingFromClient; nobody takes calls of other methods.
class async_server {
 public:
  virtual ~async_server() = default;
  /// Adds itself, with a completion queue for each thread.
  virtual void register_with(grpc::ServerBuilder& builder) = 0;
  /// Begins to serve.
  virtual void start() = 0;
  /// Behind the shutdown of the server.
  virtual void stop() = 0;
};
std::unique_ptr<async_server> make_async_server(unsigned threads);

}  // namespace stock_bench
