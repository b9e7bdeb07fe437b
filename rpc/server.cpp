#include <utility>

#include <grpcwire/rpc/server.hpp>

namespace grpcwire {

server::server(asio::any_io_executor executor, server_options options)
    : core_(std::make_shared<detail::server_core>(std::move(executor), std::move(options))) {}

server::~server() {
  core_->stop();
}

}  // namespace grpcwire
