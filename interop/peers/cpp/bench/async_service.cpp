#include <memory>
#include <thread>
#include <vector>

#include "grpc/testing/benchmark_service.grpc.pb.h"
#include "services.hpp"

namespace stock_bench {
namespace {

using grpc::Status;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using service = grpc::testing::BenchmarkService::AsyncService;
using queue = grpc::ServerCompletionQueue;

/// One call: what the completion queue gives back. It waits for the next call once it is used.
class async_call {
 public:
  virtual ~async_call() = default;
  /// The operation that was under way is over. False: this call is, too.
  virtual bool proceed(bool ok) = 0;
};

/// Every kind of call waits, then has its own steps, then ends.
template <class Derived>
class async_call_of : public async_call {
 public:
  async_call_of(service& of, queue& on) : service_(of), queue_(on) {}
  bool proceed(bool ok) final {
    if (!arrived_) {
      if (!ok) return false;  // the server ends
      arrived_ = true;
      wait_for_one(service_, queue_);
      static_cast<Derived&>(*this).begin();
      return true;
    }
    return static_cast<Derived&>(*this).step(ok);
  }
  /// The completion queue has it from here on, until proceed() says false.
  static void wait_for_one(service& of, queue& on) {
    auto made = std::make_unique<Derived>(of, on);
    made->wait();
    made.release();
  }

 protected:
  grpc::ServerContext context_;
  service& service_;
  queue& queue_;

 private:
  bool arrived_ = false;
};

class unary_call final : public async_call_of<unary_call> {
 public:
  using async_call_of::async_call_of;
  void wait() { service_.RequestUnaryCall(&context_, &request_, &writer_, &queue_, &queue_, this); }
  void begin() {
    SimpleResponse response;
    answer(request_, response);
    writer_.Finish(response, Status::OK, this);
  }
  bool step(bool) { return false; }

 private:
  SimpleRequest request_;
  grpc::ServerAsyncResponseWriter<SimpleResponse> writer_{&context_};
};

/// A response for each request, one after the other.
class streaming_call final : public async_call_of<streaming_call> {
 public:
  using async_call_of::async_call_of;
  void wait() { service_.RequestStreamingCall(&context_, &stream_, &queue_, &queue_, this); }
  void begin() { stream_.Read(&request_, this); }
  bool step(bool ok) {
    if (finishing_) return false;
    reading_ = !reading_;
    if (!ok) {
      finishing_ = true;
      stream_.Finish(Status::OK, this);
    } else if (reading_) {
      stream_.Read(&request_, this);
    } else {
      SimpleResponse response;
      answer(request_, response);
      stream_.Write(response, this);
    }
    return true;
  }

 private:
  SimpleRequest request_;
  grpc::ServerAsyncReaderWriter<SimpleResponse, SimpleRequest> stream_{&context_};
  bool reading_ = true;
  bool finishing_ = false;
};

class from_server_call final : public async_call_of<from_server_call> {
 public:
  using async_call_of::async_call_of;
  void wait() {
    service_.RequestStreamingFromServer(&context_, &request_, &writer_, &queue_, &queue_, this);
  }
  void begin() {
    answer(request_, response_);
    writer_.Write(response_, this);
  }
  bool step(bool ok) {
    if (finishing_) return false;
    if (ok) {
      writer_.Write(response_, this);
    } else {
      finishing_ = true;
      writer_.Finish(Status::OK, this);
    }
    return true;
  }

 private:
  SimpleRequest request_;
  SimpleResponse response_;
  grpc::ServerAsyncWriter<SimpleResponse> writer_{&context_};
  bool finishing_ = false;
};

class from_client_call final : public async_call_of<from_client_call> {
 public:
  using async_call_of::async_call_of;
  void wait() { service_.RequestStreamingFromClient(&context_, &reader_, &queue_, &queue_, this); }
  void begin() { reader_.Read(&request_, this); }
  bool step(bool ok) {
    if (finishing_) return false;
    if (ok) {
      reader_.Read(&request_, this);
    } else {
      finishing_ = true;
      SimpleResponse response;
      answer(request_, response);
      reader_.Finish(response, Status::OK, this);
    }
    return true;
  }

 private:
  SimpleRequest request_;
  grpc::ServerAsyncReader<SimpleResponse, SimpleRequest> reader_{&context_};
  bool finishing_ = false;
};

/// Reads and writes at the same time, until the client has half-closed.
class both_ways_call final : public async_call_of<both_ways_call> {
 public:
  using async_call_of::async_call_of;
  void wait() { service_.RequestStreamingBothWays(&context_, &stream_, &queue_, &queue_, this); }
  void begin() { stream_.Read(&request_, this); }
  bool step(bool ok) {
    if (finishing_) return false;
    if (!ok) {
      half_closed_ = true;
      if (!writing_) finish();
      return true;
    }
    if (!answering_) {
      answering_ = true;
      answer(request_, response_);
      write();
    }
    stream_.Read(&request_, this);
    return true;
  }

 private:
  /// What the completion queue gives back of a write.
  class end_of_write final : public async_call {
   public:
    explicit end_of_write(both_ways_call& of) : of_(of) {}
    bool proceed(bool ok) override {
      of_.written(ok);
      return false;
    }

   private:
    both_ways_call& of_;
  };

  void write() {
    writing_ = true;
    stream_.Write(response_, std::make_unique<end_of_write>(*this).release());
  }
  void written(bool ok) {
    writing_ = false;
    if (half_closed_) {
      finish();
    } else if (ok) {
      write();
    }
  }
  void finish() {
    finishing_ = true;
    stream_.Finish(Status::OK, this);
  }

  SimpleRequest request_;
  SimpleResponse response_;
  grpc::ServerAsyncReaderWriter<SimpleResponse, SimpleRequest> stream_{&context_};
  bool answering_ = false;
  bool writing_ = false;
  bool half_closed_ = false;
  bool finishing_ = false;
};

class async_server_of_threads final : public async_server {
 public:
  explicit async_server_of_threads(unsigned threads) : queues_(threads) {}

  void register_with(grpc::ServerBuilder& builder) override {
    builder.RegisterService(&service_);
    for (auto& q : queues_) q = builder.AddCompletionQueue();
  }

  void start() override {
    for (auto& q : queues_) {
      for (int i = 0; i < 100; ++i) unary_call::wait_for_one(service_, *q);
      for (int i = 0; i < 10; ++i) {
        streaming_call::wait_for_one(service_, *q);
        from_server_call::wait_for_one(service_, *q);
        from_client_call::wait_for_one(service_, *q);
        both_ways_call::wait_for_one(service_, *q);
      }
      threads_.emplace_back([&queue = *q] { serve(queue); });
    }
  }

  void stop() override {
    for (auto& q : queues_) q->Shutdown();
    for (std::thread& t : threads_) t.join();
  }

 private:
  static void serve(queue& from) {
    void* tag = nullptr;
    bool ok = false;
    while (from.Next(&tag, &ok)) {
      std::unique_ptr<async_call> call(static_cast<async_call*>(tag));
      if (call->proceed(ok)) call.release();
    }
  }

  service service_;
  std::vector<std::unique_ptr<queue>> queues_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<async_server> make_async_server(unsigned threads) {
  return std::make_unique<async_server_of_threads>(threads);
}

}  // namespace stock_bench
