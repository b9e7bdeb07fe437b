// Objects that sessions need for a while, lent by the thread: many connections, one after the
// other, use the same memory, and one that is idle holds none of it. Private to transport.
#pragma once

#include <memory>

namespace grpcwire::transport {

struct stream;
struct turn_memory;

std::unique_ptr<stream> take_stream();
/// On any thread, as all of these.
void give_back(std::unique_ptr<stream> part) noexcept;

std::unique_ptr<turn_memory> take_turn_memory();
/// Without events.
void give_back(std::unique_ptr<turn_memory> part) noexcept;

/// Frees what this thread keeps; it begins anew.
void free_spare_parts() noexcept;

}  // namespace grpcwire::transport
