#include <utility>

#include <asio/io_context.hpp>

#include <grpcwire/rpc/channel.hpp>

namespace grpcwire {

struct channel::owner {
  std::shared_ptr<detail::channel_core> core;

  explicit owner(std::shared_ptr<detail::channel_core> c) : core(std::move(c)) {}
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() { core->close(); }
};

channel::channel(asio::any_io_executor executor, std::string target, channel_options options)
    : owner_(std::make_shared<owner>(std::make_shared<detail::channel_core>(
          std::move(executor), nullptr, std::move(target), std::move(options)))) {}

channel::channel(std::string target, channel_options options) {
  auto loop = std::make_unique<asio::io_context>();
  const asio::any_io_executor executor = loop->get_executor();
  owner_ = std::make_shared<owner>(std::make_shared<detail::channel_core>(
      executor, std::move(loop), std::move(target), std::move(options)));
}

const std::shared_ptr<detail::channel_core>& channel::core() const noexcept {
  return owner_->core;
}

channel_state channel::state() const {
  return core()->state();
}

void channel::connect() {
  core()->executor().run([c = core()] { c->connect(); });
}

void channel::shutdown() {
  core()->executor().run([c = core()] { c->shut_down(); });
}

const std::string& channel::target() const {
  return core()->target();
}

const asio::any_io_executor& channel::executor() const {
  return core()->executor().get();
}

}  // namespace grpcwire
