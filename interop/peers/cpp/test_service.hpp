// grpc.testing.TestService on stock gRPC C++.
#pragma once

#include <string>

#include "grpc/testing/test.grpc.pb.h"

namespace stock {

class test_service final : public grpc::testing::TestService::Service {
 public:
  using Empty = grpc::testing::Empty;
  using SimpleRequest = grpc::testing::SimpleRequest;
  using SimpleResponse = grpc::testing::SimpleResponse;
  using InputRequest = grpc::testing::StreamingInputCallRequest;
  using InputResponse = grpc::testing::StreamingInputCallResponse;
  using OutputRequest = grpc::testing::StreamingOutputCallRequest;
  using OutputResponse = grpc::testing::StreamingOutputCallResponse;
  using output_stream = grpc::ServerReaderWriter<OutputResponse, OutputRequest>;

  grpc::Status EmptyCall(grpc::ServerContext* context, const Empty* request,
                         Empty* response) override;
  grpc::Status UnaryCall(grpc::ServerContext* context, const SimpleRequest* request,
                         SimpleResponse* response) override;
  grpc::Status StreamingOutputCall(grpc::ServerContext* context, const OutputRequest* request,
                                   grpc::ServerWriter<OutputResponse>* writer) override;
  grpc::Status StreamingInputCall(grpc::ServerContext* context,
                                  grpc::ServerReader<InputRequest>* reader,
                                  InputResponse* response) override;
  grpc::Status FullDuplexCall(grpc::ServerContext* context, output_stream* stream) override;
  grpc::Status HalfDuplexCall(grpc::ServerContext* context, output_stream* stream) override;
};

}  // namespace stock
