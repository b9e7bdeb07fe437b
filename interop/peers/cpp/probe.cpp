// stock_probe: makes the calls that `bad_peer server` wants of a client, on stock gRPC C++.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include "grpc/testing/test.grpc.pb.h"

namespace {

using grpc::testing::Empty;
using grpc::testing::TestService;

constexpr int response_size = 100;  // bytes

std::unique_ptr<TestService::Stub> connect(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a channel means a connection
  return TestService::NewStub(
      grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
}

void give_time(grpc::ClientContext& call) {
  call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
}

/// As a value of metadata.
std::string printable(std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 300));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

bool probe(const std::string& target) {
  const auto stub = connect(target);
  grpc::testing::SimpleRequest request;
  request.set_response_size(response_size);
  grpc::testing::SimpleResponse response;
  grpc::ClientContext bad;
  give_time(bad);
  const grpc::Status came = stub->UnaryCall(&bad, request, &response);
  std::string outcome = std::to_string(came.error_code());
  if (came.ok() && response.payload().body().size() != response_size) {
    outcome = "OK with another body";
  }
  grpc::ClientContext good;
  give_time(good);
  good.set_wait_for_ready(true);
  good.AddMetadata("bad-peer-outcome", outcome);
  good.AddMetadata("bad-peer-says", printable(came.error_message()));
  Empty empty;
  return stub->EmptyCall(&good, Empty(), &empty).ok();
}

/// `NAME=PORT NAME=PORT`.
std::string cases_of(const std::string& target) {
  grpc::ClientContext call;
  give_time(call);
  Empty empty;
  (void)connect(target)->EmptyCall(&call, Empty(), &empty);
  const auto& trailers = call.GetServerTrailingMetadata();
  const auto found = trailers.find("bad-peer-cases");
  return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::string host = "127.0.0.1";
  std::string port;
  int skip = 0;
  CLI::App app("Calls every case of `bad_peer server`.", "stock_probe");
  app.add_option("--server_host", host)->capture_default_str();
  app.add_option("--server_port", port)->required();
  app.add_option("--skip", skip, "Cases that were tried already")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::istringstream list(cases_of(host + ":" + port));
  std::string entry;
  bool all = true;
  while (list >> entry) {
    if (--skip >= 0) continue;
    const std::size_t split = entry.find('=');
    std::cout << entry.substr(0, split) << std::endl;
    all = probe(host + ":" + entry.substr(split + 1)) && all;
  }
  return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
