// How much memory the program holds, so that a test can say that it is back to its start.
#pragma once

#include <cstddef>

namespace grpcwire::sim {

/// Blocks from malloc() and all that is built on it, also in the libraries. Under a sanitizer,
/// which has its own malloc() and looks for leaks itself, always 0.
std::size_t live_allocations() noexcept;

}  // namespace grpcwire::sim
