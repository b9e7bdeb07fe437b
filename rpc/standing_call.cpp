#include "standing_call.hpp"

#include <random>
#include <string>
#include <utility>

#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/rpc/call_credentials.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/outgoing_metadata.hpp>
#include <grpcwire/rpc/stream_end.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;
using transport::event;
using transport::event_kind;

namespace {

constexpr std::uint32_t cancel = static_cast<std::uint32_t>(transport::http2_errc::cancel);

codec::buffer framed(codec::const_bytes payload) {
  codec::buffer message(codec::message_prefix_size);
  codec::write_prefix(message.data(), false, static_cast<std::uint32_t>(payload.size()));
  message.append(payload);
  return message;
}

}  // namespace

standing_call::standing_call(const serial_executor& executor, const channel_options& options,
                             client_connection& over, std::string_view path,
                             codec::const_bytes request, standing_call_user& user)
    : executor_(executor),
      options_(options),
      over_(over.weak_from_this()),
      path_(path),
      request_(framed(request)),
      user_(&user),
      call_(codec::client_call::settings{}),
      backoff_(options.backoff, std::random_device{}()),
      timer_(std::in_place, executor.get()) {}

standing_call::~standing_call() = default;

void standing_call::begin() {
  again_at_ = std::chrono::steady_clock::now() + backoff_.next();
  answered_ = false;
  sent_ = false;
  call_ = codec::client_call({.max_message_size = message_size_max, .single_response = false});
  if (options_.call_credentials) {
    ask_credentials();
  } else {
    open();
  }
}

void standing_call::end() {
  user_ = nullptr;
  timer_.reset();
  const auto connection = over_.lock();
  if (connection && stream_) connection->leave(std::exchange(stream_, {}), cancel);
}

void standing_call::let_go() {
  user_ = nullptr;
  timer_.reset();
  over_.reset();
}

void standing_call::ask_credentials() {
  // Otherwise every call ends and says why; there is nothing to add.
  if (!options_.credentials && !options_.allow_plaintext_call_credentials) return;
  // An executor of its own: the credentials may answer when the channel is gone, on any thread.
  auto executor = std::make_shared<serial_executor>(executor_.get(), threading::one);
  options_.call_credentials->get(
      request_for(path_, options_.authority),
      [weak = weak_from_this(), executor = std::move(executor)](result<metadata> answer) {
        executor->post([weak, answer = std::move(answer)]() mutable {
          if (const auto self = weak.lock()) self->answered(std::move(answer));
        });
      });
}

void standing_call::answered(result<codec::metadata>&& answer) {
  if (user_ == nullptr) return;
  if (!answer) return broken(answer.error());
  if (const auto wrong = illegal_metadata(*answer, transport::role::client)) return broken(*wrong);
  metadata_ = *std::move(answer);
  open();
}

void standing_call::open() {
  const auto connection = over_.lock();
  if (!connection) return;
  const auto stream = connection->open_stream(*this);
  if (!stream) return begin_later();
  stream_ = *stream;
  if (connection->protocol().granted(stream_)) send();
}

void standing_call::send() {
  const auto connection = over_.lock();
  const codec::request_head head{.path = path_,
                                 .authority = options_.authority,
                                 .user_agent = options_.user_agent,
                                 .message_encoding = {},
                                 .accept_encoding = "identity",
                                 .custom = &metadata_};
  codec::header_fields& fields = connection->scratch();
  fields.clear();
  codec::write_request(fields, head);
  sent_ = true;
  call_.request_sent();
  connection->protocol().send_headers(stream_, fields.view(), false);
  connection->protocol().send_data(stream_, codec::buffer(request_.view()), true);
  call_.half_closed();
  connection->wake();
}

void standing_call::on_event(const event& e) {
  const auto self = shared_from_this();  // its user may let go of it
  switch (e.kind) {
    case event_kind::stream_granted:
      return send();
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received:
      call_.data_received(e.data, e.end_stream);
      break;
    case event_kind::stream_closed:
      stream_ = {};
      if (e.reason == transport::close_reason::connection_lost) return;
      if (e.reason == transport::close_reason::refused && !sent_) return open();
      call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text, false);
      break;
    default:
      return;
  }
  advance();
}

void standing_call::advance() {
  const auto connection = over_.lock();
  while (user_ != nullptr) {
    codec::client_event* const event = call_.poll();
    if (event == nullptr) break;
    if (event->kind == codec::client_event_kind::ended) return ended(std::move(*event));
    if (event->kind != codec::client_event_kind::message_received) continue;
    answered_ = true;
    backoff_.reset();
    connection->protocol().consume(stream_, event->message.wire_size());
    user_->on_message(event->message.payload);
  }
  if (const std::size_t more = call_.expected_bytes(); more != 0 && user_ != nullptr) {
    connection->protocol().expect(stream_, more + codec::message_prefix_size);
  }
}

void standing_call::ended(codec::client_event end) {
  const auto connection = over_.lock();
  if (stream_) connection->leave(std::exchange(stream_, {}), end.reset_code);
  if (end.outcome.code() == status_code::unimplemented) return user_->on_unimplemented();
  broken(end.outcome);
}

void standing_call::broken(const status& why) {
  const bool at_once = answered_;
  user_->on_broken(why, at_once);
  if (user_ == nullptr) return;
  if (at_once) return begin();
  begin_later();
}

void standing_call::begin_later() {
  timer_->expires_at(again_at_);
  timer_->async_wait([weak = weak_from_this()](std::error_code error) {
    const auto self = weak.lock();
    if (!error && self && self->user_ != nullptr) self->begin();
  });
}

standing_question::standing_question(const serial_executor& executor,
                                     const channel_options& options, std::string_view path,
                                     std::string request, standing_call_user& user)
    : executor_(executor),
      options_(options),
      path_(path),
      request_(std::move(request)),
      user_(user) {}

standing_question::~standing_question() {
  if (call_) call_->end();
}

void standing_question::ask(client_connection& over) {
  if (call_ && over_.lock().get() == &over) return;
  if (call_) call_->end();
  over_ = over.weak_from_this();
  call_ = std::make_shared<standing_call>(executor_, options_, over, path_,
                                          codec::as_bytes(request_), user_);
  call_->begin();
}

void standing_question::let_go() {
  if (const auto call = std::exchange(call_, nullptr)) call->let_go();
}

void standing_question::note(std::string_view action, std::string_view detail) const {
  if (const auto over = over_.lock()) over->note(action, detail);
}

std::string standing_question::address() const {
  const auto over = over_.lock();
  return over ? over->peer_address() : std::string();
}

}  // namespace grpcwire::detail
