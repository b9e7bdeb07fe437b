#include "client_call_core.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/hedged_call_internal.hpp>
#include <grpcwire/rpc/server_call_core.hpp>
#include <grpcwire/rpc/stream_end.hpp>

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
      call_(settings()),
      deadline_(options_.deadline) {
  if (options_.parent != nullptr) {
    deadline_ = earlier(deadline_, options_.parent->deadline());
    parent_ = options_.parent->core();
    hand_trace_on();
  }
  if (!channel_->options().interceptors.empty()) ask_interceptors();
}

client_call_core::~client_call_core() = default;

const asio::any_io_executor& client_call_core::executor() const noexcept {
  return channel_->executor().get();
}

blocking_driver& client_call_core::driver() const noexcept {
  return channel_->driver();
}

codec::client_call::settings client_call_core::settings() const {
  return {.max_message_size = max_receive_size(),
          .single_response = single_response(kind_),
          .own_codings = &channel_->options().codings};
}

std::size_t client_call_core::max_receive_size() const {
  const std::size_t size =
      options_.max_receive_message_size.value_or(channel_->options().max_receive_message_size);
  if (method_ == nullptr) return size;
  return std::min<std::size_t>(size, method_->max_response_message_bytes.value_or(UINT32_MAX));
}

// ---- the channel's side

void client_call_core::fail(status why) {
  if (hedged_) hedged_->settle(*this);
  decided_here_ = true;
  call_.cancel(std::move(why));
  advance();
}

void client_call_core::deadline_expired() {
  if (hedged_) hedged_->settle(*this);
  decided_here_ = true;
  call_.deadline_expired();
  advance();
}

void client_call_core::cancel_with(status why) {
  if (end_) {
    if (hooks_ && hooks_->end_waits) end_hooks();
    return;
  }
  fail(std::move(why));
}

// ---- the connection's side

void client_call_core::attached(client_connection& to, transport::stream_handle stream,
                                bool granted) {
  connection_ = &to;
  stream_ = stream;
  if (deadline_.at()) to.protocol().set_deadline(stream, *deadline_.at());
  if (const auto limit = attempts_.time_limit()) {
    const auto at = deadline::clock::now() + *limit;
    if (!deadline_.at() || at < *deadline_.at()) to.protocol().set_deadline(stream, at);
  }
  if (granted) {
    send_head();
  } else {
    call_.queued();
  }
  if (hedged_) hedged_->left(*this);
}

void client_call_core::send_head() {
  const codec::encoding coding = request_coding();
  const codec::codings& own = channel_->options().codings;
  codec::request_head head{
      .path = path_,
      .authority = authority(),
      .user_agent = channel_->options().user_agent,
      .message_encoding = coding == codec::encoding::identity ? "" : own.name(coding),
      .accept_encoding = own.accept_text(),
      .custom = &options_.metadata.all(),
      .channel = channel_->number(),
  };
  if (deadline_.at()) {
    // Waiting for a connection and in the queue counts: only what is left goes on the wire.
    const auto left = *deadline_.at() - deadline::clock::now();
    if (left.count() <= 0) return deadline_expired();
    head.timeout = left;
  }
  codec::header_fields& scratch = connection_->scratch();
  codec::header_list_view fields;
  if (attempts_.previous() == 0) {
    fields = connection_->heads().write(scratch, head);
  } else {
    scratch.clear();
    codec::write_request(scratch, head);
    scratch.add_copy("grpc-previous-rpc-attempts", std::to_string(attempts_.previous()));
    fields = scratch.view();
  }
  head_sent_ = true;
  call_.request_sent();
  connection_->protocol().send_headers(stream_, fields, false);
  if (options_.receive_window) {
    connection_->protocol().set_receive_window(stream_, *options_.receive_window);
  }
  flush_outgoing();
}

