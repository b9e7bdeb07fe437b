// What the user of a call asks for, on any thread; the rest is in client_call_core.cpp.

#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/rpc/call_credentials.hpp>
#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/hedged_call_internal.hpp>
#include <grpcwire/rpc/outgoing_metadata.hpp>
#include <grpcwire/rpc/server_call_core.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;

client_call_core::client_call_core(std::shared_ptr<channel_core> channel,
                                   std::shared_ptr<const std::string> path, method_kind kind,
                                   call_options&& options)
    : client_call_core(std::move(channel), std::string_view(*path), kind, std::move(options)) {
  own_path_ = std::move(path);
  if (!path_.starts_with('/') && !bad_request_) {
    bad_request_ = status(status_code::internal, "\"" + std::string(path_) +
                                                     "\" is no path of a method: one is written " +
                                                     "/package.Service/Method");
  }
}

codec::encoding client_call_core::request_coding() const noexcept {
  return options_.compression.value_or(channel_->options().compression);
}

codec::result<codec::buffer, status> client_call_core::encoded(
    const google::protobuf::MessageLite& message, write_options how) {
  const channel_options& defaults = channel_->options();
  codec::buffer_source_of room([this](std::size_t size) { return spare_buffer(size); });
  return codec::encode_message(
      message, options_.max_send_message_size.value_or(defaults.max_send_message_size),
      how.compress ? request_coding() : codec::encoding::identity, defaults.codings, &room);
}

codec::buffer client_call_core::spare_buffer(std::size_t size) {
  if (!channel_->executor().here() || connection_ == nullptr) return {};
  return connection_->protocol().spare_buffer(size);
}

std::string_view client_call_core::authority() const noexcept {
  const std::string_view own = options_.authority.view();
  return own.empty() ? std::string_view(channel_->authority()) : own;
}

void client_call_core::add_metadata(const codec::metadata& fields) {
  for (const auto& [name, value] : fields) options_.metadata.add(name, value);
}

/// From the call that this one is made for, unless the program says otherwise.
void client_call_core::hand_trace_on() {
  if (options_.metadata.get("traceparent")) return;
  const auto trace = options_.parent->trace();
  if (trace) write_trace_context(options_.metadata.edit(), *trace);
}

void client_call_core::ask_interceptors() {
  client_call_start start{.method = path_,
                          .target = channel_->target(),
                          .metadata = options_.metadata.edit(),
                          .deadline = deadline_,
                          .parent = options_.parent};
  hooks_ = intercept(channel_->options().interceptors, start, bad_request_);
}

void client_call_core::set_request(const google::protobuf::MessageLite& message) {
  if (bad_request_) return;
  auto bytes = encoded(message);
  if (!bytes) {
    bad_request_ = bytes.error();
    return;
  }
  outgoing_.push_back(*std::move(bytes));
  half_close_wanted_ = true;
  if (hooks_) {
    hooks_->each(hook_order::outermost_first,
                 [&](client_call_hooks& h) { h.message_sent(message); });
  }
}

void client_call_core::start(operation_ptr unary) {
  if (unary) watch_call(*unary);
  if (client_table* counting = channel_->metrics()) {
    meter_.call_started(own_path_ ? counting->other() : counting->find(path_));
  }
  channel_->executor().run([self = ref(this), unary = std::move(unary)]() mutable {
    self->unary_op_ = std::move(unary);
    if (self->bad_request_) return self->fail(*self->bad_request_);
    if (auto wrong = illegal_metadata(self->options_.metadata.all(), transport::role::client,
                                      self->channel_->options().user_agent.empty())) {
      return self->fail(*std::move(wrong));
    }
    if (!self->channel_->options().codings.has(self->request_coding())) {
      return self->fail(
          status(status_code::internal,
                 "the call is to be compressed with an algorithm that was added to the codings of "
                 "another channel"));
    }
    if (self->parent_ && !self->parent_->adopt(self)) {
      return self->fail(
          status(status_code::cancelled, "the call that this one is made for is over"));
    }
    self->meter_.attempt_started();
    if (self->options_.credentials != nullptr || self->channel_->options().call_credentials) {
      return ask_credentials(self);
    }
    self->channel_->start(self);
  });
}

