#include <grpcwire/rpc/client_call_core.hpp>

#include <chrono>
#include <utility>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/server_context.hpp>

namespace grpcwire::detail {

using codec::status;
using transport::event;
using transport::event_kind;

client_call_core::client_call_core(std::shared_ptr<channel_core> channel, std::string_view path,
                                   method_kind kind, call_options&& options)
    : channel_(std::move(channel)),
      options_(std::move(options)),
      path_(path),
      kind_(kind),
      call_({.max_message_size = options_.max_receive_message_size.value_or(
                 channel_->options().max_receive_message_size),
             .single_response = single_response(kind)}),
      deadline_(options_.deadline) {
  if (options_.parent != nullptr) deadline_ = earlier(deadline_, options_.parent->deadline());
}

client_call_core::~client_call_core() = default;

const asio::any_io_executor& client_call_core::executor() const noexcept {
  return channel_->executor().get();
}

blocking_driver& client_call_core::driver() const noexcept {
  return channel_->driver();
}

std::size_t client_call_core::max_receive_size() const {
  return options_.max_receive_message_size.value_or(channel_->options().max_receive_message_size);
}

// ---- the user's side

void client_call_core::set_request(const google::protobuf::MessageLite& message) {
  auto encoded = codec::encode_message(
      message,
      options_.max_send_message_size.value_or(channel_->options().max_send_message_size),
      options_.compression.value_or(channel_->options().compression));
  if (!encoded) {
    bad_request_ = encoded.error();
    return;
  }
  outgoing_.push_back(*std::move(encoded));
  half_close_wanted_ = true;
}

void client_call_core::start(operation_ptr unary) {
  channel_->executor().run([self = ref(this), unary = std::move(unary)]() mutable {
    self->unary_op_ = std::move(unary);
    if (self->unary_op_) self->watch_cancellation(*self->unary_op_, &client_call_core::cancel);
    if (self->bad_request_) return self->fail(*self->bad_request_);
    for (const auto& [name, value] : self->options_.metadata) {
      if (const auto error = codec::check_metadata(name, value)) {
        return self->fail(status(status_code::internal,
                                 "metadata \"" + std::string(name) +
                                     "\" cannot be sent: " + std::string(describe(*error))));
      }
    }
    if (self->options_.parent != nullptr && !self->options_.parent->adopt(self)) {
      return self->fail(status(status_code::cancelled, "the call that this one is made for is over"));
    }
    self->channel_->start(self);
  });
}

void client_call_core::read(operation_ptr op) {
  channel_->executor().run(
      [self = ref(this), op = std::move(op)]() mutable { self->do_read(std::move(op)); });
}

void client_call_core::write(const google::protobuf::MessageLite& message, operation_ptr op) {
  auto encoded = codec::encode_message(
      message,
      options_.max_send_message_size.value_or(channel_->options().max_send_message_size),
      options_.compression.value_or(channel_->options().compression));
  if (!encoded) {
    op->complete({.write = write_error::invalid}, invocation::posted);
    return;
  }
  channel_->executor().run(
      [self = ref(this), op = std::move(op), bytes = *std::move(encoded)]() mutable {
        self->do_write(std::move(bytes), std::move(op));
      });
}

void client_call_core::writes_done() {
  channel_->executor().run([self = ref(this)] {
    if (self->half_close_wanted_) return;
    self->half_close_wanted_ = true;
    if (self->head_sent_) self->flush_outgoing();
  });
}

void client_call_core::finish(operation_ptr op) {
  channel_->executor().run(
      [self = ref(this), op = std::move(op)]() mutable { self->do_finish(std::move(op)); });
}

void client_call_core::cancel() {
  channel_->executor().run([self = ref(this)] {
    self->cancel_with(status(status_code::cancelled,
                             codec::status_details{.message = "cancelled by this side",
                                                   .origin = codec::status_origin::local}));
  });
}

void client_call_core::watch_cancellation(operation& op, void (client_call_core::*on_cancel)()) {
  asio::cancellation_slot slot = op.slot();
  if (!slot.is_connected()) return;
  slot.assign([self = ref(this), on_cancel](asio::cancellation_type) {
    self->channel_->executor().run([self, on_cancel] { (self.get()->*on_cancel)(); });
  });
}

void client_call_core::do_read(operation_ptr op) {
  if (read_op_) {  // two reads at a time: the second one is refused, the first one stays
    op->complete({.read = read_error::cancelled}, invocation::posted);
    return;
  }
  if (!received_.empty()) {
    const stored_message message = std::move(received_.front());
    received_.pop_front();
    take_credit(message.bytes.size() + codec::message_prefix_size);
    if (parse(*op, message.bytes, message.compressed)) {
      op->complete({.has_message = true}, invocation::posted);
      return;
    }
  }
  if (end_) {
    op->complete({.read = read_error::ended}, invocation::posted);
    return;
  }
  watch_cancellation(*op, &client_call_core::cancel_read);
  read_op_ = std::move(op);
}

void client_call_core::cancel_read() {
  if (operation_ptr op = std::move(read_op_)) {
    op->complete({.read = read_error::cancelled}, invocation::posted);
  }
}

void client_call_core::do_write(codec::buffer&& message, operation_ptr op) {
  const auto refuse = [&](write_error e) { op->complete({.write = e}, invocation::posted); };
  if (end_ || half_close_wanted_) return refuse(write_error::ended);
  if (write_op_) return refuse(write_error::busy);
  watch_cancellation(*op, &client_call_core::cancel_write);
  write_op_ = std::move(op);
  outgoing_.push_back(std::move(message));
  if (head_sent_) flush_outgoing();
}

void client_call_core::cancel_write() {
  if (operation_ptr op = std::move(write_op_)) {
    op->complete({.write = write_error::cancelled}, invocation::posted);
  }
}

void client_call_core::do_finish(operation_ptr op) {
  discard_messages_ = true;
  for (const stored_message& m : std::exchange(received_, {})) {
    take_credit(m.bytes.size() + codec::message_prefix_size);
  }
  if (end_) {
    op->complete({.end = *end_}, invocation::posted);
    return;
  }
  watch_cancellation(*op, &client_call_core::cancel);
  finish_op_ = std::move(op);
}

// ---- the channel's side

void client_call_core::fail(status why) {
  call_.cancel(std::move(why));
  advance();
}

void client_call_core::deadline_expired() {
  call_.deadline_expired();
  advance();
}

void client_call_core::cancel_with(status why) {
  if (end_) return;
  call_.cancel(std::move(why));
  advance();
}

// ---- the connection's side

void client_call_core::attached(client_connection& to, transport::stream_handle stream,
                                bool granted) {
  connection_ = &to;
  stream_ = stream;
  if (deadline_.at()) to.protocol().set_deadline(stream, *deadline_.at());
  if (granted) {
    send_head();
  } else {
    call_.queued();
  }
}

bool client_call_core::deadline_passed() const {
  return deadline_.at() && *deadline_.at() <= deadline::clock::now();
}

void client_call_core::send_head() {
  codec::request_head head{
      .path = path_,
      .authority = options_.authority.empty() ? channel_->authority() : options_.authority,
      .user_agent = channel_->options().user_agent,
      .message_encoding = options_.compression.value_or(channel_->options().compression),
      .accept_encoding = "identity,gzip,deflate",
      .custom = &options_.metadata,
  };
  if (deadline_.at()) {
    // Waiting for a connection and in the queue counts: only what is left goes on the wire.
    const auto left = *deadline_.at() - deadline::clock::now();
    if (left.count() <= 0) return deadline_expired();
    head.timeout = left;
  }
  codec::header_fields& fields = connection_->scratch();
  fields.clear();
  codec::write_request(fields, head);
  head_sent_ = true;
  call_.request_sent();
  connection_->protocol().send_headers(stream_, fields.view(), false);
  flush_outgoing();
}

void client_call_core::flush_outgoing() {
  if (connection_ == nullptr) return;
  transport::session& session = connection_->protocol();
  const bool report = write_op_ != nullptr;
  for (std::size_t i = 0; i < outgoing_.size(); ++i) {
    const bool last = i + 1 == outgoing_.size();
    session.send_data(stream_, std::move(outgoing_[i]), last && half_close_wanted_, report);
  }
  if (outgoing_.empty() && half_close_wanted_) session.send_data(stream_, {}, true);
  outgoing_.clear();
  if (half_close_wanted_) call_.half_closed();
  connection_->wake();
}

void client_call_core::on_event(const event& e) {
  const ref<client_call_core> self(this);
  how_ = invocation::inline_allowed;
  handle(e);
  how_ = invocation::posted;
}

void client_call_core::handle(const event& e) {
  switch (e.kind) {
    case event_kind::stream_granted: return send_head();
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received: call_.data_received(e.data, e.end_stream); break;
    case event_kind::data_sent:
      if (operation_ptr op = std::move(write_op_)) op->complete({}, how_);
      return;
    case event_kind::deadline_expired: return deadline_expired();
    case event_kind::stream_closed:
      if (!end_) {
        call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text, deadline_passed());
      }
      break;
    default: return;
  }
  advance();
}