void client_call_core::flush_outgoing() {
  if (connection_ == nullptr) {
    if (hedged_) hedged_->forward();
    return;
  }
  transport::session& session = connection_->protocol();
  const bool report = write_op_ || hedged_;
  for (std::size_t i = 0; i < outgoing_.size(); ++i) {
    const bool last = i + 1 == outgoing_.size();
    codec::buffer copy;
    if (!hedged_) copy = attempts_.copy(outgoing_[i], channel_->options().retry_buffer_size);
    meter_.sent(outgoing_[i].size() - codec::message_prefix_size);
    session.send_data(stream_, std::move(outgoing_[i]), last && half_close_wanted_, report && last);
    outgoing_[i] = std::move(copy);
  }
  if (outgoing_.empty() && half_close_wanted_) session.send_data(stream_, {}, true);
  if (!hedged_) attempts_.keep(outgoing_);
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
    case event_kind::stream_granted:
      return send_head();
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received:
      call_.data_received(e.data, e.end_stream, connection_->protocol().input_block());
      break;
    case event_kind::data_sent:
      if (operation_ptr op = std::move(write_op_)) return op->complete({}, how_);
      if (hedged_) hedged_->sent(*this);
      return;
    case event_kind::deadline_expired:
      return deadline_passed() ? deadline_expired() : attempt_timed_out();
    case event_kind::stream_closed:
      if (!end_ && e.reason == transport::close_reason::refused &&
          (!head_sent_ || attempts_.once_more())) {
        return start_again();
      }
      if (!end_) {
        call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text, deadline_passed());
      }
      break;
    default:
      return;
  }
  advance();
}

void client_call_core::advance() {
  const ref<client_call_core> self(this);  // the stream's reference goes with the end
  while (codec::client_event* const e = call_.has_events() ? call_.poll() : nullptr) {
    switch (e->kind) {
      case codec::client_event_kind::headers_received:
        if (hedged_) return hedged_->answered(*this);
        on_headers();
        break;
      case codec::client_event_kind::message_received: {
        const codec::received_message message = e->message;  // its handler may end the call
        meter_.received(message.size());
        on_message(message);
        break;
      }
      case codec::client_event_kind::ended: {
        codec::client_event end = std::move(*e);  // for a new attempt call_ begins anew
        if (try_again(end)) return;
        on_end(std::move(end));
        break;
      }
    }
  }
  if (connection_ == nullptr) return;
  if (const std::size_t more = call_.expected_bytes(); more != 0) {
    connection_->protocol().expect(stream_, more + codec::message_prefix_size);
  }
}

void client_call_core::on_headers() {
  if (attempts_.time_limit() && connection_ != nullptr) {
    connection_->protocol().clear_deadline(stream_);
    if (deadline_.at()) connection_->protocol().set_deadline(stream_, *deadline_.at());
  }
  attempts_.commit();
  if (hooks_) {
    hooks_->each(hook_order::innermost_first, [&](client_call_hooks& h) {
      h.initial_metadata_received(call_.initial_metadata());
    });
  }
  head_received_ = true;
  if (operation_ptr op = std::move(head_op_)) op->complete({.has_message = true}, how_);
}

void client_call_core::on_message(const codec::received_message& message) {
  operation* reader = unary_op_ ? unary_op_.get() : read_op_.get();
  if (reader != nullptr) {
    take_credit(message.wire_size());
    last_compressed_.store(message.compressed, std::memory_order_relaxed);
    if (!parse(*reader, message.view(), message.compressed) || !read_op_) return;
    const operation_ptr op = std::move(read_op_);
    op->complete({.has_message = true}, how_);
  } else if (discard_messages_) {
    take_credit(message.wire_size());
  } else {
    received_.push_back({.bytes = message.view().copy(), .compressed = message.compressed});
    if (connection_ != nullptr) connection_->protocol().add_buffered(message.wire_size());
  }
}

bool client_call_core::parse(operation& op, const codec::message_view& payload, bool compressed,
                             bool again) {
  const codec::encoding coding = compressed
                                     ? call_.message_encoding().value_or(codec::encoding::identity)
                                     : codec::encoding::identity;
  status parsed = op.decode(payload, coding, max_receive_size(), channel_->options().codings);
  if (!parsed.ok()) {
    cancel_with(std::move(parsed));
    return false;
  }
  if (hooks_ && !again && op.message() != nullptr) {
    hooks_->each(hook_order::innermost_first,
                 [&](client_call_hooks& h) { h.message_received(*op.message()); });
  }
  return true;
}

