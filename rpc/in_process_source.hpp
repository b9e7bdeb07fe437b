// How a channel reaches a server of the same process: through memory.
#pragma once

#include <memory>

#include <grpcwire/transport/io/stream_source.hpp>

namespace grpcwire::detail {

class server_core;

/// The server is not kept alive; without it, or once it is stopped, there are no connections.
std::unique_ptr<transport::io::stream_source> reach_in_process(
    const std::shared_ptr<server_core>& server);

}  // namespace grpcwire::detail
