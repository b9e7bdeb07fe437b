// Apart from server.cpp: most servers have no channel to themselves and link no client.
#include <utility>

#include <asio/io_context.hpp>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/in_process_source.hpp>

#include "server.hpp"

namespace grpcwire {

channel server::connect_in_process(asio::any_io_executor executor, channel_options options) {
  return channel(std::make_shared<detail::channel_core>(std::move(executor), nullptr,
                                                        detail::reach_in_process(core_),
                                                        "in-process", std::move(options)));
}

channel server::connect_in_process(channel_options options) {
  auto loop = std::make_unique<asio::io_context>();
  const asio::any_io_executor executor = loop->get_executor();
  return channel(std::make_shared<detail::channel_core>(executor, std::move(loop),
                                                        detail::reach_in_process(core_),
                                                        "in-process", std::move(options)));
}

}  // namespace grpcwire
