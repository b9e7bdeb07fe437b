#include "connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace floor_server {
namespace {

constexpr std::size_t prefix_size = 5;
constexpr std::size_t message_size_max = 4U << 20;
constexpr std::size_t output_high_water = 256 * 1024;
constexpr std::size_t by_reference_min = 4096;  // shorter pieces cost less copied than gathered
constexpr int window = 1 << 20;
constexpr std::string_view unary_path = "/grpc.testing.BenchmarkService/UnaryCall";

nghttp2_nv constant_field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

const std::array response_head{constant_field(":status", "200"),
                               constant_field("content-type", "application/grpc")};
const std::array ok_trailers{constant_field("grpc-status", "0")};

std::size_t declared_length(bytes_view prefix) {
  return std::size_t{prefix[1]} << 24 | std::size_t{prefix[2]} << 16 | std::size_t{prefix[3]} << 8 |
         prefix[4];
}

}  // namespace

/// Called by nghttp2.
struct callbacks {
  static connection& self(void* user) { return *static_cast<connection*>(user); }
  static call* find(nghttp2_session* session, std::int32_t id) {
    return static_cast<call*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, &self(user).new_call());
    return 0;
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void*) {
    if (name_size != 5 || std::memcmp(name, ":path", 5) != 0) return 0;
    if (call* c = find(session, frame->hd.stream_id)) {
      c->known_method =
          value_size == unary_path.size() && std::memcmp(value, unary_path.data(), value_size) == 0;
    }
    return 0;
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user) {
    if (call* c = find(session, id)) self(user).data_received(*c, {data, size});
    return 0;
  }

  static int on_frame_recv(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    const bool with_data = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (!with_data || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    if (call* c = find(session, frame->hd.stream_id)) self(user).answer(*c, frame->hd.stream_id);
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user) {
    if (call* c = find(session, id)) self(user).closed_.push_back(c);
    return 0;
  }

  static ssize_t read_data(nghttp2_session* session, std::int32_t id, std::uint8_t*,
                           std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                           void*) {
    const call& c = *static_cast<call*>(source->ptr);
    const std::size_t size = std::min(length, c.response.size() - c.sent);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (c.sent + size == c.response.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_submit_trailer(session, id, ok_trailers.data(), ok_trailers.size());
    }
    return static_cast<ssize_t>(size);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head,
                       std::size_t length, nghttp2_data_source* source, void* user) {
    output& to = self(user).output_;
    call& c = *static_cast<call*>(source->ptr);
    const bytes_view part = bytes_view(c.response).subspan(c.sent, length);
    to.append({head, 9});
    if (length >= by_reference_min) {
      to.append_reference(part);
    } else {
      to.append(part);
    }
    c.sent += length;
    return 0;
  }
};

/// nghttp2's own objects, one of each for all connections.
class http2_setup {
 public:
  http2_setup() {
    nghttp2_session_callbacks_new(&callbacks_);
    nghttp2_option_new(&options_);
    nghttp2_option_set_no_closed_streams(options_, 1);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks_,
                                                            callbacks::on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks_, callbacks::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks_, callbacks::on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks_, callbacks::on_frame_recv);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks_, callbacks::on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(callbacks_, callbacks::send_data);
  }
  http2_setup(const http2_setup&) = delete;
  http2_setup& operator=(const http2_setup&) = delete;
  ~http2_setup() {
    nghttp2_option_del(options_);
    nghttp2_session_callbacks_del(callbacks_);
  }

  nghttp2_session* new_session(connection& user) const {
    nghttp2_session* session = nullptr;
    if (nghttp2_session_server_new2(&session, callbacks_, &user, options_) != 0) {
      throw std::bad_alloc();
    }
    return session;
  }

 private:
  nghttp2_session_callbacks* callbacks_ = nullptr;
  nghttp2_option* options_ = nullptr;
};

