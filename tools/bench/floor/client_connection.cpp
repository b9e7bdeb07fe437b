#include "client_connection.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "http2.hpp"

namespace bench_floor {

using bench::clock;
using bench::rpc_kind;

client_parts::client_parts(const bench::load_options& o)
    : options(o),
      meter(o, 0),
      authority(o.target),
      bytes_of_call(o.request_size + o.response_size) {
  // In the order of the enumeration.
  constexpr std::array methods{method::unary, method::streaming, method::from_server,
                               method::from_client, method::both_ways};
  const method wanted = methods[static_cast<std::size_t>(o.rpc)];
  head = {constant_field(":method", "POST"),
          constant_field(":scheme", "http"),
          constant_field(":path", paths[static_cast<std::size_t>(wanted)]),
          constant_field(":authority", authority),
          constant_field("te", "trailers"),
          constant_field("content-type", "application/grpc")};
  request.set_response_size(static_cast<std::int32_t>(o.response_size));
  request.mutable_payload()->mutable_body()->resize(o.request_size);
}

/// Called by nghttp2.
struct client_callbacks {
  static client_connection& self(void* user) { return *static_cast<client_connection*>(user); }
  static client_call* find(nghttp2_session* session, std::int32_t id) {
    return static_cast<client_call*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t, void*) {
    if (name_size != 11 || std::memcmp(name, "grpc-status", 11) != 0) return 0;
    if (client_call* c = find(session, frame->hd.stream_id)) {
      c->ok = value_size == 1 && value[0] == '0';
    }
    return 0;
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user) {
    if (client_call* c = find(session, id)) self(user).received(*c, {data, size});
    return 0;
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
      ++self(user).pinged_;
    }
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t error,
                             void* user) {
    if (client_call* c = find(session, id)) self(user).closed(*c, error);
    return 0;
  }

  static ssize_t read_data(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user) {
    client_call& c = *static_cast<client_call*>(source->ptr);
    if (c.requests.dry() && !c.requests.finish) {
      self(user).more_requests(c, clock::now());
      if (c.requests.dry() && !c.requests.finish) {
        c.requests.deferred = true;
        return NGHTTP2_ERR_DEFERRED;
      }
    }
    if (c.requests.at_end()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      return 0;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    const std::size_t size = c.requests.prepare(length, self(user).shared_.request);
    if (c.requests.ends_with(size)) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head,
                       std::size_t length, nghttp2_data_source* source, void* user) {
    output& to = self(user).output_;
    const bytes_view part = static_cast<client_call*>(source->ptr)->requests.take(length);
    append_frame(to, head, part);
    return 0;
  }
};

client_connection::client_connection(descriptor socket, client_parts& shared)
    : socket_(std::move(socket)), shared_(shared) {
  static const http2_setup setup{std::type_identity<client_callbacks>{}};
  session_.reset(setup.new_session(nghttp2_session_client_new2, this));
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, window);
}

client_connection::~client_connection() {
  for (client_call& c : calls_) c.responses.reset(shared_.input);
}

bool client_connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0 &&
      !receive(fd(), session_.get(), shared_.input.current().bytes))
    return false;
  return flush();
}

/// Everything that is ready goes out in one write.
bool client_connection::flush() {
  for (;;) {
    // Not before the last of it is gone: messages that are written are not kept.
    const bool dry = output_.empty();
    if (dry) {
      if (shared_.options.rpc != rpc_kind::unary) {
        for (client_call& c : calls_) c.requests.written();
      }
      if (!again_.empty()) {
        const auto now = clock::now();
        for (client_call* c : again_) begin(*c, now);
        again_.clear();
      }
      if (!produce(session_.get(), output_)) return false;
      if (output_.empty()) return true;
    }
    const std::size_t before = output_.size();
    if (!output_.write_to(fd())) return false;
    if (output_.size() == before) return true;  // the socket is full
    // There was no more to produce.
    if (dry && output_.empty() && before < output_high_water) return true;
  }
}

