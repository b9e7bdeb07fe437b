#include "stream_end.hpp"

namespace grpcwire::detail {

codec::stream_end stream_end_of(transport::close_reason reason) noexcept {
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
