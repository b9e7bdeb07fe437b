// The channels of the conformance client: one for each server and way to reach it.
#pragma once

#include <map>
#include <string>

#include <asio/any_io_executor.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "connectrpc/conformance/v1/client_compat.pb.h"

namespace grpcwire::conformance {

namespace suite = ::connectrpc::conformance::v1;

class channel_pool {
 public:
  explicit channel_pool(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// The channel for this call. Throws std::runtime_error when a certificate cannot be used.
  channel& to(const suite::ClientCompatRequest& wish);

 private:
  asio::any_io_executor executor_;
  std::map<std::string, channel> channels_;  // by server and certificates
};

}  // namespace grpcwire::conformance
