// What golden files cannot show: that the generated headers compile, also those with strange names,
// and that paths, kinds and names in them are right.
#include <string_view>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deprecated.grpcwire.hpp"
#include "imports.grpcwire.hpp"
#include "kinds.grpcwire.hpp"
#include "legacy.grpcwire.hpp"
#include "light.grpcwire.hpp"
#include "mocked.grpcwire.hpp"
#include "mocked.grpcwire.mock.hpp"
#include "names.grpcwire.hpp"
#include "no_package.grpcwire.hpp"
#include "presence.grpcwire.hpp"
#include "shared/types.grpcwire.hpp"
#include "wrapped.grpcwire.hpp"

namespace {

namespace strange = golden::grpcwire;

template <class Service>
std::string_view registered_name() {
  return Service().name();
}

TEST(generated_code, keeps_names_of_the_proto_on_the_wire) {
  using strange_methods = strange::delete_::methods;
  EXPECT_EQ(strange::delete_::full_name, "golden.grpcwire.delete");
  EXPECT_EQ(strange_methods::co_await_.path, "/golden.grpcwire.delete/co_await");
  EXPECT_EQ(strange_methods::stub_.path, "/golden.grpcwire.delete/stub_");
  EXPECT_EQ(strange_methods::stub__.path, "/golden.grpcwire.delete/stub");
  EXPECT_EQ(strange::Outer_Inner_::methods::Get.path, "/golden.grpcwire.Outer_Inner/Get");
}

TEST(generated_code, has_no_dot_in_a_path_without_package) {
  EXPECT_EQ(Calculator::methods::SquareRoot.path, "/Calculator/SquareRoot");
  EXPECT_EQ(grpcwire_::methods::Ping.path, "/grpcwire/Ping");
}

TEST(generated_code, names_the_service_for_the_server) {
  EXPECT_EQ(registered_name<golden::kinds::Courier::service>(), "golden.kinds.Courier");
  EXPECT_EQ(registered_name<golden::kinds::Courier::blocking_service>(), "golden.kinds.Courier");
  EXPECT_EQ(registered_name<strange::stub_::service>(), "golden.grpcwire.stub");
}

TEST(generated_code, tells_the_four_kinds_apart) {
  using methods = golden::kinds::Courier::methods;
  EXPECT_EQ(methods::Deliver.kind, grpcwire::method_kind::unary);
  EXPECT_EQ(methods::WithoutComment.kind, grpcwire::method_kind::client_streaming);
  EXPECT_EQ(methods::Listen.kind, grpcwire::method_kind::server_streaming);
  EXPECT_EQ(methods::Talk.kind, grpcwire::method_kind::bidi_streaming);
}

TEST(generated_code, takes_messages_from_other_packages) {
  EXPECT_TRUE(
      (std::is_same_v<
          decltype(golden::imports::Post::methods::BuyStamps),
          const grpcwire::method<google::protobuf::Empty, golden::shared::v1::Envelope_Stamp>>));
  EXPECT_TRUE((std::is_same_v<
               decltype(golden::legacy::Book::methods::Find),
               const grpcwire::method<golden::legacy::Entry, golden::legacy::Entry_Details>>));
}

TEST(generated_code, moves_services_but_not_messages_into_another_namespace) {
  EXPECT_TRUE(
      (std::is_same_v<decltype(company::api::Store::methods::Fetch),
                      const grpcwire::method<golden::wrapped::Thing, golden::wrapped::Thing>>));
  EXPECT_EQ(company::api::Store::full_name, "golden.wrapped.Store");
}

TEST(generated_code, needs_no_descriptors_for_lite_messages) {
  EXPECT_FALSE((std::is_base_of_v<google::protobuf::Message, golden::light::Blip>));
  EXPECT_EQ(golden::light::Radar::methods::Once.path, "/golden.light.Radar/Once");
}

TEST(generated_code, mocks_are_services) {
  testing::NiceMock<golden::mocked::Dictionary::mock_service> mock;
  EXPECT_CALL(mock, Define).Times(0);
  EXPECT_EQ(static_cast<golden::mocked::Dictionary::service&>(mock).name(),
            "golden.mocked.Dictionary");
}

// Compiled, not run: a call of each kind, with and without options.
[[maybe_unused]] void every_kind_of_call(golden::kinds::Courier::stub& stub,
                                         const golden::kinds::Note& note) {
  (void)stub.Deliver(note);
  (void)stub.Deliver(note, grpcwire::call_options{});
  (void)stub.WithoutComment();
  (void)stub.Listen(note);
  (void)stub.Listen(note, grpcwire::call_options{});
  (void)stub.Talk(grpcwire::call_options{});
}

}  // namespace
