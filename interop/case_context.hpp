// What every test case gets: a channel of its own, a stub, and the wishes of the command line.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/channel.hpp>

#include "client_flags.hpp"
#include "credentials.hpp"
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
        channel(make_channel()) {}

  /// One more channel to the same server, like `channel` but with nobody watching.
  grpcwire::channel new_channel() const {
    return grpcwire::channel(flags.target(), channel_settings());
  }

  /// What all calls of a case are made with.
  call_options options() const {
    return {.deadline = patience, .metadata = flags.additional_metadata};
  }

  const client_flags& flags;
  const std::shared_ptr<const channel_credentials> credentials;  ///< null: plaintext
  std::shared_ptr<message_flags> received;                       ///< of `channel`
  grpcwire::channel channel;
  test_stub stub{channel};

 private:
  channel_options channel_settings() const {
    channel_options settings;
    settings.authority = flags.server_host_override;
    settings.credentials = credentials;
    settings.service_config = flags.service_config;
    return settings;
  }
  grpcwire::channel make_channel() const {
    channel_options settings = channel_settings();
    settings.trace = received;
    return grpcwire::channel(flags.target(), settings);
  }
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
