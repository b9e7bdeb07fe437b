// The ready-made reflection service, called through real sockets, in both of its versions.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/reflection_service.hpp>

#include "grpc/reflection/v1/reflection.grpcwire.hpp"
#include "grpc/reflection/v1alpha/reflection.grpcwire.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;
using google::protobuf::FileDescriptorProto;
using ::testing::ElementsAre;

template <class Reflection, class Request, class Response>
struct reflection_version {
  using stub = typename Reflection::stub;
  using request = Request;
  using response = Response;
};

/// d imports b and c, which both import a; a has a message with two extensions, in b and in c.
std::unique_ptr<google::protobuf::DescriptorPool> diamond() {
  auto pool = std::make_unique<google::protobuf::DescriptorPool>();
  const char* extending =
      "dependency: 'a.proto' extension { extendee: '.p.A' type: TYPE_INT32 label: LABEL_OPTIONAL ";
  const std::string files[] = {
      "name: 'a.proto' package: 'p' message_type { name: 'A' field { name: 'f' number: 1 "
      "type: TYPE_INT32 label: LABEL_OPTIONAL } extension_range { start: 100 end: 300 } }",
      std::string("name: 'b.proto' package: 'p' ") + extending + "name: 'in_b' number: 200 }",
      std::string("name: 'c.proto' package: 'p' ") + extending + "name: 'in_c' number: 101 }",
      "name: 'd.proto' package: 'p' dependency: ['b.proto', 'c.proto'] message_type { name: 'D' }",
  };
  for (const std::string& text : files) {
    FileDescriptorProto file;
    if (!google::protobuf::TextFormat::ParseFromString(text, &file) ||
        pool->BuildFile(file) == nullptr) {
      throw std::logic_error("not a file: " + text);
    }
  }
  return pool;
}

template <class Version>
struct reflection : testing::Test {
  using request_type = typename Version::request;
  using response_type = typename Version::response;
  using call_type = call<request_type, response_type>;

  reflection() {
    server.emplace(io);
    server->add(service);
    server->add(greeter);
    server->add(health);
    listen(*server);
  }
  void listen(grpcwire::server& s) {
    const auto listening = s.listen("127.0.0.1:0");
    if (!listening) throw std::runtime_error(listening.error().message());
    channel.emplace(io, *listening);
  }
  call_type open() { return typename Version::stub(*channel).ServerReflectionInfo(); }
  template <class Body>
  void play(Body body) {
    tests::play(io, std::move(body));
  }
  /// The response to a request in protobuf's text format.
  static awaitable<response_type> ask(call_type& call, const char* text) {
    request_type r;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &r));
    EXPECT_TRUE(co_await call.write(r));
    auto answer = co_await call.read();
    EXPECT_TRUE(answer);
    if (!answer) co_return response_type();
    EXPECT_EQ(answer->original_request().SerializeAsString(), r.SerializeAsString());
    EXPECT_EQ(answer->valid_host(), r.host());
    co_return *std::move(answer);
  }
  static std::vector<std::string> names_of_files(const response_type& r) {
    std::vector<std::string> names;
    for (const std::string& each : r.file_descriptor_response().file_descriptor_proto()) {
      FileDescriptorProto file;
      EXPECT_TRUE(file.ParseFromString(each));
      names.push_back(file.name());
    }
    return names;
  }

  asio::io_context io;
  reflection_service service;
  scripted_greeter greeter;
  health_service health;
  std::optional<grpcwire::server> server;
  std::optional<grpcwire::channel> channel;
};

using versions =
    testing::Types<reflection_version<v1::ServerReflection, v1::ServerReflectionRequest,
                                      v1::ServerReflectionResponse>,
                   reflection_version<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest,
                                      v1alpha::ServerReflectionResponse>>;
TYPED_TEST_SUITE(reflection, versions);

TYPED_TEST(reflection, lists_all_services_of_the_server_itself_included) {
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    const auto answer = co_await this->ask(call, "host: 'somewhere' list_services: '*'");
    std::vector<std::string> names;
    for (const auto& each : answer.list_services_response().service()) {
      names.push_back(each.name());
    }
    EXPECT_THAT(names,
                ElementsAre("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                            "grpc.reflection.v1alpha.ServerReflection", "helloworld.Greeter"));
    call.writes_done();
    EXPECT_FALSE(co_await call.read());
    const status end = co_await call.finish();
    EXPECT_TRUE(end.ok()) << describe(end);
  });
}

