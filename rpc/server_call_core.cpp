#include <grpcwire/rpc/server_call_core.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/server_connection.hpp>
#include <grpcwire/rpc/service.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;
using transport::event;
using transport::event_kind;

namespace {
constexpr std::uint32_t cancel_code = 8;
}

server_call_core::server_call_core(server_connection& connection, transport::stream_handle stream,
                                   std::size_t max_message_size)
    : connection_(&connection),
      shared_(connection.shared()),
      stream_(stream),
      call_({.max_message_size = max_message_size}),
      max_message_size_(max_message_size) {}

server_call_core::~server_call_core() = default;

std::string_view server_call_core::path() const noexcept {
  return method_ != nullptr ? std::string_view(method_->path) : std::string_view{};
}

// ---- the connection's side

void server_call_core::on_event(const event& e) {
  const ref<server_call_core> self(this);  // the stream's reference goes with the end
  how_ = invocation::inline_allowed;
  handle(e);
  how_ = invocation::posted;
}

void server_call_core::handle(const event& e) {
  switch (e.kind) {
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received: call_.data_received(e.data, e.end_stream); break;
    case event_kind::data_sent:
      if (operation_ptr op = std::move(write_op_)) op->complete({}, how_);
      return;
    case event_kind::deadline_expired: call_.deadline_expired(); break;
    case event_kind::stream_closed:
      call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text);
      break;
    default: return;
  }
  advance();
  if (e.kind == event_kind::stream_closed) detach();
}

void server_call_core::advance() {
  while (auto e = call_.poll()) {
    switch (e->kind) {
      case codec::server_event_kind::request_received: on_request(); break;
      case codec::server_event_kind::message_received: on_message(e->message); break;
      case codec::server_event_kind::half_closed: on_half_closed(); break;
      case codec::server_event_kind::rejected: on_rejected(std::move(*e)); break;
      case codec::server_event_kind::cancelled: on_cancelled(e->why); break;
    }
    if (connection_ == nullptr) return;
  }
  if (const std::size_t more = call_.expected_bytes(); more != 0) {
    connection_->protocol().expect(stream_, more + codec::message_prefix_size);
  }
}

void server_call_core::on_request() {
  const codec::received_request& request = call_.head();
  method_ = connection_->find_method(request.path);
  if (method_ == nullptr) {
    return do_finish(status(status_code::unimplemented,
                            "there is no method " + std::string(request.path) + " here"),
                     200);
  }
  peer_ = connection_->peer_address();
  if (request.timeout) {
    const auto now = deadline::clock::now();
    const auto left = std::min<std::chrono::nanoseconds>(*request.timeout,
                                                         deadline::clock::time_point::max() - now);
    deadline_ = deadline(now + left);
    connection_->protocol().set_deadline(stream_, *deadline_.at());
  }
  if (shared_->running_handlers >= shared_->max_handlers) {
    return do_finish(status(status_code::resource_exhausted,
                            "too many calls of this connection are being handled"),
                     200);
  }
  state_ = method_->handler->begin(*this);
  if (single_request(method_->kind)) {
    call_.expect_single_request();  // the handler starts with the whole request
  } else {
    run_handler();
  }
}

void server_call_core::on_message(const codec::received_message& message) {
  if (!state_) return;
  last_compressed_ = message.compressed;
  if (google::protobuf::MessageLite* request = state_->request()) {
    take_credit(message.wire_size());
    status parsed = decode(*request, message.payload, message.compressed);
    if (!parsed.ok()) do_finish(std::move(parsed), 200);
    return;
  }
  if (!read_op_) {
    received_.push_back({codec::buffer(message.payload), message.compressed});
    return;
  }
  take_credit(message.wire_size());
  if (!parse(*read_op_, message.payload, message.compressed)) return;
  const operation_ptr op = std::move(read_op_);
  op->complete({.has_message = true}, how_);
}

void server_call_core::on_half_closed() {
  half_closed_ = true;
  if (!state_ || call_.finished()) return;
  if (state_->request() != nullptr) return run_handler();
  if (!received_.empty()) return;
  if (operation_ptr op = std::move(read_op_)) op->complete({.read = read_error::ended}, how_);
}

void server_call_core::on_rejected(codec::server_event&& e) {
  do_finish(std::move(e.why), e.http_status);
  // A handler that already runs for this call has nobody to answer.
  if (running_) on_cancelled({});
}

