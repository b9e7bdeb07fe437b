#include "test_service.hpp"

#include <chrono>
#include <thread>
#include <unistd.h>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "message_flags.hpp"

namespace stock {
namespace {

using grpc::Status;
using grpc::StatusCode;
using grpc::testing::BoolValue;
using grpc::testing::EchoStatus;
using grpc::testing::ResponseParameters;

void echo_metadata(grpc::ServerContext& context) {
  for (const auto& [name, value] : context.client_metadata()) {
    const std::string echoed(value.data(), value.size());
    if (name == "x-grpc-test-echo-initial") {
      context.AddInitialMetadata("x-grpc-test-echo-initial", echoed);
    } else if (name == "x-grpc-test-echo-trailing-bin") {
      context.AddTrailingMetadata("x-grpc-test-echo-trailing-bin", echoed);
    }
  }
}

/// Who the caller proved to be with its certificate; empty without one.
std::string username(const grpc::ServerContext& context) {
  const auto caller = context.auth_context();
  if (!caller || !caller->IsPeerAuthenticated()) return {};
  const auto names = caller->FindPropertyValues(GRPC_X509_CN_PROPERTY_NAME);
  return names.empty() ? std::string() : std::string(names[0].data(), names[0].size());
}

Status asked_for(const EchoStatus& wish) {
  return {static_cast<StatusCode>(wish.code()), wish.message()};
}

bool as_expected(const grpc::ServerContext& context, bool has_expectation,
                 const BoolValue& expectation) {
  // c_call() is not const, though it only shows.
  auto* call = const_cast<grpc::ServerContext&>(context).c_call();
  return !has_expectation || expectation.value() == was_compressed(call);
}

Status fill(grpc::testing::PayloadType type, int size, grpc::testing::Payload& payload) {
  if (type != grpc::testing::COMPRESSABLE || size < 0) {
    return {StatusCode::INVALID_ARGUMENT, "there are no such payloads"};
  }
  payload.set_body(std::string(static_cast<std::size_t>(size), '\0'));
  return Status::OK;
}

/// `Stream` is a ServerWriter or a ServerReaderWriter.
template <class Stream>
Status answer(grpc::ServerContext& context, const test_service::OutputRequest& request,
              Stream& stream) {
  if (request.response_status().code() != 0) return asked_for(request.response_status());
  for (const ResponseParameters& wish : request.response_parameters()) {
    std::this_thread::sleep_for(std::chrono::microseconds(wish.interval_us()));
    test_service::OutputResponse response;
    if (const Status filled =
            fill(request.response_type(), wish.size(), *response.mutable_payload());
        !filled.ok()) {
      return filled;
    }
    if (wish.fill_peer_socket_address().value()) response.set_peer_socket_address(context.peer());
    grpc::WriteOptions options;
    if (!wish.compressed().value()) options.set_no_compression();
    if (!stream.Write(response, options)) return {StatusCode::CANCELLED, "the caller is gone"};
  }
  return Status::OK;
}

}  // namespace

Status test_service::EmptyCall(grpc::ServerContext*, const Empty*, Empty*) {
  return Status::OK;
}

Status test_service::UnaryCall(grpc::ServerContext* context, const SimpleRequest* request,
                               SimpleResponse* response) {
  echo_metadata(*context);
  if (request->response_status().code() != 0) return asked_for(request->response_status());
  if (!as_expected(*context, request->has_expect_compressed(), request->expect_compressed())) {
    return {StatusCode::INVALID_ARGUMENT, "compression is not as expected"};
  }
  if (request->response_compressed().value()) {
    context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
  }
  if (request->fill_username()) response->set_username(username(*context));
  if (request->fill_server_id()) response->set_server_id(std::to_string(getpid()));
  return fill(request->response_type(), request->response_size(), *response->mutable_payload());
}

Status test_service::StreamingOutputCall(grpc::ServerContext* context, const OutputRequest* request,
                                         grpc::ServerWriter<OutputResponse>* writer) {
  context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
  return answer(*context, *request, *writer);
}

Status test_service::StreamingInputCall(grpc::ServerContext* context,
                                        grpc::ServerReader<InputRequest>* reader,
                                        InputResponse* response) {
  InputRequest request;
  std::size_t sum = 0;
  while (reader->Read(&request)) {
    if (!as_expected(*context, request.has_expect_compressed(), request.expect_compressed())) {
      return {StatusCode::INVALID_ARGUMENT, "compression is not as expected"};
    }
    sum += request.payload().body().size();
  }
  response->set_aggregated_payload_size(static_cast<int>(sum));
  return Status::OK;
}

Status test_service::FullDuplexCall(grpc::ServerContext* context, output_stream* stream) {
  echo_metadata(*context);
  context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
  OutputRequest request;
  while (stream->Read(&request)) {
    if (const Status answered = answer(*context, request, *stream); !answered.ok()) {
      return answered;
    }
  }
  return Status::OK;
}

Status test_service::HalfDuplexCall(grpc::ServerContext* context, output_stream* stream) {
  context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
  std::vector<OutputRequest> requests;
  for (OutputRequest request; stream->Read(&request);) requests.push_back(request);
  for (const OutputRequest& request : requests) {
    if (const Status answered = answer(*context, request, *stream); !answered.ok()) {
      return answered;
    }
  }
  return Status::OK;
}

}  // namespace stock