TYPED_TEST(reflection, finds_generated_files_by_name_and_by_what_is_in_them) {
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    for (const char* question : {"file_by_filename: 'helloworld/helloworld.proto'",
                                 "file_containing_symbol: 'helloworld.Greeter'",
                                 "file_containing_symbol: 'helloworld.Greeter.SayHello'",
                                 "file_containing_symbol: 'helloworld.HelloRequest.name'"}) {
      const auto answer = co_await this->ask(call, question);
      EXPECT_THAT(this->names_of_files(answer), ElementsAre("helloworld/helloworld.proto"))
          << question;
    }
    const auto answer = co_await this->ask(call, "file_by_filename: 'helloworld/helloworld.proto'");
    FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(answer.file_descriptor_response().file_descriptor_proto(0)));
    EXPECT_EQ(file.syntax(), "proto3");
    EXPECT_EQ(file.service(0).name(), "Greeter");
  });
}

TYPED_TEST(reflection, answers_what_it_does_not_know_with_an_error_and_goes_on) {
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    for (const auto& [question, message] : std::vector<std::pair<const char*, const char*>>{
             {"file_by_filename: 'a.proto'", "the file a.proto is not known here"},
             {"file_containing_symbol: 'p.A'", "the symbol p.A is not known here"},
             {"file_containing_symbol: ''", "the symbol  is not known here"},
             {"file_containing_extension { containing_type: 'p.A' extension_number: 1 }",
              "the message p.A is not known here"},
             {"file_containing_extension { containing_type: 'helloworld.HelloRequest' "
              "extension_number: -7 }",
              "the extension -7 of helloworld.HelloRequest is not known here"},
             {"all_extension_numbers_of_type: 'p.A'", "the message p.A is not known here"}}) {
      const auto answer = co_await this->ask(call, question);
      EXPECT_EQ(answer.error_response().error_code(), 5);
      EXPECT_EQ(answer.error_response().error_message(), message);
    }
    const auto list = co_await this->ask(call, "list_services: ''");
    EXPECT_TRUE(list.has_list_services_response());
  });
}

TYPED_TEST(reflection, sends_each_import_once_in_a_stream) {
  const auto pool = diamond();
  reflection_service of_pool(*pool);
  server another(this->io);
  another.add(of_pool);
  this->listen(another);
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    EXPECT_THAT(this->names_of_files(co_await this->ask(call, "file_by_filename: 'b.proto'")),
                ElementsAre("b.proto", "a.proto"));
    EXPECT_THAT(this->names_of_files(co_await this->ask(call, "file_containing_symbol: 'p.D'")),
                ElementsAre("d.proto", "c.proto"));
    // What is asked for by name comes even so.
    EXPECT_THAT(this->names_of_files(co_await this->ask(call, "file_by_filename: 'b.proto'")),
                ElementsAre("b.proto"));
    auto fresh = this->open();
    EXPECT_THAT(this->names_of_files(co_await this->ask(fresh, "file_by_filename: 'd.proto'")),
                ElementsAre("d.proto", "b.proto", "c.proto", "a.proto"));
  });
}

TYPED_TEST(reflection, knows_extensions) {
  const auto pool = diamond();
  reflection_service of_pool(*pool);
  server another(this->io);
  another.add(of_pool);
  this->listen(another);
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    const auto all = co_await this->ask(call, "all_extension_numbers_of_type: 'p.A'");
    EXPECT_EQ(all.all_extension_numbers_response().base_type_name(), "p.A");
    EXPECT_THAT(all.all_extension_numbers_response().extension_number(), ElementsAre(101, 200));
    const auto none = co_await this->ask(call, "all_extension_numbers_of_type: 'p.D'");
    EXPECT_TRUE(none.has_all_extension_numbers_response());
    EXPECT_EQ(none.all_extension_numbers_response().extension_number_size(), 0);
    const auto one = co_await this->ask(
        call, "file_containing_extension { containing_type: 'p.A' extension_number: 101 }");
    EXPECT_THAT(this->names_of_files(one), ElementsAre("c.proto", "a.proto"));
  });
}

TYPED_TEST(reflection, tells_each_server_of_its_own_services_only) {
  server another(this->io);
  another.add(this->service);
  this->listen(another);
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    const auto answer = co_await this->ask(call, "list_services: ''");
    EXPECT_EQ(answer.list_services_response().service_size(), 2);
  });
}

TYPED_TEST(reflection, ends_with_a_request_that_asks_for_nothing) {
  this->play([&]() -> awaitable<void> {
    auto call = this->open();
    EXPECT_TRUE(co_await call.write({}));
    EXPECT_FALSE(co_await call.read());
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::invalid_argument);
  });
}

}  // namespace
}  // namespace grpcwire::tests
