// XXH64, the hash of ring_hash: clients in all languages agree on it (gRPC A42), so that they agree
// on who gets what. Written from the specification of xxHash, doc/xxhash_spec.md.
#pragma once

#include <cstdint>
#include <string_view>

namespace grpcwire::detail {

std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed = 0) noexcept;

}  // namespace grpcwire::detail
