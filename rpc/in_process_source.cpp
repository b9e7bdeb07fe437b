#include "in_process_source.hpp"

#include <utility>

#include <grpcwire/rpc/server_core.hpp>
#include <grpcwire/transport/error.hpp>

namespace grpcwire::detail {
namespace {

class in_process_source final : public transport::io::stream_source {
 public:
  explicit in_process_source(std::weak_ptr<server_core> server) : server_(std::move(server)) {}

  std::shared_ptr<transport::io::connector> start(asio::any_io_executor executor,
                                                  const transport::io::connect_settings&,
                                                  transport::io::connector::handler done) override {
    std::unique_ptr<transport::io::byte_stream> stream;
    if (const auto server = server_.lock()) stream = server->connect_in_process(executor);
    transport::io::connect_failure failure{
        transport::make_error_code(transport::transport_errc::shut_down), exhausted()};
    return transport::io::deliver(executor, std::move(stream), std::move(failure), std::move(done));
  }
  const std::string& address() const noexcept override { return address_; }
  std::string exhausted() const override {
    const auto server = server_.lock();
    if (server && !server->stopping()) return {};
    return "the server in this process was stopped";
  }

 private:
  std::weak_ptr<server_core> server_;
  std::string address_ = "in-process";
};

}  // namespace

std::unique_ptr<transport::io::stream_source> reach_in_process(
    const std::shared_ptr<server_core>& server) {
  server->expect_connections();
  return std::make_unique<in_process_source>(server);
}

}  // namespace grpcwire::detail
