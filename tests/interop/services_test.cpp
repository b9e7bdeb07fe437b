// The ready-made services against stock gRPC (grpcio 1.51), which learns them from the same .proto
// files.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/channelz_service.hpp>
#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/reflection_service.hpp>
#include <grpcwire/rpc/server.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"
#include "helloworld/helloworld.grpcwire.hpp"
#include "tests/interop/child_process.hpp"

namespace grpcwire::tests {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

struct polite_greeter final : helloworld::Greeter::service {
  awaitable<result<helloworld::HelloReply>> SayHello(server_context&,
                                                     helloworld::HelloRequest request) override {
    helloworld::HelloReply reply;
    reply.set_message("Hello " + request.name());
    co_return reply;
  }
};

/// A server with a greeter and the ready-made services, on a thread of its own.
struct a_stock_client_of_our_services : stock_python_test {
  a_stock_client_of_our_services() : server(io) {
    server.add(greeter);
    server.add(health);
    server.add(reflection);
    server.add(channelz);
    const auto listening = server.listen("127.0.0.1:0");
    if (!listening) throw std::runtime_error(listening.error().message());
    target = *listening;
    thread = std::jthread([this] { io.run(); });
  }
  ~a_stock_client_of_our_services() override { server.stop(); }

  void run(const char* program, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), target);
    client.emplace(stock_python(program, arguments));
  }

  asio::io_context io;
  polite_greeter greeter;
  health_service health;
  reflection_service reflection;
  channelz_service channelz;
  grpcwire::server server;
  std::string target;
  std::jthread thread;
  std::optional<child_process> client;
};

TEST_F(a_stock_client_of_our_services, hears_from_our_health_service_and_of_changes) {
  run("health_client.py");
  EXPECT_EQ(client->line(), "Check SERVING");
  EXPECT_EQ(client->line(), "List ''=SERVING");
  EXPECT_EQ(client->line(), "Watch SERVING");
  health.set_status("", serving_status::not_serving);
  EXPECT_EQ(client->line(), "Watch NOT_SERVING");
  health.set_status("", serving_status::serving);
  EXPECT_EQ(client->line(), "Watch SERVING");
  server.stop();
  EXPECT_EQ(client->line(), "Watch UNAVAILABLE");
}

TEST_F(a_stock_client_of_our_services,
       waits_for_a_service_that_our_health_service_does_not_know_yet) {
  run("health_client.py", {"helloworld.Greeter"});
  EXPECT_EQ(client->line(), "Check NOT_FOUND");
  EXPECT_EQ(client->line(), "List ''=SERVING");
  EXPECT_EQ(client->line(), "Watch SERVICE_UNKNOWN");
  health.set_status("helloworld.Greeter", serving_status::serving);
  EXPECT_EQ(client->line(), "Watch SERVING");
  health.shut_down();
  EXPECT_EQ(client->line(), "Watch NOT_SERVING");
}

TEST_F(a_stock_client_of_our_services, learns_a_service_from_reflection_and_calls_it) {
  for (const char* version : {"v1", "v1alpha"}) {
    run("reflection_client.py", {version});
    EXPECT_EQ(client->line(),
              "grpc.channelz.v1.Channelz grpc.health.v1.Health grpc.reflection.v1.ServerReflection "
              "grpc.reflection.v1alpha.ServerReflection helloworld.Greeter");
    EXPECT_EQ(client->line(), "5 the symbol no.Such is not known here");
    EXPECT_EQ(client->line(), "helloworld/helloworld.proto");
    EXPECT_EQ(client->line(), "Hello Peter");
  }
}

TEST_F(a_stock_client_of_our_services, sees_its_own_calls_through_channelz) {
  run("channelz_client.py");
  EXPECT_EQ(client->line(), "servers 1 True");
  EXPECT_EQ(client->line(), "listens " + target);
  EXPECT_EQ(client->line(), "calls 4 3 0") << "with the one that asks";
  EXPECT_EQ(client->line(), "sockets 1 True");
  EXPECT_EQ(client->line(), "messages 6 5");
  EXPECT_EQ(client->line(), "local " + target);
  EXPECT_EQ(client->line(), "name True");
  EXPECT_EQ(client->line(), "windows True True");
  EXPECT_EQ(client->line(), "none NOT_FOUND there is no server with id 1");
}

struct our_client_of_stock_services : stock_python_test {
  void serve(const char* program) {
    server.emplace(stock_python(program, {"--port=0"}));
    const std::string line = server->line();
    ASSERT_THAT(line, HasSubstr("listening on "));
    channel.emplace("localhost:" + line.substr(line.rfind(':') + 1));
  }

  std::optional<child_process> server;
  std::optional<grpcwire::channel> channel;
};

HealthCheckRequest about(std::string service) {
  HealthCheckRequest r;
  r.set_service(std::move(service));
  return r;
}

TEST_F(our_client_of_stock_services, hears_from_a_stock_health_service_and_of_changes) {
  serve("health_server.py");
  Health::stub stub(*channel);
  EXPECT_EQ(std::get<1>(stub.Check(about(""), blocking)).status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(std::get<1>(stub.Check(about("down"), blocking)).status(),
            HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(std::get<0>(stub.Check(about("none"), blocking)),
            status(status_code::not_found, "unknown service"));
  EXPECT_EQ(std::get<0>(stub.List({}, blocking)).code(), status_code::unimplemented);

  auto watch = stub.Watch(about("flapping"));
  EXPECT_EQ(watch.read(blocking)->status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(watch.read(blocking)->status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(watch.read(blocking)->status(), HealthCheckResponse::SERVING);
}

}  // namespace
}  // namespace grpcwire::tests
