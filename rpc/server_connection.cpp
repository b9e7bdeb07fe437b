#include "server_connection.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/rpc/server_core.hpp>
#include <grpcwire/rpc/session_settings_of.hpp>

namespace grpcwire::detail {

using transport::event;
using transport::event_kind;

server_connection::server_connection(std::unique_ptr<transport::io::byte_stream> stream,
                                     std::shared_ptr<connection_shared> shared,
                                     std::shared_ptr<server_core> server, std::uint64_t number)
    : context_resident(stream->executor()),
      number_(number),
      shared_(std::move(shared)),
      server_(std::move(server)),
      history_(server_->options().frame_history),
      connection_(std::make_shared<transport::io::connection>(
          std::move(stream), transport::role::server, session_settings_of(server_->options()),
          *this, history_.sink())),
      handshake_timer_(shared_->executor.get()) {
  shared_->peer = peer_address();
}

/// With the end of an execution context the server may let go of it before it hears of that itself.
server_connection::~server_connection() {
  let_go_of_calls();
}

void server_connection::start() {
  take_trace();
  connection_->start();
  watch_handshake();
}

void server_connection::take_trace() {
  const trace_source source = server_->trace();
  history_.pass_on_to(source ? source(peer_address()) : nullptr);
  protocol().set_trace(history_.sink());
}

void server_connection::update_trace() {
  // Posted, never at once: the caller may be the sink that is to go.
  shared_->executor.post([self = shared_from_this()] {
    if (!self->connection_->closed()) self->take_trace();
  });
}

/// Whoever connects and stays silent must not hold a descriptor for ever.
void server_connection::watch_handshake() {
  handshake_timer_.expires_after(server_->options().handshake_timeout);
  handshake_timer_.async_wait([self = weak_from_this()](std::error_code error) {
    const auto alive = self.lock();
    if (error || !alive || alive->protocol().ready()) return;
    alive->connection_->close(transport::transport_errc::not_http2,
                              "no HTTP/2 preface within the handshake timeout");
  });
}

const method_entry* server_connection::find_method(std::string_view path) const {
  return server_->find_method(path);
}

const std::vector<std::shared_ptr<server_interceptor>>& server_connection::interceptors() const {
  return server_->options().interceptors;
}

const std::shared_ptr<grpcwire::metrics>& server_connection::metrics() const {
  return server_->options().metrics;
}

std::size_t server_connection::max_trailers_size() const {
  return std::min<std::size_t>(server_->options().max_trailers_size,
                               connection_->protocol().peer_max_header_list_size());
}

void server_connection::on_event(const event& e) {
  if (e.owner != nullptr) {
    static_cast<server_call_core*>(e.owner)->on_event(e);
    return;
  }
  switch (e.kind) {
    case event_kind::headers_received:
      open_call(e);
      break;
    case event_kind::settings_received:
      handshake_timer_.cancel();
      shared_->security = connection_->security();
      break;
    default:
      break;
  }
}

void server_connection::open_call(const event& e) {
  auto* call = new server_call_core(*this, e.stream, server_->options().max_receive_message_size);
  call->retain();  // for the stream; dropped when it closes
  counters_.call_started(now());
  protocol().set_owner(e.stream, call);
  call->on_event(e);
}

void server_connection::drain() {
  shared_->executor.run([self = shared_from_this()] {
    if (self->connection_->closed()) return;
    self->protocol().drain({});
    self->wake();
  });
}

void server_connection::close_now() {
  shared_->executor.run([self = shared_from_this()] {
    if (self->connection_->closed()) return;
    self->protocol().shutdown();
    self->connection_->close(transport::transport_errc::shut_down, "the server was stopped");
  });
}

void server_connection::context_ended() {
  if (const auto alive = weak_from_this().lock()) let_go_of_calls();
}

/// Calls, and the handlers that wait in them, hold each other.
void server_connection::let_go_of_calls() {
  protocol().connection_lost("the execution context was destroyed");
  while (const event* e = protocol().poll_event()) {
    if (e->kind != event_kind::stream_closed || e->owner == nullptr) continue;
    static_cast<server_call_core*>(e->owner)->let_go();
  }
}

void server_connection::on_closed(std::error_code error, std::string_view why) {
  handshake_timer_.cancel();
  const std::error_code fault = protocol().fault();
  if (fault) error = fault;  // which tells more than how the bytes ended
  const auto& told = server_->options().on_connection_failed;
  if (told && (fault || !protocol().ready())) {
    told({.peer = peer_address(),
          .error = error,
          .text = std::string(why),
          .advice = connection_->advice()});
  }
  account();
  server_->forget(*this, error, why);
}

}  // namespace grpcwire::detail