connection::connection(descriptor socket, shared_parts& shared)
    : socket_(std::move(socket)), shared_(shared) {
  static const http2_setup setup;
  session_.reset(setup.new_session(*this));
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, window);
}

bool connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0 && output_.empty() && !receive()) return false;
  if (!flush()) return false;
  return nghttp2_session_want_read(session_.get()) != 0 ||
         nghttp2_session_want_write(session_.get()) != 0 || !output_.empty();
}

/// What is left in the socket makes epoll report it again.
bool connection::receive() {
  const ssize_t size = ::recv(fd(), shared_.input.data(), shared_.input.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  return nghttp2_session_mem_recv(session_.get(), shared_.input.data(),
                                  static_cast<std::size_t>(size)) >= 0;
}

/// Everything that is ready goes out in one write.
bool connection::flush() {
  for (;;) {
    while (output_.size() < output_high_water) {
      const std::uint8_t* data = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
      if (size < 0) return false;
      if (size == 0) break;
      output_.append({data, static_cast<std::size_t>(size)});
    }
    if (output_.empty()) return true;
    const std::size_t before = output_.size();
    if (!output_.write_to(fd())) return false;
    if (output_.size() == before) return true;  // the socket is full
    if (!output_.empty()) continue;
    for (call* c : closed_) {
      c->reset();
      free_.push_back(c);
    }
    closed_.clear();
    if (before < output_high_water) return true;  // there was no more to produce
  }
}

call& connection::new_call() {
  if (free_.empty()) return calls_.emplace_back();
  call& c = *free_.back();
  free_.pop_back();
  return c;
}

void connection::data_received(call& c, bytes_view data) {
  if (c.request.empty() && data.size() >= prefix_size) {
    const std::size_t length = declared_length(data);
    if (data.size() == prefix_size + length) return parse(c, data);
    if (length <= message_size_max) c.request.reserve(prefix_size + length);
  }
  if (c.request.size() + data.size() > prefix_size + message_size_max) return;
  c.request.insert(c.request.end(), data.begin(), data.end());
  c.parsed = false;  // not before all of it is here, and not when there is more than one message
}

void connection::parse(call& c, bytes_view framed) {
  grpc::testing::SimpleRequest& request = shared_.request;
  c.parsed =
      framed[0] == 0 && request.ParseFromArray(framed.data() + prefix_size,
                                               static_cast<int>(framed.size() - prefix_size));
  c.parsed = c.parsed && request.response_size() >= 0;
  if (c.parsed) c.response_size = static_cast<std::size_t>(request.response_size());
}

void connection::answer(call& c, std::int32_t stream) {
  if (!c.known_method) return refuse(stream, "12");  // UNIMPLEMENTED
  if (!c.request.empty() && c.request.size() >= prefix_size) {
    const bytes_view whole = c.request;
    if (whole.size() == prefix_size + declared_length(whole)) parse(c, whole);
  }
  if (!c.parsed) return refuse(stream, "13");  // INTERNAL

  grpc::testing::SimpleResponse& response = shared_.response;
  response.mutable_payload()->mutable_body()->resize(c.response_size);
  const std::size_t size = response.ByteSizeLong();
  c.response.resize(prefix_size + size);
  std::uint8_t* to = c.response.data();
  to[0] = 0;
  for (std::size_t i = 0; i < 4; ++i) to[1 + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
  response.SerializeWithCachedSizesToArray(to + prefix_size);
  nghttp2_data_provider provider{};
  provider.source.ptr = &c;
  provider.read_callback = callbacks::read_data;
  nghttp2_submit_response(session_.get(), stream, response_head.data(), response_head.size(),
                          &provider);
}

void connection::refuse(std::int32_t stream, std::string_view status) {
  const std::array fields{response_head[0], response_head[1],
                          constant_field("grpc-status", status)};
  nghttp2_submit_response(session_.get(), stream, fields.data(), fields.size(), nullptr);
}

}  // namespace floor_server
