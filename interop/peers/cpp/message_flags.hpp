// Whether a message came compressed: gRPC C++ shows it to its own tests only.
#pragma once

#include <cstdint>
#include <grpc/grpc.h>

// Exported by libgrpc, but declared in none of the installed headers.
std::uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace stock {

/// Of the last message that this call received.
inline bool was_compressed(grpc_call* call) {
  constexpr std::uint32_t compressed = 0x8000'0000U;
  constexpr std::uint32_t was_compressed_before_the_filter = 0x4000'0000U;
  return (grpc_call_test_only_get_message_flags(call) &
          (compressed | was_compressed_before_the_filter)) != 0;
}

}  // namespace stock