void server_call_core::on_cancelled(const status& why) {
  cancelled_.store(true, std::memory_order_release);
  if (why.code() == status_code::deadline_exceeded && connection_ != nullptr) {
    // The status says more than a reset, unless it would have to wait behind data.
    transport::session& session = connection_->protocol();
    if (session.queued_bytes(stream_) == 0) {
      do_finish(why, 200);
    } else {
      session.reset(stream_, cancel_code);
      connection_->wake();
    }
  }
  end_operations();
  cancel_children();
  if (running_) handler_cancellation_.emit(asio::cancellation_type::terminal);
}

void server_call_core::end_operations() {
  if (operation_ptr op = std::move(read_op_)) op->complete({.read = read_error::ended}, how_);
  if (operation_ptr op = std::move(write_op_)) op->complete({.write = write_error::ended}, how_);
}

void server_call_core::detach() {
  if (connection_ == nullptr) return;
  server_connection* connection = std::exchange(connection_, nullptr);
  connection->protocol().set_owner(stream_, nullptr);
  connection->protocol().clear_deadline(stream_);
  drop();  // the reference of the stream
}

// ---- the handler's side

void server_call_core::read(operation_ptr op) {
  shared_->executor.run([self = ref(this), op = std::move(op)]() mutable { self->do_read(std::move(op)); });
}

void server_call_core::do_read(operation_ptr op) {
  if (read_op_) {
    op->complete({.read = read_error::cancelled}, invocation::posted);
    return;
  }
  if (!received_.empty() && !cancelled()) {
    const stored_message message = std::move(received_.front());
    received_.pop_front();
    take_credit(message.bytes.size() + codec::message_prefix_size);
    last_compressed_ = message.compressed;
    if (parse(*op, message.bytes, message.compressed)) {
      op->complete({.has_message = true}, invocation::posted);
      return;
    }
  }
  if (cancelled() || half_closed_ || call_.finished()) {
    op->complete({.read = read_error::ended}, invocation::posted);
    return;
  }
  watch_cancellation(*op, &server_call_core::read_op_);
  read_op_ = std::move(op);
}

status server_call_core::decode(google::protobuf::MessageLite& to, codec::const_bytes payload,
                                bool compressed) {
  const codec::encoding coding =
      compressed ? call_.head().message_encoding.value_or(codec::encoding::identity)
                 : codec::encoding::identity;
  return codec::decode_message(to, payload, coding, max_message_size_);
}

bool server_call_core::parse(operation& op, codec::const_bytes payload, bool compressed) {
  status parsed = decode(*op.message(), payload, compressed);
  if (parsed.ok()) return true;
  do_finish(std::move(parsed), 200);
  on_cancelled({});
  return false;
}

void server_call_core::take_credit(std::size_t wire_size) {
  if (connection_ == nullptr) return;
  connection_->protocol().consume(stream_, wire_size);
  connection_->wake();
}

codec::encoding server_call_core::sending_coding() const noexcept {
  return compress_messages_ ? response_encoding_ : codec::encoding::identity;
}

void server_call_core::set_compression(codec::encoding coding) {
  if (!call_.responded() && call_.head().accept.contains(coding)) response_encoding_ = coding;
}

