// grpc.testing.TestService as interoperability tests expect it of a server.
#pragma once

#include <string>

#include "grpc/testing/test.grpcwire.hpp"
#include "load_service.hpp"

namespace grpcwire::interop {

/// Does what the requests ask for. A username is the common name of the caller's certificate. OAuth
/// scopes (Google's cloud) are not filled in; UnimplementedCall stays unimplemented, as it must.
class test_service final : public ::grpc::testing::TestService::service {
 public:
  using Empty = ::grpc::testing::Empty;
  using SimpleRequest = ::grpc::testing::SimpleRequest;
  using SimpleResponse = ::grpc::testing::SimpleResponse;
  using InputRequest = ::grpc::testing::StreamingInputCallRequest;
  using InputResponse = ::grpc::testing::StreamingInputCallResponse;
  using OutputRequest = ::grpc::testing::StreamingOutputCallRequest;
  using OutputResponse = ::grpc::testing::StreamingOutputCallResponse;
  using input_call = server_call<InputRequest, InputResponse>;
  using output_call = server_call<OutputRequest, OutputResponse>;

  /// What callers get that ask with fill_server_id: the same for all calls, another for each
  /// server.
  void set_server_id(std::string id) { server_id_ = std::move(id); }

  /// For the server, too: what callers want to hear of its load, out of band.
  load_service& load() noexcept { return load_; }

  awaitable<result<Empty>> EmptyCall(server_context& context, Empty request) override;
  awaitable<result<SimpleResponse>> UnaryCall(server_context& context,
                                              SimpleRequest request) override;
  awaitable<result<SimpleResponse>> CacheableUnaryCall(server_context& context,
                                                       SimpleRequest request) override;
  awaitable<status> StreamingOutputCall(server_context& context, OutputRequest request,
                                        output_call& call) override;
  awaitable<result<InputResponse>> StreamingInputCall(server_context& context,
                                                      input_call& call) override;
  awaitable<status> FullDuplexCall(server_context& context, output_call& call) override;
  awaitable<status> HalfDuplexCall(server_context& context, output_call& call) override;

 private:
  std::string server_id_;
  load_service load_;
};

}  // namespace grpcwire::interop
