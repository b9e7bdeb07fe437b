// What the connections of both ends do with nghttp2 in the same way.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <sys/socket.h>
#include <type_traits>

#include "output.hpp"
#include "wire.hpp"

namespace bench_floor {

/// nghttp2's own objects, one of each for all connections of an end.
class http2_setup {
 public:
  /// What all ends listen to, in the functions of this name.
  template <class Callbacks>
  explicit http2_setup(std::type_identity<Callbacks>) {
    nghttp2_session_callbacks_new(&callbacks_);
    nghttp2_option_new(&options_);
    nghttp2_option_set_no_closed_streams(options_, 1);
    nghttp2_session_callbacks* c = callbacks_;
    nghttp2_session_callbacks_set_on_header_callback(c, Callbacks::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, Callbacks::on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, Callbacks::on_frame_recv);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, Callbacks::on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(c, Callbacks::send_data);
    if constexpr (requires { Callbacks::on_begin_headers; }) {
      nghttp2_session_callbacks_set_on_begin_headers_callback(c, Callbacks::on_begin_headers);
    }
  }
  http2_setup(const http2_setup&) = delete;
  http2_setup& operator=(const http2_setup&) = delete;
  ~http2_setup() {
    nghttp2_option_del(options_);
    nghttp2_session_callbacks_del(callbacks_);
  }

  /// `create` is nghttp2_session_server_new2 or nghttp2_session_client_new2.
  template <class Create>
  nghttp2_session* new_session(Create create, void* user) const {
    nghttp2_session* session = nullptr;
    if (create(&session, callbacks_, user, options_) != 0) throw std::bad_alloc();
    return session;
  }

 private:
  nghttp2_session_callbacks* callbacks_ = nullptr;
  nghttp2_option* options_ = nullptr;
};

/// A DATA frame: its head, and what lies somewhere else.
inline void append_frame(output& to, const std::uint8_t* head, bytes_view part) {
  to.append({head, frame_head_size});
  if (part.size() >= by_reference_min) {
    to.append_reference(part);
  } else {
    to.append(part);
  }
}

/// Reads once; what is left in the socket makes epoll report it again. False: no more will come.
template <class Buffer>
bool receive(int fd, nghttp2_session* session, Buffer& into) {
  const ssize_t size = ::recv(fd, into.data(), into.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  return nghttp2_session_mem_recv(session, into.data(), static_cast<std::size_t>(size)) >= 0;
}

/// What is ready to be sent, up to the high-water mark. False when the session is broken.
inline bool produce(nghttp2_session* session, output& to) {
  while (to.size() < output_high_water) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session, &data);
    if (size < 0) return false;
    if (size == 0) break;
    to.append({data, static_cast<std::size_t>(size)});
  }
  return true;
}

}  // namespace bench_floor