void client_call_core::advance() {
  const ref<client_call_core> self(this);  // the stream's reference goes with the end
  while (auto e = call_.poll()) {
    switch (e->kind) {
      case codec::client_event_kind::headers_received: break;
      case codec::client_event_kind::message_received: on_message(e->message); break;
      case codec::client_event_kind::ended: on_end(std::move(*e)); break;
    }
  }
  if (connection_ == nullptr) return;
  if (const std::size_t more = call_.expected_bytes(); more != 0) {
    connection_->protocol().expect(stream_, more + codec::message_prefix_size);
  }
}

void client_call_core::on_message(const codec::received_message& message) {
  operation* reader = unary_op_ ? unary_op_.get() : read_op_.get();
  if (reader != nullptr) {
    take_credit(message.wire_size());
    if (!parse(*reader, message.payload, message.compressed) || unary_op_) return;
    const operation_ptr op = std::move(read_op_);
    op->complete({.has_message = true}, how_);
  } else if (discard_messages_) {
    take_credit(message.wire_size());
  } else {
    received_.push_back({codec::buffer(message.payload), message.compressed});
  }
}

bool client_call_core::parse(operation& op, codec::const_bytes payload, bool compressed) {
  const codec::encoding coding =
      compressed ? call_.message_encoding().value_or(codec::encoding::identity)
                 : codec::encoding::identity;
  status parsed = codec::decode_message(*op.message(), payload, coding, max_receive_size());
  if (parsed.ok()) return true;
  cancel_with(std::move(parsed));
  return false;
}

