// What every test case gets: a channel of its own, a stub, and the wishes of the command line.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/channel.hpp>

#include "backend_metrics.hpp"
#include "client_flags.hpp"
#include "credentials.hpp"
#include "frame_log.hpp"
#include "grpc/testing/test.grpcwire.hpp"
#include "message_flags.hpp"

namespace grpcwire::interop {

inline constexpr int large_request_size = 271'828;   // bytes
inline constexpr int large_response_size = 314'159;  // bytes

/// A case ends with a failure instead of hanging.
inline constexpr std::chrono::seconds patience{60};

class case_context {
 public:
  using test_stub = ::grpc::testing::TestService::stub;

  explicit case_context(const client_flags& f)
      : flags(f),
        credentials(make_credentials(f.tls)),
        received(std::make_shared<message_flags>()),
        channel(flags.target(), channel_settings(received)) {}

  /// One more channel to the same server.
  grpcwire::channel new_channel() const {
    return grpcwire::channel(flags.target(), channel_settings());
  }
  /// How all of them are made; `bytes_to` sees what goes over the connections.
  channel_options channel_settings(
      std::shared_ptr<transport::trace_sink> bytes_to = nullptr) const {
    channel_options settings;
    settings.authority = flags.server_host_override;
    settings.credentials = credentials;
    settings.service_config = flags.service_config;
    settings.load_balancers = {backend_metrics_policy(loads)};
    settings.trace = std::make_shared<frame_log>(frames, std::move(bytes_to));
    return settings;
  }

  /// What all calls of a case are made with.
  call_options options() const {
    return {.deadline = patience, .metadata = flags.additional_metadata};
  }

  const client_flags& flags;
  const std::shared_ptr<const channel_credentials> credentials;                 ///< null: plaintext
  const std::shared_ptr<last_frames> frames = std::make_shared<last_frames>();  ///< of all channels
  const std::shared_ptr<heard_loads> loads = std::make_shared<heard_loads>();   ///< likewise
  std::shared_ptr<message_flags> received;                                      ///< of `channel`
  grpcwire::channel channel;
  test_stub stub{channel};
};

inline ::grpc::testing::Payload zeros(int size) {
  ::grpc::testing::Payload payload;
  payload.set_body(std::string(static_cast<std::size_t>(size), '\0'));
  return payload;
}

inline ::grpc::testing::SimpleRequest large_request() {
  ::grpc::testing::SimpleRequest request;
  request.set_response_size(large_response_size);
  *request.mutable_payload() = zeros(large_request_size);
  return request;
}

}  // namespace grpcwire::interop
