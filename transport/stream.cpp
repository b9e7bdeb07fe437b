#include "stream.hpp"

namespace grpcwire::transport {

void stream::recycle() noexcept {
  static_cast<stream_past&>(*this) = {};
  head.clear();
  trailers.clear();
  data.clear();
}

}  // namespace grpcwire::transport
