// What the end of a stream means to the call that it carried, on either side.
#pragma once

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/transport/event.hpp>

namespace grpcwire::detail {

constexpr codec::stream_end stream_end_of(transport::close_reason reason) noexcept {
  switch (reason) {
    case transport::close_reason::refused:
      return codec::stream_end::refused;
    case transport::close_reason::protocol_error:
      return codec::stream_end::fault;
    case transport::close_reason::connection_lost:
      return codec::stream_end::lost;
    case transport::close_reason::reset_locally:
      return codec::stream_end::local;
    default:
      return codec::stream_end::reset;
  }
}

}  // namespace grpcwire::detail