void client_call_core::take_credit(std::size_t wire_size) {
  if (connection_ == nullptr) return;
  connection_->protocol().consume(stream_, wire_size);
  connection_->wake();
}

void client_call_core::take_credit(const stored_message& message) {
  if (connection_ == nullptr || message.credited) return;
  connection_->protocol().remove_buffered(message.wire_size());
  take_credit(message.wire_size());
}

status client_call_core::with_story(status outcome) const {
  if (outcome.ok()) return outcome;
  return outcome.with([&](codec::status_details& d) {
    if (connection_ != nullptr) {
      d.address = connection_->peer_address();
      d.last_frames = connection_->last_frames(stream_);
      const auto& deeper = connection_->end_causes();
      d.causes.insert(d.causes.end(), deeper.begin(), deeper.end());
    } else if (d.address.empty()) {
      d.address = channel_->target();
    }
  });
}

void client_call_core::on_end(codec::client_event&& e) {
  end_ = with_story(std::move(e.outcome));
  meter_.call_ended(end_->code());
  if (hooks_ && connection_ != nullptr) hooks_->peer = connection_->peer_address();
  fill_info();
  if (hooks_) {
    // Interceptors see the messages before the end, as the program does.
    hooks_->end_waits = true;
    if (received_.empty()) end_hooks();
  }
  end_stream(e.reset_code, end_->ok());
  detach();
  release_parent();
  deliver_end();
}

void client_call_core::end_hooks() {
  hooks_->end_waits = false;
  client_call_end end{
      .outcome = *end_, .trailing_metadata = call_.trailing_metadata(), .peer = hooks_->peer};
  hooks_->end(*end_, [&](client_call_hooks& h) { h.ended(end); });
  fill_info();
}

void client_call_core::fill_info() {
  if (!has_info_) return;
  const std::lock_guard lock(info_mutex_);
  if (options_.info == nullptr) return;
  options_.info->initial_metadata = call_.initial_metadata();
  options_.info->trailing_metadata = call_.trailing_metadata();
  options_.info->response_was_compressed = response_was_compressed();
  options_.info->previous_attempts = attempts_.previous();
  if (connection_ == nullptr) return;
  options_.info->peer = connection_->peer_address();
  options_.info->security = connection_->security();
}

void client_call_core::release_parent() {
  if (const auto parent = std::exchange(parent_, {})) parent->release(this);
}

void client_call_core::deliver_end() {
  // Each handler may start anything, also destroy this call's handle.
  if (operation_ptr op = std::move(head_op_)) {
    op->complete({.read = read_error::ended}, how_);
  }
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
  if (!received_.empty()) connection_->protocol().remove_buffered(received_.uncredited_bytes());
  leave_stream();
}

/// Of an attempt, or of the call with its last one.
void client_call_core::end_stream(std::optional<std::uint32_t> reset_code, bool ok) {
  if (connection_ == nullptr) return;
  if (reset_code) {
    connection_->protocol().reset(stream_, *reset_code);
    connection_->wake();
  }
  connection_->call_ended(channel_->options(), ok, call_.trailing_metadata());
}

void client_call_core::leave_stream() {
  client_connection* const connection = std::exchange(connection_, nullptr);
  connection->forget(stream_);
  drop();  // the reference of the stream
}

void client_call_core::let_go() {
  const ref<client_call_core> self(this);
  if (hedged_) hedged_->let_go();
  // Coroutines go with their handlers, and may destroy the handle of this very call.
  const std::array<operation_ptr, 5> gone{std::move(head_op_), std::move(write_op_),
                                          std::move(read_op_), std::move(unary_op_),
                                          std::move(finish_op_)};
  release_parent();
  if (std::exchange(connection_, nullptr) != nullptr) drop();  // the reference of the stream
}

}  // namespace grpcwire::detail
