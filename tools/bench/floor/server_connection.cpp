#include "server_connection.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "http2.hpp"

namespace bench_floor {
namespace {

const std::array response_head{constant_field(":status", "200"),
                               constant_field("content-type", "application/grpc")};
const std::array ok_trailers{constant_field("grpc-status", "0")};

method method_of(std::string_view path) {
  for (std::size_t i = 1; i < paths.size(); ++i) {
    if (path == paths[i]) return static_cast<method>(i);
  }
  return method::none;
}

}  // namespace

/// Called by nghttp2.
struct server_callbacks {
  static server_connection& self(void* user) { return *static_cast<server_connection*>(user); }
  static server_call* find(nghttp2_session* session, std::int32_t id) {
    return static_cast<server_call*>(nghttp2_session_get_stream_user_data(session, id));
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
    if (server_call* c = find(session, frame->hd.stream_id)) {
      c->kind = method_of({reinterpret_cast<const char*>(value), value_size});
    }
    return 0;
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user) {
    if (server_call* c = find(session, id)) self(user).data_received(*c, id, {data, size});
    return 0;
  }

  static int on_frame_recv(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    const bool with_data = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (!with_data || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    if (server_call* c = find(session, frame->hd.stream_id))
      self(user).request_ended(*c, frame->hd.stream_id);
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user) {
    if (server_call* c = find(session, id)) self(user).closed_.push_back(c);
    return 0;
  }

  static ssize_t read_data(nghttp2_session* session, std::int32_t id, std::uint8_t*,
                           std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                           void*) {
    const server_call& c = *static_cast<server_call*>(source->ptr);
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
    server_call& c = *static_cast<server_call*>(source->ptr);
    const bytes_view part = c.stream ? c.stream->responses.take(length)
                                     : bytes_view(c.response).subspan(c.sent, length);
    append_frame(to, head, part);
    c.sent += length;
    return 0;
  }
};

/// The same for the responses of a streaming call.
struct stream_callbacks {
  static ssize_t read_data(nghttp2_session* session, std::int32_t id, std::uint8_t*,
                           std::size_t length, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user) {
    const server_call& c = *static_cast<server_call*>(source->ptr);
    message_writer& responses = c.stream->responses;
    if (responses.dry() && !responses.finish) {
      responses.deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    if (responses.at_end()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_submit_trailer(session, id, ok_trailers.data(), ok_trailers.size());
      return 0;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return static_cast<ssize_t>(
        responses.prepare(length, server_callbacks::self(user).response_for(c)));
  }
};

server_connection::server_connection(descriptor socket, server_parts& shared)
    : socket_(std::move(socket)), shared_(shared) {
  static const http2_setup setup{std::type_identity<server_callbacks>{}};
  session_.reset(setup.new_session(nghttp2_session_server_new2, this));
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, window);
}

server_connection::~server_connection() {
  for (server_call& c : calls_) {
    if (c.stream) c.stream->requests.reset(shared_.input);
  }
}

bool server_connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0 && output_.empty() &&
      !receive(fd(), session_.get(), shared_.input.current().bytes))
    return false;
  if (!flush()) return false;
  return nghttp2_session_want_read(session_.get()) != 0 ||
         nghttp2_session_want_write(session_.get()) != 0 || !output_.empty();
}

/// Everything that is ready goes out in one write.
bool server_connection::flush() {
  for (;;) {
    // Not before the last of it is gone: messages that are written are not kept.
    const bool dry = output_.empty();
    if (dry && !produce(session_.get(), output_)) return false;
    if (output_.empty()) return true;
    const std::size_t before = output_.size();
    if (!output_.write_to(fd())) return false;
    if (output_.size() == before) return true;  // the socket is full
    if (!output_.empty()) continue;
    for (server_call* c : closed_) {
      if (c->stream) {
        c->stream->requests.reset(shared_.input);
        std::erase(writers_, c);
      }
      c->reset();
      free_.push_back(c);
    }
    closed_.clear();
    for (server_call* c : writers_) c->stream->responses.written();
    if (!dry) continue;
    if (before < output_high_water) return true;  // there was no more to produce
  }
}

server_call& server_connection::new_call() {
  if (free_.empty()) return calls_.emplace_back();
  server_call& c = *free_.back();
  free_.pop_back();
  return c;
}

void server_connection::data_received(server_call& c, std::int32_t id, bytes_view data) {
  if (c.kind > method::unary) {
    if (!stream_data(c, id, data)) refuse(id, "13");
    return;
  }
  if (c.request.empty() && data.size() >= prefix_size) {
    const std::size_t length = declared_length(data);
    if (data.size() == prefix_size + length) return parse(c, data);
    if (length <= message_size_max) c.request.reserve(prefix_size + length);
  }
  if (c.request.size() + data.size() > prefix_size + message_size_max) return;
  c.request.insert(c.request.end(), data.begin(), data.end());
  c.parsed = false;  // not before all of it is here, and not when there is more than one message
}

void server_connection::parse(server_call& c, bytes_view framed) {
  grpc::testing::SimpleRequest& request = shared_.request;
  c.parsed =
      framed[0] == 0 && request.ParseFromArray(framed.data() + prefix_size,
                                               static_cast<int>(framed.size() - prefix_size));
  c.parsed = c.parsed && request.response_size() >= 0;
  if (c.parsed) c.response_size = static_cast<std::size_t>(request.response_size());
}

void server_connection::request_ended(server_call& c, std::int32_t stream) {
  if (c.kind <= method::unary) return answer(c, stream);
  if (c.kind == method::from_server && c.stream) return;  // goes on until it is cancelled
  if (!c.stream) c.stream = std::make_unique<stream_part>();
  respond(c, stream, c.kind == method::from_client ? 1 : 0, true);
}

void server_connection::answer(server_call& c, std::int32_t stream) {
  if (c.kind == method::none) return refuse(stream, "12");  // UNIMPLEMENTED
  if (!c.request.empty() && c.request.size() >= prefix_size) {
    const bytes_view whole = c.request;
    if (whole.size() == prefix_size + declared_length(whole)) parse(c, whole);
  }
  if (!c.parsed) return refuse(stream, "13");  // INTERNAL

  serialize(response_for(c), c.response);
  nghttp2_data_provider provider{};
  provider.source.ptr = &c;
  provider.read_callback = server_callbacks::read_data;
  nghttp2_submit_response(session_.get(), stream, response_head.data(), response_head.size(),
                          &provider);
}

const grpc::testing::SimpleResponse& server_connection::response_for(const server_call& c) {
  shared_.response.mutable_payload()->mutable_body()->resize(c.response_size);
  return shared_.response;
}

/// Requests of a streaming call. False: one of them cannot be parsed.
bool server_connection::stream_data(server_call& c, std::int32_t id, bytes_view data) {
  if (!c.stream) c.stream = std::make_unique<stream_part>();
  grpc::testing::SimpleRequest& request = shared_.stream_request;
  return c.stream->requests.add(data, shared_.input, request, [&] {
    c.response_size = static_cast<std::size_t>(std::max(request.response_size(), 0));
    if (c.kind == method::streaming) {
      respond(c, id, 1, false);
    } else if (c.kind != method::from_client && !c.stream->answered) {
      respond(c, id, message_writer::endless, false);
    }
  });
}

/// Lets the call send so many more responses.
void server_connection::respond(server_call& c, std::int32_t id, std::uint64_t messages,
                                bool finish) {
  message_writer& responses = c.stream->responses;
  if (finish && responses.wanted == message_writer::endless) responses.wanted = 0;
  if (responses.wanted != message_writer::endless) {
    responses.wanted = messages == message_writer::endless ? messages : responses.wanted + messages;
  }
  responses.finish = finish;
  if (!c.stream->answered) {
    c.stream->answered = true;
    writers_.push_back(&c);
    nghttp2_data_provider provider{};
    provider.source.ptr = &c;
    provider.read_callback = stream_callbacks::read_data;
    nghttp2_submit_response(session_.get(), id, response_head.data(), response_head.size(),
                            &provider);
  } else if (responses.deferred) {
    responses.deferred = false;
    nghttp2_session_resume_data(session_.get(), id);
  }
}

void server_connection::refuse(std::int32_t stream, std::string_view status) {
  const std::array fields{response_head[0], response_head[1],
                          constant_field("grpc-status", status)};
  nghttp2_submit_response(session_.get(), stream, fields.data(), fields.size(), nullptr);
}

}  // namespace bench_floor
