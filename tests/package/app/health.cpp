// A server whose health can be asked, and the messages that are asked with.
#include <asio/io_context.hpp>

#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/server.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"

int main() {
  asio::io_context io;
  grpcwire::health_service health;
  grpcwire::server server{io};
  server.add(health);
  health.set_status("a.Service", grpcwire::serving_status::serving);
  return health.name() == grpc::health::v1::Health::full_name ? 0 : 1;
}
