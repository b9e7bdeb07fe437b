// The floor as a server.
#pragma once

#include <cstdint>

namespace bench_floor {

/// Listens on 127.0.0.1 until SIGINT or SIGTERM; 0 is a free port. Throws std::system_error.
void serve(std::uint16_t port);

}  // namespace bench_floor
