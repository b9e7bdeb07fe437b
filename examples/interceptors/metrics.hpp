// Counts the calls of a server by method and status, in the text form that Prometheus reads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/rpc/interceptor.hpp>

class call_metrics final : public grpcwire::server_interceptor {
 public:
  grpcwire::result<std::unique_ptr<grpcwire::server_call_hooks>> intercept(
      grpcwire::server_call_start& call) override {
    // Callers must not be able to make up rows.
    return std::make_unique<one_call>(*this, call.known ? std::string(call.method) : "other");
  }

  void print(std::ostream& to) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, row] : rows_) {
      const std::string labels = "{method=\"" + key.first + "\",code=\"" + key.second + "\"} ";
      to << "grpc_server_handled_total" << labels << row.calls << '\n'
         << "grpc_server_sent_bytes_total" << labels << row.sent_bytes << '\n';
    }
  }

 private:
  struct one_call final : grpcwire::server_call_hooks {
    one_call(call_metrics& all, std::string method) : all_(all), method_(std::move(method)) {}

    void message_sent(const google::protobuf::MessageLite& message) override {
      bytes_ += message.ByteSizeLong();
    }
    void ended(grpcwire::server_call_end& end) override {
      const std::lock_guard lock(all_.mutex_);
      auto& row = all_.rows_[{method_, std::string(name(end.outcome.code()))}];
      ++row.calls;
      row.sent_bytes += bytes_;
    }

   private:
    call_metrics& all_;
    std::string method_;
    std::size_t bytes_ = 0;
  };

  struct counts {
    std::size_t calls = 0;
    std::size_t sent_bytes = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, counts> rows_;
};
