// How much can be on its way on this path: the bandwidth-delay product, estimated as grpc-go does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <grpcwire/transport/time.hpp>

namespace grpcwire::transport {

/// While data flows, a PING goes out now and then, and what arrives until its acknowledgement is
/// one sample: what the peer got out in one round trip. A sample that uses the present window up,
/// at a bandwidth that has not been seen before, says that the window holds the peer back; it
/// becomes twice the sample.
///
/// Two figures differ from grpc-go's. Half a window counts as used up, not two thirds, because
/// nghttp2 gives credit back by halves. And the bandwidth is that of the sample's own round trip,
/// a tenth above the highest so far: with a smoothed one, the longer queue behind a larger window
/// passes for a wider path, and windows on loopback grow to their limit.
///
/// Such a PING never looks like abuse: the peer has always sent DATA since the last one (gRFC A8),
/// at least an eighth of the window and 64 KiB, so small calls hardly ever cause one.
class bdp_estimator {
 public:
  /// `window` is the present one; not below `window_max`: there is nothing to estimate.
  bdp_estimator(std::uint32_t window, std::uint32_t window_max) noexcept;

  /// Payload of DATA has arrived. True: send a PING now.
  bool received(std::size_t size, time_point now) noexcept {
    bytes_ += size;
    return bytes_ >= next_ && begin_sample(size, now);
  }

  /// That PING is acknowledged. The window to be set, when it has to grow.
  std::optional<std::uint32_t> acknowledged(time_point now) noexcept;

  bool sampling() const noexcept { return sampling_; }
  std::uint32_t window() const noexcept { return window_; }

 private:
  bool begin_sample(std::size_t size, time_point now) noexcept;
  void wait_for_data() noexcept;

  std::size_t bytes_ = 0;  // of the sample, or since the last one
  std::size_t next_;       // this many make a PING worth its while
  std::uint32_t window_;
  std::uint32_t window_max_;
  bool sampling_ = false;
  time_point pinged_at_{};
  double bandwidth_max_ = 0;  // bytes per second
};

}  // namespace grpcwire::transport
