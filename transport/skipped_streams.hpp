// Stream numbers that a client has jumped over: no stream can have them any more.
#pragma once

#include <cstddef>
#include <vector>

#include <grpcwire/transport/event.hpp>

namespace grpcwire::transport {

/// RFC 9113 §5.1.1: the first use of a number closes all streams with lower ones that are still
/// idle, and HEADERS on such a stream are a connection error. Only numbers that were jumped over
/// are remembered: on those that were used HEADERS may still be under way, as trailers of a request
/// that this side has reset.
class skipped_streams {
 public:
  /// HEADERS came on this stream. False: on one that was skipped. Even numbers and 0 are somebody
  /// else's concern.
  bool accept(stream_id id) {
    if (id - 2 != newest_) return accept_out_of_turn(id);  // + would overflow behind the last one
    newest_ = id;
    return true;
  }

 private:
  struct range {
    stream_id first;
    stream_id last;
  };
  static constexpr std::size_t ranges_max = 16;  // then the oldest one is forgotten

  bool accept_out_of_turn(stream_id id);

  stream_id newest_ = -1;
  std::vector<range> ranges_;
};

}  // namespace grpcwire::transport
