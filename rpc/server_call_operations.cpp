// What the handler of a call asks for, on any thread; the rest is in server_call_core.cpp.

#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/codec/status_room.hpp>
#include <grpcwire/rpc/outgoing_metadata.hpp>
#include <grpcwire/rpc/server_call_core.hpp>
#include <grpcwire/rpc/server_connection.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;

namespace {

constexpr std::size_t send_size_max = 0x7fff'ffff;

}  // namespace

void server_call_core::read(operation_ptr op) {
  watch_cancellation(*op, &server_call_core::read_op_);
  shared_->executor.run(
      [self = ref(this), op = std::move(op)]() mutable { self->do_read(std::move(op)); });
}

/// The slot belongs to the executor of the handler. Posted, not run, so that the cancellation never
/// overtakes the operation itself.
void server_call_core::watch_cancellation(operation& op, operation_ptr server_call_core::*place) {
  op.number = ++operations_;
  asio::cancellation_slot slot = op.slot();
  if (!slot.is_connected()) return;
  slot.assign([link = link_.get(*this), place, number = op.number](asio::cancellation_type) {
    const ref<server_call_core> self = link->lock();
    if (!self) return;
    if (place == &server_call_core::read_op_) {
      self->cancelled_read_.store(number, std::memory_order_relaxed);
    }
    self->shared_->executor.post([self, place, number] {
      operation_ptr& waiting = self.get()->*place;
      if (!waiting || waiting->number != number) return;
      const operation_ptr cancelled = std::move(waiting);
      cancelled->complete({.read = read_error::cancelled, .write = write_error::cancelled},
                          invocation::posted);
    });
  });
}

bool server_call_core::take_back(std::uint64_t read_number,
                                 const google::protobuf::MessageLite& message) {
  if (cancelled_read_.load(std::memory_order_relaxed) != read_number) return false;
  codec::buffer bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.data());
  give_back(std::move(bytes));
  return true;
}

bool server_call_core::take_back(std::uint64_t read_number, const codec::message_bytes& message) {
  if (cancelled_read_.load(std::memory_order_relaxed) != read_number) return false;
  give_back(codec::buffer(message.view()));
  return true;
}

void server_call_core::give_back(codec::buffer&& message) {
  shared_->executor.run([self = ref(this), bytes = std::move(message)]() mutable {
    self->received_.push_front({.bytes = std::move(bytes),
                                .compressed = false,
                                .credited = true,
                                .came_compressed = self->last_compressed_});
  });
}

void server_call_core::do_read(operation_ptr op) {
  if (read_op_) {
    op->complete({.read = read_error::cancelled}, invocation::posted);
    return;
  }
  if (!received_.empty() && !cancelled()) {
    const stored_message message = received_.pop_front();
    take_credit(message);
    last_compressed_ = message.came_compressed;
    if (parse(*op, message.bytes, message.compressed, message.credited)) {
      op->complete({.has_message = true}, invocation::posted);
      return;
    }
  }
  if (cancelled() || half_closed_ || call_.finished()) {
    op->complete({.read = read_error::ended}, invocation::posted);
    return;
  }
  read_op_ = std::move(op);
}

bool server_call_core::parse(operation& op, const codec::message_view& payload, bool compressed,
                             bool again) {
  status parsed =
      op.decode(payload, coding_of(compressed), call_.max_message_size(), *shared_->codings);
  if (parsed.ok()) {
    if (hooks_ && !again && op.message() != nullptr) note_received(*op.message());
    return true;
  }
  do_finish(std::move(parsed), 200);
  on_cancelled({});
  return false;
}

void server_call_core::take_credit(std::size_t wire_size) {
  if (connection_ == nullptr) return;
  connection_->protocol().consume(stream_, wire_size);
  connection_->wake();
}

void server_call_core::take_credit(const stored_message& message) {
  if (connection_ == nullptr || message.credited) return;
  connection_->protocol().remove_buffered(message.wire_size());
  connection_->account();
  take_credit(message.wire_size());
}

void server_call_core::set_receive_window(std::uint32_t size) {
  shared_->executor.run([self = ref(this), size] {
    if (self->connection_ == nullptr) return;
    self->connection_->protocol().set_receive_window(self->stream_, size);
    self->connection_->wake();
  });
}

flow_control_state server_call_core::flow_control() const {
  flow_control_state now;
  if (connection_ != nullptr) {
    static_cast<transport::flow_state&>(now) = connection_->protocol().flow(stream_);
  }
  now.buffered = received_.bytes() + call_.collected_bytes();
  return now;
}

codec::encoding server_call_core::sending_coding() const noexcept {
  return compress_messages_ ? response_encoding_ : codec::encoding::identity;
}

void server_call_core::set_compression(codec::encoding coding) {
  if (call_.responded() || !shared_->codings->has(coding)) return;
  if (call_.head().accept.contains(coding)) response_encoding_ = coding;
}

std::optional<codec::buffer> server_call_core::encode(const google::protobuf::MessageLite& message,
                                                      write_options how) {
  codec::buffer_source_of room([this](std::size_t size) { return spare_buffer(size); });
  auto encoded = codec::encode_message(message, send_size_max,
                                       how.compress ? sending_coding() : codec::encoding::identity,
                                       *shared_->codings, &room);
  if (!encoded) return std::nullopt;
  if (hooks_) note_sent(message);
  return *std::move(encoded);
}

