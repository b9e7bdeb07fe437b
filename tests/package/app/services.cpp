// A server with all ready-made services, the messages that one of them is asked with, and a
// resolver that is a library of its own.
#include <asio/io_context.hpp>

#include <grpcwire/rpc/channelz_service.hpp>
#include <grpcwire/rpc/etcd_resolver.hpp>
#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/reflection_service.hpp>
#include <grpcwire/rpc/server.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"

int main() {
  asio::io_context io;
  grpcwire::health_service health;
  grpcwire::reflection_service reflection;
  grpcwire::channelz_service channelz;
  grpcwire::server server{io};
  server.add(health);
  server.add(reflection);
  server.add(channelz);
  health.set_status("a.Service", grpcwire::serving_status::serving);
  const bool finds_servers = grpcwire::etcd_scheme().name == "etcd";
  return finds_servers && health.name() == grpc::health::v1::Health::full_name ? 0 : 1;
}