void server_call_core::write(const google::protobuf::MessageLite& message, operation_ptr op) {
  auto encoded = codec::encode_message(message, 0x7fff'ffff, sending_coding());
  if (!encoded) {
    op->complete({.write = write_error::invalid}, invocation::posted);
    return;
  }
  shared_->executor.run([self = ref(this), op = std::move(op), bytes = *std::move(encoded)]() mutable {
    self->do_write(std::move(bytes), std::move(op));
  });
}

void server_call_core::do_write(codec::buffer&& message, operation_ptr op) {
  const auto refuse = [&](write_error e) { op->complete({.write = e}, invocation::posted); };
  if (cancelled() || connection_ == nullptr || call_.finished()) return refuse(write_error::ended);
  if (write_op_) return refuse(write_error::busy);
  if (!respond()) return refuse(write_error::ended);
  watch_cancellation(*op, &server_call_core::write_op_);
  write_op_ = std::move(op);
  connection_->protocol().send_data(stream_, std::move(message), false, true);
  connection_->wake();
}

/// Sends the response headers if they are not sent yet. False when that ended the call.
bool server_call_core::respond() {
  if (call_.responded()) return true;
  for (const auto& [name, value] : initial_) {
    if (const auto error = codec::check_metadata(name, value, codec::value_rule::http)) {
      do_finish(status(status_code::internal, "the server set illegal metadata \"" +
                                                  std::string(name) +
                                                  "\": " + std::string(describe(*error))),
                200);
      return false;
    }
  }
  codec::header_fields& fields = connection_->scratch();
  call_.respond(fields, &initial_, response_encoding_);
  connection_->protocol().send_headers(stream_, fields.view(), false);
  return true;
}

void server_call_core::send_initial_metadata() {
  shared_->executor.run([self = ref(this)] {
    if (self->connection_ == nullptr || self->call_.finished() || self->cancelled()) return;
    if (self->respond()) self->connection_->wake();
  });
}

void server_call_core::reply(const google::protobuf::MessageLite& response) {
  auto encoded = codec::encode_message(response, 0x7fff'ffff, sending_coding());
  if (!encoded) return finish(encoded.error());
  shared_->executor.run([self = ref(this), bytes = *std::move(encoded)]() mutable {
    server_connection* connection = self->connection_;
    if (connection != nullptr && !self->cancelled() && !self->call_.finished() && self->respond()) {
      connection->protocol().send_data(self->stream_, std::move(bytes), false);
    }
    self->handler_ended();
    self->do_finish({}, 200);
  });
}

void server_call_core::finish(status outcome) {
  shared_->executor.run([self = ref(this), outcome = std::move(outcome)]() mutable {
    self->handler_ended();
    self->do_finish(std::move(outcome), 200);
  });
}

void server_call_core::run_handler() {
  running_ = true;
  ++shared_->running_handlers;
  state_->run(ref(this));
}

void server_call_core::handler_ended() {
  if (!std::exchange(running_, false)) return;
  --shared_->running_handlers;
}

void server_call_core::do_finish(status outcome, int http_status) {
  if (!running_) state_.reset();
  if (connection_ == nullptr) return;
  for (const auto& [name, value] : trailing_) {
    if (const auto error = codec::check_metadata(name, value, codec::value_rule::http)) {
      outcome = status(status_code::internal, "the server set illegal metadata \"" +
                                                  std::string(name) +
                                                  "\": " + std::string(describe(*error)));
      trailing_.clear();
      break;
    }
  }
  codec::header_fields& fields = connection_->scratch();
  transport::session& session = connection_->protocol();
  switch (call_.finish(fields, outcome, &trailing_, http_status)) {
    case codec::server_call::finish_kind::nothing: return;
    case codec::server_call::finish_kind::trailers:
      session.send_trailers(stream_, fields.view());
      break;
    case codec::server_call::finish_kind::trailers_only:
      session.send_headers(stream_, fields.view(), true);
      break;
    case codec::server_call::finish_kind::plain_text: {
      session.send_headers(stream_, fields.view(), false);
      const std::string text = codec::server_call::plain_body(outcome);
      session.send_data(stream_, codec::buffer(codec::as_bytes(text)), true);
      break;
    }
  }
  connection_->wake();
  end_operations();
  cancel_children();
}

void server_call_core::watch_cancellation(operation& op, operation_ptr server_call_core::*slot) {
  asio::cancellation_slot cancellation = op.slot();
  if (!cancellation.is_connected()) return;
  cancellation.assign([self = ref(this), slot](asio::cancellation_type) {
    self->shared_->executor.run([self, slot] {
      if (operation_ptr waiting = std::move(self.get()->*slot)) {
        waiting->complete({.read = read_error::cancelled, .write = write_error::cancelled},
                          invocation::posted);
      }
    });
  });
}

// ---- calls made for this one

bool server_call_core::adopt(const ref<client_call_core>& child) {
  const std::lock_guard lock(children_mutex_);
  if (cancelled()) return false;
  children_.push_back(child);
  return true;
}

void server_call_core::release(client_call_core* child) {
  const std::lock_guard lock(children_mutex_);
  std::erase_if(children_, [&](const ref<client_call_core>& c) { return c.get() == child; });
}

void server_call_core::cancel_children() {
  std::vector<ref<client_call_core>> children;
  {
    const std::lock_guard lock(children_mutex_);
    children.swap(children_);
  }
  for (const ref<client_call_core>& child : children) child->cancel();
}

}  // namespace grpcwire::detail
