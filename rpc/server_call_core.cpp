#include "server_call_core.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/rpc/metric_series.hpp>
#include <grpcwire/rpc/server_connection.hpp>
#include <grpcwire/rpc/service.hpp>
#include <grpcwire/rpc/stream_end.hpp>

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
      call_({.max_message_size = max_message_size, .own_codings = shared_->codings.get()}) {}

server_call_core::~server_call_core() = default;

blocking_driver& server_call_core::driver() {
  std::call_once(driver_made_, [this] {
    driver_ = std::make_unique<blocking_driver>(nullptr, asio::any_io_executor());
  });
  return *driver_;
}

std::string_view server_call_core::path() const noexcept {
  if (knows_method()) return method_->path;
  return method_ != nullptr && state_ ? state_->path() : std::string_view{};  // the fallback's
}

/// The fallback, which is for all methods that nobody knows, has no path.
bool server_call_core::knows_method() const noexcept {
  return method_ != nullptr && !method_->path.empty();
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
    case event_kind::data_received:
      call_.data_received(e.data, e.end_stream, connection_->protocol().input_block());
      if (call_.drops_request()) connection_->protocol().consume(stream_, e.data.size());
      break;
    case event_kind::data_sent:
      connection_->account();
      if (operation_ptr op = std::move(write_op_)) op->complete({}, how_);
      return;
    case event_kind::deadline_expired:
      call_.deadline_expired();
      break;
    case event_kind::stream_closed:
      call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text);
      break;
    default:
      return;
  }
  advance();
  if (e.kind != event_kind::stream_closed || connection_ == nullptr) return;
  count_end(e);
  detach();
}

void server_call_core::count_end(const event& closed) {
  // NO_ERROR follows a status that comes before the end of its request (RFC 9113 §8.1).
  const bool status_sent =
      call_.finished() &&
      (closed.reason == transport::close_reason::finished ||
       (closed.reason == transport::close_reason::reset_locally && closed.error_code == 0));
  connection_->counters().call_ended(status_sent, ended_with_ok_);
}

void server_call_core::advance() {
  while (codec::server_event* const e = call_.has_events() ? call_.poll() : nullptr) {
    switch (e->kind) {
      case codec::server_event_kind::request_received:
        on_request();
        break;
      case codec::server_event_kind::message_received: {
        const codec::received_message message = e->message;  // its reader may end the call
        meter_.received(message.size());
        on_message(message);
        break;
      }
      case codec::server_event_kind::half_closed:
        on_half_closed();
        break;
      case codec::server_event_kind::rejected:
        on_rejected(std::move(*e));
        break;
      case codec::server_event_kind::cancelled:
        on_cancelled(e->why);
        break;
    }
    if (connection_ == nullptr) return;
  }
  const std::size_t more = call_.expected_bytes();
  if (more != 0) connection_->protocol().expect(stream_, more + codec::message_prefix_size);
  if (more != 0 || partial_ != 0) hold_partial(call_.collected_bytes());
}

void server_call_core::on_request() {
  const codec::received_request& request = call_.head();
  method_ = connection_->find_method(request.path);
  if (const auto& counting = connection_->metrics()) {
    server_table& table = counting->store().server();
    meter_.start(knows_method() ? table.find(method_->path) : table.other());
  }
  if (request.timeout) {
    const auto now = deadline::clock::now();
    const auto left = std::min<std::chrono::nanoseconds>(*request.timeout,
                                                         deadline::clock::time_point::max() - now);
    deadline_ = deadline(now + left);
    connection_->protocol().set_deadline(stream_, *deadline_.at());
  }
  if (shared_->load && !has_room(request.path)) return;
  if (!connection_->interceptors().empty() && !let_in(request.path)) return;
  if (method_ == nullptr) {
    return do_finish(status(status_code::unimplemented,
                            "there is no method " + std::string(request.path) + " here"),
                     200);
  }
  if (shared_->running_handlers >= shared_->max_handlers) {
    return do_finish(status(status_code::resource_exhausted,
                            "too many calls of this connection are being handled"),
                     200);
  }
  if (shared_->budget.exceeded()) return out_of_budget();
  method_->handler->begin(*this);
  if (single_request(method_->kind)) {
    call_.expect_single_request();  // the handler starts with the whole request
  } else {
    run_handler();
  }
}

/// False when the server has too much to do.
bool server_call_core::has_room(std::string_view path) {
  auto refusal = shared_->load->let_in(path, ticket_);
  if (!refusal) return true;
  if (const auto& pushback = shared_->load->retry_pushback()) {
    trailing_metadata().add("grpc-retry-pushback-ms", std::to_string(pushback->count()));
  }
  do_finish(status(status_code::unavailable, *std::move(refusal)), 200);
  return false;
}

