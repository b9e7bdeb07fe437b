// Bearer tokens: a client sends one with each call, a server lets in who has a good one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include <grpcwire/rpc/interceptor.hpp>
#include <grpcwire/rpc/server_context.hpp>

class bearer_token final : public grpcwire::client_interceptor {
 public:
  explicit bearer_token(std::string token) : value_("Bearer " + std::move(token)) {}

  grpcwire::result<std::unique_ptr<grpcwire::client_call_hooks>> intercept(
      grpcwire::client_call_start& call) override {
    call.metadata.add("authorization", value_);
    return nullptr;  // the rest of the call is of no interest
  }

 private:
  std::string value_;
};

/// What a handler gets to know: `context.hooks<caller>()->name`.
struct caller final : grpcwire::server_call_hooks {
  explicit caller(std::string n) : name(std::move(n)) {}
  std::string name;
};

class bearer_check final : public grpcwire::server_interceptor {
 public:
  explicit bearer_check(std::map<std::string, std::string> name_of_token)
      : names_(std::move(name_of_token)) {}

  grpcwire::result<std::unique_ptr<grpcwire::server_call_hooks>> intercept(
      grpcwire::server_call_start& call) override {
    const std::string value(call.context.request_metadata().get("authorization").value_or(""));
    const auto found = value.starts_with("Bearer ") ? names_.find(value.substr(7)) : names_.end();
    if (found == names_.end()) {
      return grpcwire::status(grpcwire::status_code::unauthenticated,
                              "send metadata `authorization: Bearer TOKEN` with a valid token");
    }
    return std::make_unique<caller>(found->second);
  }

 private:
  std::map<std::string, std::string> names_;
};