void client_call_core::take_credit(std::size_t wire_size) {
  if (connection_ == nullptr) return;
  connection_->protocol().consume(stream_, wire_size);
  connection_->wake();
}

status client_call_core::with_story(status outcome) const {
  if (outcome.ok()) return outcome;
  return outcome.with([&](codec::status_details& d) {
    if (connection_ != nullptr) {
      d.address = connection_->peer_address();
      d.last_frames = connection_->last_frames(stream_);
    } else if (d.address.empty()) {
      d.address = channel_->target();
    }
  });
}

void client_call_core::on_end(codec::client_event&& e) {
  end_ = with_story(std::move(e.outcome));
  if (options_.info != nullptr) {
    options_.info->initial_metadata = call_.initial_metadata();
    options_.info->trailing_metadata = call_.trailing_metadata();
    if (connection_ != nullptr) options_.info->peer = connection_->peer_address();
  }
  if (connection_ != nullptr && e.reset_code) {
    connection_->protocol().reset(stream_, *e.reset_code);
    connection_->wake();
  }
  detach();
  if (options_.parent != nullptr) options_.parent->release(this);
  deliver_end();
}

void client_call_core::deliver_end() {
  // Each handler may start anything, also destroy this call's handle.
  if (operation_ptr op = std::move(write_op_)) {
    op->complete({.write = write_error::ended}, how_);
  }
  if (operation_ptr op = std::move(read_op_)) {
    op->complete({.read = read_error::ended}, how_);
  }
  if (operation_ptr op = std::move(unary_op_)) {
    op->complete({.end = *end_}, how_);
  }
  if (operation_ptr op = std::move(finish_op_)) {
    op->complete({.end = *end_}, how_);
  }
}

void client_call_core::detach() {
  channel_->forget(*this);
  if (connection_ == nullptr) return;
  client_connection* connection = std::exchange(connection_, nullptr);
  connection->protocol().clear_deadline(stream_);
  connection->protocol().set_owner(stream_, nullptr);
  drop();  // the reference of the stream
}

}  // namespace grpcwire::detail
