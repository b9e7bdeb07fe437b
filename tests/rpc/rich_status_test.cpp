// Packing and unpacking of error details.

#include <gtest/gtest.h>

#include <grpcwire/rpc/rich_status.hpp>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace grpcwire {
namespace {

using google::rpc::BadRequest;
using google::rpc::ErrorInfo;
using google::rpc::RetryInfo;

ErrorInfo error_info(std::string reason) {
  ErrorInfo info;
  info.set_reason(std::move(reason));
  info.set_domain("example.com");
  return info;
}

TEST(a_rich_status, carries_its_details) {
  BadRequest request;
  request.add_field_violations()->set_field("name");
  const status s = rich_status(status_code::invalid_argument, "no name", request, error_info("A"));
  EXPECT_EQ(s, status(status_code::invalid_argument, "no name"));

  google::rpc::Status proto;
  ASSERT_TRUE(proto.ParseFromString(s.details().binary));
  EXPECT_EQ(proto.code(), 3);
  EXPECT_EQ(proto.message(), "no name");
  ASSERT_EQ(proto.details_size(), 2);
  EXPECT_EQ(proto.details(0).type_url(), "type.googleapis.com/google.rpc.BadRequest");

  EXPECT_EQ(error_detail<BadRequest>(s)->field_violations(0).field(), "name");
  EXPECT_EQ(error_detail<ErrorInfo>(s)->reason(), "A");
  EXPECT_FALSE(error_detail<RetryInfo>(s));
}

TEST(a_rich_status, gives_all_details_of_one_type_in_order) {
  RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3);
  const status s =
      rich_status(status_code::unavailable, "", error_info("A"), retry, error_info("B"));
  const auto all = error_details<ErrorInfo>(s);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].reason(), "A");
  EXPECT_EQ(all[1].reason(), "B");
  EXPECT_EQ(error_details<RetryInfo>(s).size(), 1U);
  EXPECT_TRUE(error_details<BadRequest>(s).empty());
}

TEST(a_rich_status, becomes_the_message_it_came_from) {
  google::rpc::Status proto;
  proto.set_code(5);
  proto.set_message("gone");
  proto.add_details()->PackFrom(error_info("A"));
  const status s = to_status(proto);
  EXPECT_EQ(s, status(status_code::not_found, "gone"));
  EXPECT_EQ(to_rpc_status(s)->SerializeAsString(), proto.SerializeAsString());
}

TEST(a_rich_status, of_a_foreign_code_is_UNKNOWN_and_keeps_its_details) {
  google::rpc::Status proto;
  proto.add_details()->PackFrom(error_info("A"));
  for (const int code : {-1, 17, 4711}) {
    proto.set_code(code);
    const status s = to_status(proto);
    EXPECT_EQ(s.code(), status_code::unknown);
    EXPECT_EQ(error_detail<ErrorInfo>(s)->reason(), "A");
  }
}

TEST(details, of_another_code_or_without_sense_are_not_believed) {
  const status s = rich_status(status_code::aborted, "x", error_info("A"));
  const status other(status_code::not_found, s.details());
  EXPECT_FALSE(to_rpc_status(other));
  EXPECT_FALSE(error_detail<ErrorInfo>(other));
  const status garbage = s.with([](status_details& d) { d.binary = "\xff\xff"; });
  EXPECT_FALSE(to_rpc_status(garbage));
  EXPECT_FALSE(to_rpc_status(status(status_code::aborted, "x")));
  EXPECT_TRUE(error_details<ErrorInfo>(status()).empty());
}

}  // namespace
}  // namespace grpcwire