std::optional<codec::buffer> server_call_core::encode(codec::message_bytes&& message,
                                                      write_options how) {
  auto encoded = codec::encode_message(std::move(message), send_size_max,
                                       how.compress ? sending_coding() : codec::encoding::identity,
                                       *shared_->codings);
  if (!encoded) return std::nullopt;
  return *std::move(encoded);
}

void server_call_core::write(std::optional<codec::buffer>&& encoded, operation_ptr op) {
  if (!encoded) {
    op->complete({.write = write_error::invalid}, invocation::posted);
    return;
  }
  watch_cancellation(*op, &server_call_core::write_op_);
  shared_->executor.run(
      [self = ref(this), op = std::move(op), bytes = *std::move(encoded)]() mutable {
        self->do_write(std::move(bytes), std::move(op));
      });
}

codec::buffer server_call_core::spare_buffer(std::size_t size) {
  if (!shared_->executor.here() || connection_ == nullptr) return {};
  return connection_->protocol().spare_buffer(size);
}

void server_call_core::do_write(codec::buffer&& message, operation_ptr op) {
  const auto refuse = [&](write_error e) { op->complete({.write = e}, invocation::posted); };
  if (cancelled() || connection_ == nullptr || call_.finished()) return refuse(write_error::ended);
  if (write_op_) return refuse(write_error::busy);
  if (!respond()) return refuse(write_error::ended);
  write_op_ = std::move(op);
  meter_.sent(message.size() - codec::message_prefix_size);
  connection_->protocol().send_data(stream_, std::move(message), false, true);
  connection_->counters().message_sent(connection_->now());
  connection_->account();
  connection_->wake();
}

/// Sends the response headers if they are not sent yet. False when that ended the call.
bool server_call_core::respond() {
  if (call_.responded()) return true;
  if (initial_) {
    if (auto why = illegal_metadata(*initial_, transport::role::server)) {
      do_finish(*std::move(why), 200);
      return false;
    }
  }
  codec::header_fields& fields = connection_->scratch();
  call_.respond(fields, initial_.get(), response_encoding_);
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
  codec::buffer_source_of room([this](std::size_t size) { return spare_buffer(size); });
  auto encoded =
      codec::encode_message(response, send_size_max, sending_coding(), *shared_->codings, &room);
  if (!encoded) return finish(encoded.error());
  if (hooks_) note_sent(response);
  shared_->executor.run([self = ref(this), bytes = *std::move(encoded)]() mutable {
    self->handler_ended();
    status outcome;
    if (self->hooks_) self->end_hooks(outcome);  // may make an error of it
    server_connection* connection = self->connection_;
    if (outcome.ok() && connection != nullptr && !self->cancelled() && !self->call_.finished() &&
        self->respond()) {
      self->meter_.sent(bytes.size() - codec::message_prefix_size);
      connection->protocol().send_data(self->stream_, std::move(bytes), false);
      connection->counters().message_sent(connection->now());
      connection->account();
    }
    self->do_finish(std::move(outcome), 200);
  });
}

void server_call_core::finish(status outcome) {
  shared_->executor.run([self = ref(this), outcome = std::move(outcome)]() mutable {
    self->handler_ended();
    self->do_finish(std::move(outcome), 200);
  });
}

void server_call_core::note_received(const google::protobuf::MessageLite& message) {
  hooks_->each(hook_order::outermost_first,
               [&](server_call_hooks& h) { h.message_received(message); });
}

void server_call_core::note_sent(const google::protobuf::MessageLite& message) {
  hooks_->each(hook_order::innermost_first, [&](server_call_hooks& h) { h.message_sent(message); });
}

/// For interceptors; none of it is sent.
status server_call_core::with_story(status outcome) const {
  return outcome.with([&](codec::status_details& d) {
    if (d.address.empty()) d.address = shared_->peer;
    if (connection_ == nullptr) return;
    d.last_frames = connection_->last_frames(stream_);
    const auto& deeper = connection_->end_causes();
    d.causes.insert(d.causes.end(), deeper.begin(), deeper.end());
  });
}

void server_call_core::end_hooks(status& outcome) {
  if (hooks_->ended()) return;
  codec::metadata unsent;  // while the handler runs, trailing_ is its own
  if (!outcome.ok()) outcome = with_story(std::move(outcome));
  server_call_end end{.outcome = outcome,
                      .trailing_metadata = running_ ? unsent : trailing_metadata()};
  hooks_->end(outcome, [&](server_call_hooks& h) { h.ended(end); });
}

void server_call_core::do_finish(status outcome, int http_status) {
  if (!running_) state_.reset();
  if (connection_ == nullptr) return cancel_children(outcome);
  if (hooks_) end_hooks(outcome);
  // While the handler runs, on any thread, what it adds to the trailers is its own.
  const codec::metadata* trailing = running_ ? nullptr : trailing_.get();
  if (trailing != nullptr) {
    if (auto why = illegal_metadata(*trailing, transport::role::server)) {
      outcome = *std::move(why);
      trailing = nullptr;
    }
  }
  if (outcome.has_details()) {
    outcome = codec::fit_into_trailers(outcome, connection_->max_trailers_size(), trailing);
  }
  if (!call_.finished()) ended_with_ok_ = outcome.ok();
  codec::header_fields& fields = connection_->scratch();
  transport::session& session = connection_->protocol();
  switch (call_.finish(fields, outcome, trailing, http_status)) {
    case codec::server_call::finish_kind::nothing:
      return;
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
  meter_.end(outcome.code());
  end_operations();
  cancel_children(outcome);
}

}  // namespace grpcwire::detail
