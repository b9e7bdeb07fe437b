// One connection made of raw frames: sends any bytes, reads the other side's frames one by one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/hpack_view.hpp>
#include <grpcwire/transport/raw_frames.hpp>

#include "socket.hpp"

namespace grpcwire::bad_peer {

/// How long a peer may take for what it has to do; generous, because only failures wait so long.
inline constexpr std::chrono::milliseconds patience{10'000};

/// A frame as it came. HEADERS come with all their CONTINUATION frames, or not at all.
struct received_frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload{};                         ///< of DATA without its padding
  std::vector<transport::hpack_field> fields{};  ///< of HEADERS

  bool is(std::uint8_t frame_type) const noexcept { return type == frame_type; }
  bool ends_stream() const noexcept;
  /// The value of the first field with this name; nothing without one.
  std::optional<std::string_view> field(std::string_view name) const;
};

/// Used by one thread. Waiting ends early when `stop` is requested, as if the peer were silent.
class frame_link {
 public:
  frame_link(file_descriptor socket, transport::first_byte reads, std::stop_token stop = {});

  /// False when the connection ended, or the peer took nothing for `patience`. Reads meanwhile, so
  /// that two ends that both write do not wait for each other.
  bool send(std::string_view bytes);
  bool send(const transport::raw_frames& frames) { return send(codec::as_text(frames)); }

  /// The next frame; nothing when none came in time or the connection ended.
  std::optional<received_frame> next(std::chrono::milliseconds wait = patience);

  /// The peer has ended the connection, or sent what cannot be cut into frames.
  bool ended() const noexcept { return ended_; }
  /// What could not be cut into frames.
  const std::string& problem() const noexcept { return problem_; }
  bool stopping() const { return stop_.stop_requested(); }
  /// Says that no more bytes follow; what the peer still sends can be read.
  void finish() noexcept;
  void close();

 private:
  bool read_some();
  void take(const transport::frame& frame);
  void take_block(const transport::frame& frame);

  file_descriptor socket_;
  std::stop_token stop_;
  transport::frame_parser parser_;
  transport::hpack_view hpack_{{.decoded_size_max = std::size_t{8} << 20}};
  std::deque<received_frame> frames_;
  received_frame open_block_;
  std::string block_;
  std::string problem_;
  bool ended_ = false;
};

}  // namespace grpcwire::bad_peer
