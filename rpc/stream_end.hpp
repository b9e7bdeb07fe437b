// What the end of a stream means to the call that it carried, on either side.
#pragma once

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/transport/event.hpp>

namespace grpcwire::detail {

codec::stream_end stream_end_of(transport::close_reason reason) noexcept;

}  // namespace grpcwire::detail