/// False when an interceptor has refused the call.
bool server_call_core::let_in(std::string_view path) {
  server_call_start start{.method = path, .known = knows_method(), .context = context_};
  std::optional<status> refusal;
  hooks_ = intercept(connection_->interceptors(), start, refusal);
  if (refusal) do_finish(*std::move(refusal), 200);
  return !refusal;
}

void server_call_core::on_message(const codec::received_message& message) {
  connection_->counters().message_received(connection_->now());
  if (!state_) return;
  if (google::protobuf::MessageLite* request = state_->request()) {
    last_compressed_ = message.compressed;
    take_credit(message.wire_size());
    status parsed = codec::decode_message(*request, message.view(), coding_of(message.compressed),
                                          call_.max_message_size(), *shared_->codings);
    if (!parsed.ok()) return do_finish(std::move(parsed), 200);
    if (hooks_) note_received(*request);
    return;
  }
  if (!read_op_) return store(message);
  last_compressed_ = message.compressed;
  take_credit(message.wire_size());
  if (!parse(*read_op_, message.view(), message.compressed)) return;
  const operation_ptr op = std::move(read_op_);
  op->complete({.has_message = true}, how_);
}

/// Nobody waits for it yet.
void server_call_core::store(const codec::received_message& message) {
  if (call_.finished()) return take_credit(message.wire_size());
  if (shared_->budget.exhausted()) return out_of_budget();
  received_.push_back({message.view().copy(), message.compressed});
  connection_->protocol().add_buffered(message.wire_size());
  connection_->account();
}

void server_call_core::hold_partial(std::size_t size) {
  shared_->partial_messages += size - partial_;  // unsigned: may be less
  partial_ = size;
  connection_->account();
  if (size != 0 && shared_->budget.exhausted() && !call_.finished()) out_of_budget();
}

void server_call_core::out_of_budget() {
  do_finish(status(status_code::resource_exhausted,
                   "the server holds as many bytes of calls as it may "
                   "(server_options::max_buffered_bytes)"),
            200);
  if (running_) on_cancelled({});
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
  meter_.end(why.ok() ? status_code::cancelled : why.code());
  if (hooks_) {
    status told = why;
    end_hooks(told);
  }
  end_operations();
  cancel_children(why);
  if (running_) handler_cancellation_.emit(asio::cancellation_type::terminal);
}

void server_call_core::run_handler() {
  running_ = true;
  ++shared_->running_handlers;
  state_->run(ref(this));
}

void server_call_core::handler_ended() {
  if (!std::exchange(running_, false)) return;
  --shared_->running_handlers;
  ticket_.give_back();
}

void server_call_core::end_operations() {
  if (operation_ptr op = std::move(read_op_)) op->complete({.read = read_error::ended}, how_);
  if (operation_ptr op = std::move(write_op_)) op->complete({.write = write_error::ended}, how_);
}

void server_call_core::detach() {
  server_connection* connection = std::exchange(connection_, nullptr);
  connection->protocol().forget(stream_);
  if (!received_.empty()) connection->protocol().remove_buffered(received_.uncredited_bytes());
  if (partial_ != 0) shared_->partial_messages -= std::exchange(partial_, 0);
  connection->account();
  drop();  // the reference of the stream
}

void server_call_core::let_go() {
  const ref<server_call_core> self(this);
  const operation_ptr reading = std::move(read_op_);
  const operation_ptr writing = std::move(write_op_);
  const children gone = let_children_go();
  state_.reset();
  if (std::exchange(connection_, nullptr) != nullptr) drop();  // the reference of the stream
}

// ---- calls made for this one

bool server_call_core::adopt(const ref<client_call_base>& child) {
  const std::lock_guard lock(shared_->children_mutex);
  family before = family::none;
  if (!family_.compare_exchange_strong(before, family::some) && before == family::over)
    return false;
  if (!children_) children_ = std::make_unique<children>();
  children_->push_back(child);
  return true;
}

void server_call_core::release(client_call_base* child) {
  ref<client_call_base> gone;  // outlives the lock
  const std::lock_guard lock(shared_->children_mutex);
  if (!children_) return;
  const auto found = std::find_if(children_->begin(), children_->end(),
                                  [&](const auto& c) { return c.get() == child; });
  if (found == children_->end()) return;
  gone = std::move(*found);
  children_->erase(found);
}

/// Nothing is adopted any more.
server_call_core::children server_call_core::let_children_go() {
  if (family_.exchange(family::over) != family::some) return {};
  const std::lock_guard lock(shared_->children_mutex);
  return children_ ? std::exchange(*children_, {}) : children();
}

void server_call_core::cancel_children(const status& why) {
  const children left = let_children_go();
  if (left.empty()) return;
  status because(status_code::cancelled, "the call that this one was made for ended");
  if (!why.ok()) because = because.caused_by(why);
  for (const ref<client_call_base>& child : left) child->cancel_because(because);
}

}  // namespace grpcwire::detail
