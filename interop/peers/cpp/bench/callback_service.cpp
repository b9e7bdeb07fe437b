#include <atomic>
#include <memory>

#include "grpc/testing/benchmark_service.grpc.pb.h"
#include "services.hpp"

namespace stock_bench {
namespace {

using grpc::CallbackServerContext;
using grpc::Status;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;

/// A reactor belongs to gRPC until OnDone().
template <class Reactor, class... Args>
Reactor* start(Args&&... args) {
  auto made = std::make_unique<Reactor>(std::forward<Args>(args)...);
  made->begin();
  return made.release();
}

class from_server final : public grpc::ServerWriteReactor<SimpleResponse> {
 public:
  explicit from_server(const SimpleRequest& request) { answer(request, response_); }
  void begin() { StartWrite(&response_); }
  void OnWriteDone(bool ok) override {
    if (ok) return StartWrite(&response_);
    Finish(Status::OK);
  }
  void OnDone() override { const std::unique_ptr<from_server> end(this); }

 private:
  SimpleResponse response_;
};

class from_client final : public grpc::ServerReadReactor<SimpleRequest> {
 public:
  explicit from_client(SimpleResponse& response) : response_(response) {}
  void begin() { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (ok) return StartRead(&request_);
    answer(request_, response_);
    Finish(Status::OK);
  }
  void OnDone() override { const std::unique_ptr<from_client> end(this); }

 private:
  SimpleRequest request_;
  SimpleResponse& response_;
};

class ping_pong final : public grpc::ServerBidiReactor<SimpleRequest, SimpleResponse> {
 public:
  void begin() { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(Status::OK);
    answer(request_, response_);
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(Status::OK);
    StartRead(&request_);
  }
  void OnDone() override { const std::unique_ptr<ping_pong> end(this); }

 private:
  SimpleRequest request_;
  SimpleResponse response_;
};

/// Finishes when both directions are over: reads by the half-close, writes because of it.
class both_ways final : public grpc::ServerBidiReactor<SimpleRequest, SimpleResponse> {
 public:
  void begin() { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (!ok) {
      half_closed_ = true;
      if (!writes_begun_) return Finish(Status::OK);
      return one_is_over();
    }
    if (!writes_begun_) {
      writes_begun_ = true;
      answer(request_, response_);
      StartWrite(&response_);
    }
    StartRead(&request_);
  }
  void OnWriteDone(bool ok) override {
    if (ok && !half_closed_) return StartWrite(&response_);
    one_is_over();
  }
  void OnDone() override { const std::unique_ptr<both_ways> end(this); }

 private:
  void one_is_over() {
    if (++over_ == 2) Finish(Status::OK);
  }

  SimpleRequest request_;
  SimpleResponse response_;
  bool writes_begun_ = false;
  std::atomic<bool> half_closed_ = false;
  std::atomic<int> over_ = 0;
};

class callback_service final : public grpc::testing::BenchmarkService::CallbackService {
 public:
  grpc::ServerUnaryReactor* UnaryCall(CallbackServerContext* context, const SimpleRequest* request,
                                      SimpleResponse* response) override {
    answer(*request, *response);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<SimpleRequest, SimpleResponse>* StreamingCall(
      CallbackServerContext*) override {
    return start<ping_pong>();
  }
  grpc::ServerReadReactor<SimpleRequest>* StreamingFromClient(CallbackServerContext*,
                                                              SimpleResponse* response) override {
    return start<from_client>(*response);
  }
  grpc::ServerWriteReactor<SimpleResponse>* StreamingFromServer(
      CallbackServerContext*, const SimpleRequest* request) override {
    return start<from_server>(*request);
  }
  grpc::ServerBidiReactor<SimpleRequest, SimpleResponse>* StreamingBothWays(
      CallbackServerContext*) override {
    return start<both_ways>();
  }
};

}  // namespace

std::unique_ptr<grpc::Service> make_callback_service() {
  return std::make_unique<callback_service>();
}

}  // namespace stock_bench