void client_call_core::read(operation_ptr op) {
  watch_cancellation(*op, &client_call_core::read_op_);
  channel_->executor().run(
      [self = ref(this), op = std::move(op)]() mutable { self->do_read(std::move(op)); });
}

std::optional<codec::buffer> client_call_core::encode(const google::protobuf::MessageLite& message,
                                                      write_options how) {
  auto bytes = encoded(message, how);
  if (!bytes) return std::nullopt;
  if (hooks_ && !bad_request_) {
    hooks_->each(hook_order::outermost_first,
                 [&](client_call_hooks& h) { h.message_sent(message); });
  }
  return *std::move(bytes);
}

std::optional<codec::buffer> client_call_core::encode(codec::message_bytes&& message,
                                                      write_options how) {
  const channel_options& defaults = channel_->options();
  auto bytes = codec::encode_message(
      std::move(message), options_.max_send_message_size.value_or(defaults.max_send_message_size),
      how.compress ? request_coding() : codec::encoding::identity, defaults.codings);
  if (!bytes) return std::nullopt;
  return *std::move(bytes);
}

void client_call_core::write(std::optional<codec::buffer>&& encoded, operation_ptr op) {
  if (!encoded) {
    op->complete({.write = write_error::invalid}, invocation::posted);
    return;
  }
  watch_cancellation(*op, &client_call_core::write_op_);
  channel_->executor().run(
      [self = ref(this), op = std::move(op), bytes = *std::move(encoded)]() mutable {
        self->do_write(std::move(bytes), std::move(op));
      });
}

void client_call_core::read_head(operation_ptr op) {
  watch_cancellation(*op, &client_call_core::head_op_);
  channel_->executor().run(
      [self = ref(this), op = std::move(op)]() mutable { self->do_read_head(std::move(op)); });
}

void client_call_core::writes_done() {
  channel_->executor().run([self = ref(this)] {
    if (self->half_close_wanted_) return;
    self->half_close_wanted_ = true;
    if (self->head_sent_) self->flush_outgoing();
  });
}

void client_call_core::finish(operation_ptr op) {
  watch_call(*op);
  channel_->executor().run(
      [self = ref(this), op = std::move(op)]() mutable { self->do_finish(std::move(op)); });
}

void client_call_core::cancel() {
  cancel_because(status(status_code::cancelled, "cancelled by this side"));
}

void client_call_core::cancel_because(status why) {
  channel_->executor().run(
      [self = ref(this), why = std::move(why)]() mutable { self->cancel_with(std::move(why)); });
}

void client_call_core::abandon() {
  {
    const std::lock_guard lock(info_mutex_);
    options_.info = nullptr;
  }
  cancel();
  driver().settle();
}

// ---- cancellation slots: assigned and emitted on the executor of the handler, not on the
// channel's. What happens then is posted, so that it never overtakes the operation itself.

void client_call_core::watch_call(operation& op) {
  asio::cancellation_slot slot = op.slot();
  if (!slot.is_connected()) return;
  slot.assign([link = link_.get(*this)](asio::cancellation_type) {
    const ref<client_call_core> self = link->lock();
    if (self) self->channel_->executor().post([self] { self->cancel(); });
  });
}

