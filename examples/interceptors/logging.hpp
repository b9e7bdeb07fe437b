// One line for each call that a server has answered.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>

#include <google/protobuf/message_lite.h>

#include <grpcwire/rpc/interceptor.hpp>
#include <grpcwire/rpc/server_context.hpp>

class call_log final : public grpcwire::server_interceptor {
 public:
  explicit call_log(std::ostream& to) : to_(to) {}

  grpcwire::result<std::unique_ptr<grpcwire::server_call_hooks>> intercept(
      grpcwire::server_call_start& call) override {
    return std::make_unique<one_call>(*this, std::string(call.method), call.context.peer());
  }

 private:
  using clock = std::chrono::steady_clock;

  struct one_call final : grpcwire::server_call_hooks {
    one_call(call_log& log, std::string method, std::string peer)
        : log_(log), method_(std::move(method)), peer_(std::move(peer)) {}

    void message_received(const google::protobuf::MessageLite&) override { ++received_; }
    void message_sent(const google::protobuf::MessageLite&) override { ++sent_; }
    void ended(grpcwire::server_call_end& end) override {
      const auto time = std::chrono::duration<double, std::milli>(clock::now() - start_);
      const std::lock_guard lock(log_.mutex_);  // calls end on several threads
      log_.to_ << method_ << " from " << peer_ << ": " << to_string(end.outcome) << ", "
               << received_ << " in, " << sent_ << " out, " << time.count() << " ms" << std::endl;
    }

   private:
    call_log& log_;
    std::string method_;
    std::string peer_;
    clock::time_point start_ = clock::now();
    int received_ = 0;
    int sent_ = 0;
  };

  std::ostream& to_;
  std::mutex mutex_;
};
