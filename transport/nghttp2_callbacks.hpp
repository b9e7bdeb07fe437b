// Private to transport: the table of C callbacks through which nghttp2 reports to a session.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nghttp2/nghttp2.h>

#include <grpcwire/codec/header.hpp>
#include <grpcwire/transport/trace.hpp>

namespace grpcwire::transport {

class header_text;
class session;
struct stream;

/// The largest flow-control window (RFC 9113 §6.9.1).
constexpr std::uint32_t window_max = 0x7fff'ffff;

/// The callbacks only record; none of them re-enters nghttp2 except to submit frames.
const nghttp2_session_callbacks* session_callbacks();

/// Header fields as nghttp2 takes them; the text must live until the frame is serialised.
class nv_list {
 public:
  explicit nv_list(codec::header_list_view fields);
  /// Of texts that do not live as long: `keeper` gets them.
  nv_list(codec::header_list_view fields, header_text& keeper);
  nv_list(const nv_list&) = delete;
  nv_list& operator=(const nv_list&) = delete;
  const nghttp2_nv* data() const noexcept { return many_.empty() ? few_.data() : many_.data(); }
  std::size_t size() const noexcept { return size_; }

 private:
  nghttp2_nv* room();

  std::array<nghttp2_nv, 32> few_;  // uninitialised on purpose: most lists are short
  std::vector<nghttp2_nv> many_;
  std::size_t size_;
};

frame_info info_of(const nghttp2_frame_hd& head) noexcept;

/// The callbacks that take a stream's outgoing data, and those that tell of what has left.
struct nghttp2_output_of {
  static ssize_t read_data(nghttp2_session* http2, std::int32_t id, std::uint8_t* unused,
                           std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user);
  static int send_data(nghttp2_session* http2, nghttp2_frame* frame, const std::uint8_t* head,
                       std::size_t length, nghttp2_data_source* source, void* user);
  static int on_frame_send(nghttp2_session* http2, const nghttp2_frame* frame, void* user);
  static int on_frame_not_sent(nghttp2_session* http2, const nghttp2_frame* frame, int error,
                               void* user);
  static void trace_sent(session& s, nghttp2_session* http2, const nghttp2_frame& frame);
};

/// Feeds nghttp2 from a stream's outgoing data.
nghttp2_data_provider data_provider(stream& s);

}  // namespace grpcwire::transport
