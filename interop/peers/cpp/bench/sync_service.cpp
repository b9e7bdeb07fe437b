#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>

#include "grpc/testing/benchmark_service.grpc.pb.h"
#include "services.hpp"

namespace stock_bench {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using stream = grpc::ServerReaderWriter<SimpleResponse, SimpleRequest>;

class sync_service final : public grpc::testing::BenchmarkService::Service {
 public:
  Status UnaryCall(ServerContext*, const SimpleRequest* request,
                   SimpleResponse* response) override {
    answer(*request, *response);
    return Status::OK;
  }

  Status StreamingCall(ServerContext*, stream* call) override {
    SimpleRequest request;
    SimpleResponse response;
    while (call->Read(&request)) {
      answer(request, response);
      if (!call->Write(response)) break;
    }
    return Status::OK;
  }

  Status StreamingFromClient(ServerContext*, grpc::ServerReader<SimpleRequest>* call,
                             SimpleResponse* response) override {
    SimpleRequest request;
    while (call->Read(&request)) {
    }
    answer(request, *response);
    return Status::OK;
  }

  Status StreamingFromServer(ServerContext*, const SimpleRequest* request,
                             grpc::ServerWriter<SimpleResponse>* call) override {
    SimpleResponse response;
    answer(*request, response);
    while (call->Write(response)) {
    }
    return Status::OK;
  }

  Status StreamingBothWays(ServerContext* context, stream* call) override {
    SimpleRequest request;
    SimpleResponse response;
    if (!call->Read(&request)) return Status::OK;
    answer(request, response);
    std::atomic<bool> half_closed = false;
    std::thread reader([&] {
      SimpleRequest next;
      while (call->Read(&next)) {
      }
      half_closed = true;
    });
    while (!half_closed && !context->IsCancelled() && call->Write(response)) {
    }
    reader.join();
    return Status::OK;
  }
};

}  // namespace

void answer(const SimpleRequest& request, SimpleResponse& response) {
  const auto size = static_cast<std::size_t>(std::max(request.response_size(), 0));
  response.mutable_payload()->mutable_body()->resize(size);
}

std::unique_ptr<grpc::Service> make_sync_service() {
  return std::make_unique<sync_service>();
}

}  // namespace stock_bench