void client_call_core::watch_cancellation(operation& op, operation_ptr client_call_core::*place) {
  op.number = ++operations_;
  asio::cancellation_slot slot = op.slot();
  if (!slot.is_connected()) return;
  slot.assign([link = link_.get(*this), place, number = op.number](asio::cancellation_type) {
    const ref<client_call_core> self = link->lock();
    if (!self) return;
    if (place == &client_call_core::read_op_) {
      self->cancelled_read_.store(number, std::memory_order_relaxed);
    }
    self->channel_->executor().post([self, place, number] {
      operation_ptr& waiting = self.get()->*place;
      if (!waiting || waiting->number != number) return;
      const operation_ptr cancelled = std::move(waiting);
      cancelled->complete({.read = read_error::cancelled, .write = write_error::cancelled},
                          invocation::posted);
    });
  });
}

bool client_call_core::take_back(std::uint64_t read_number,
                                 const google::protobuf::MessageLite& message) {
  if (cancelled_read_.load(std::memory_order_relaxed) != read_number) return false;
  codec::buffer bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.data());
  give_back(std::move(bytes));
  return true;
}

bool client_call_core::take_back(std::uint64_t read_number, const codec::message_bytes& message) {
  if (cancelled_read_.load(std::memory_order_relaxed) != read_number) return false;
  give_back(codec::buffer(message.view()));
  return true;
}

void client_call_core::give_back(codec::buffer&& message) {
  channel_->executor().run([self = ref(this), bytes = std::move(message)]() mutable {
    self->received_.push_front({.bytes = std::move(bytes),
                                .compressed = false,
                                .credited = true,
                                .came_compressed = self->response_was_compressed()});
  });
}

// ---- on the executor

void client_call_core::do_read(operation_ptr op) {
  if (read_op_) {  // two reads at a time: the second one is refused, the first one stays
    op->complete({.read = read_error::cancelled}, invocation::posted);
    return;
  }
  if (!received_.empty()) {
    const stored_message message = received_.pop_front();
    take_credit(message);
    last_compressed_.store(message.came_compressed, std::memory_order_relaxed);
    const bool good = parse(*op, message.bytes, message.compressed, message.credited);
    if (hooks_ && hooks_->end_waits && received_.empty()) end_hooks();
    if (good) {
      op->complete({.has_message = true}, invocation::posted);
      return;
    }
  }
  if (end_) {
    op->complete({.read = read_error::ended}, invocation::posted);
    return;
  }
  read_op_ = std::move(op);
}

void client_call_core::do_read_head(operation_ptr op) {
  if (head_received_) return op->complete({.has_message = true}, invocation::posted);
  if (end_) return op->complete({.read = read_error::ended}, invocation::posted);
  if (head_op_) return op->complete({.read = read_error::cancelled}, invocation::posted);
  head_op_ = std::move(op);
}

flow_control_state client_call_core::flow_control() const {
  if (hedged_) {
    const client_call_core& shown = hedged_->shown(*this);
    if (&shown != this) return shown.flow_control();
  }
  flow_control_state now;
  if (connection_ != nullptr) {
    static_cast<transport::flow_state&>(now) = connection_->protocol().flow(stream_);
  }
  for (const codec::buffer& message : outgoing_) now.queued += message.size();
  now.buffered = received_.bytes() + call_.collected_bytes();
  return now;
}

void client_call_core::do_write(codec::buffer&& message, operation_ptr op) {
  const auto refuse = [&](write_error e) { op->complete({.write = e}, invocation::posted); };
  if (exceeds_config(message)) return refuse(write_error::invalid);
  if (end_ || half_close_wanted_) return refuse(write_error::ended);
  if (write_op_) return refuse(write_error::busy);
  write_op_ = std::move(op);
  outgoing_.push_back(std::move(message));
  if (head_sent_) flush_outgoing();
}

void client_call_core::do_finish(operation_ptr op) {
  discard_messages_ = true;
  while (!received_.empty()) {
    take_credit(received_.pop_front());
  }
  if (hooks_ && hooks_->end_waits) end_hooks();
  if (end_) {
    op->complete({.end = *end_}, invocation::posted);
    return;
  }
  finish_op_ = std::move(op);
}

}  // namespace grpcwire::detail