void client_connection::begin_calls() {
  const auto now = clock::now();
  for (unsigned i = 0; i < shared_.options.streams; ++i) begin(calls_.emplace_back(), now);
}

void client_connection::hold_calls() {
  for (unsigned i = 0; i < shared_.options.streams; ++i) {
    client_call& c = calls_.emplace_back();
    c.requests.wanted = shared_.options.rpc == rpc_kind::unary ? 1 : 0;
    c.requests.finish = shared_.options.rpc == rpc_kind::unary;
    submit(c);
  }
}

void client_connection::begin(client_call& c, clock::time_point now) {
  c.reset();
  if (!shared_.meter.may_begin(now)) return;
  c.begun = now;
  c.requests.written();
  c.requests.wanted = 1;
  c.requests.finish =
      shared_.options.rpc == rpc_kind::unary || shared_.options.rpc == rpc_kind::from_server;
  submit(c);
}

void client_connection::submit(client_call& c) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &c;
  provider.read_callback = client_callbacks::read_data;
  c.id = nghttp2_submit_request(session_.get(), nullptr, shared_.head.data(), shared_.head.size(),
                                &provider, &c);
  ++running_;
}

/// nghttp2 asks for more of a stream: the client sends as fast as it can until its time is over.
void client_connection::more_requests(client_call& c, clock::time_point now) {
  const rpc_kind rpc = shared_.options.rpc;
  if (shared_.options.hold || (rpc != rpc_kind::from_client && rpc != rpc_kind::both_ways)) return;
  shared_.meter.moved(shared_.options.request_size);
  if (shared_.meter.may_begin(now)) {
    c.requests.wanted = 1;
  } else {
    c.requests.finish = true;
  }
}

void client_connection::received(client_call& c, bytes_view data) {
  const bool right =
      c.responses.add(data, shared_.input, shared_.response, [&] { message_received(c); });
  if (!right) shared_.meter.fail("a response is no message");
}

void client_connection::message_received(client_call& c) {
  const std::size_t size = shared_.response.payload().body().size();
  if (size != shared_.options.response_size) {
    return shared_.meter.fail("a response of " + std::to_string(size) + " bytes");
  }
  c.answered = true;
  switch (shared_.options.rpc) {
    case rpc_kind::unary:
    case rpc_kind::from_client:
      return;
    case rpc_kind::streaming: {
      const auto now = clock::now();
      shared_.meter.call_done(c.begun, now, shared_.bytes_of_call);
      c.begun = now;
      if (shared_.meter.may_begin(now)) {
        c.requests.wanted = 1;
      } else {
        c.requests.finish = true;
      }
      if (c.requests.deferred) {
        c.requests.deferred = false;
        nghttp2_session_resume_data(session_.get(), c.id);
      }
      return;
    }
    case rpc_kind::from_server:
      shared_.meter.moved(size);
      if (!c.cancelled && !shared_.meter.may_begin(clock::now())) {
        c.cancelled = true;
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, c.id, NGHTTP2_CANCEL);
      }
      return;
    case rpc_kind::both_ways:
      shared_.meter.moved(size);
      return;
  }
}

void client_connection::closed(client_call& c, std::uint32_t error) {
  --running_;
  c.responses.reset(shared_.input);
  if (c.cancelled) return shared_.meter.stream_done(clock::now());
  if (!c.ok || !c.answered) {
    return shared_.meter.fail("it ended with HTTP/2 error " + std::to_string(error) +
                              (c.ok ? " and without a response" : " and not with grpc-status 0"));
  }
  if (shared_.options.rpc == rpc_kind::unary) {
    shared_.meter.call_done(c.begun, clock::now(), shared_.bytes_of_call);
    again_.push_back(&c);
  } else {
    shared_.meter.stream_done(clock::now());
  }
}

void client_connection::ping() {
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
}

}  // namespace bench_floor
