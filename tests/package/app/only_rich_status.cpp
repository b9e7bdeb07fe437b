// Error details, without a channel or a server.
#include <grpcwire/rpc/rich_status.hpp>

#include "google/rpc/error_details.pb.h"

int main() {
  google::rpc::ErrorInfo info;
  info.set_reason("TEST");
  const auto failed = grpcwire::rich_status(grpcwire::status_code::aborted, "no", info);
  const auto found = grpcwire::error_detail<google::rpc::ErrorInfo>(failed);
  return found && found->reason() == "TEST" ? 0 : 1;
}
