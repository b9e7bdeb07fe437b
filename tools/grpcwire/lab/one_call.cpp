#include "one_call.hpp"

#include <algorithm>

#include <grpcwire/rpc/stream_end.hpp>

namespace grpcwire::tools {
namespace {

using detail::stream_end_of;
using std::chrono::steady_clock;
using transport::event_kind;

codec::status cannot_connect(std::string why, std::string advice) {
  return codec::status(codec::status_code::unavailable,
                       codec::status_details{.message = "cannot connect: " + std::move(why),
                                             .origin = codec::status_origin::transport,
                                             .phase = codec::call_phase::connecting,
                                             .advice = std::move(advice)});
}

}  // namespace

one_call::one_call(asio::io_context& io, wire_request request, transport::trace_sink* trace,
                   message_handler on_message)
    : io_(io),
      request_(std::move(request)),
      trace_(trace),
      on_message_(std::move(on_message)),
      call_({.single_response = request_.single_response}) {}

one_call::~one_call() {
  if (connector_) connector_->cancel();
  if (connection_) connection_->abandon();
}

void one_call::start() {
  transport::io::connect_settings settings;
  if (request_.deadline) {
    deadline_ = steady_clock::now() + *request_.deadline;
    // The call has nothing to wait for when its time is over.
    settings.timeout = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*request_.deadline),
                                  std::chrono::milliseconds(1), settings.timeout);
  }
  call_.connecting();
  connector_ = transport::io::connector::start(
      io_.get_executor(), {request_.peer.to}, settings,
      [this](auto stream, const auto& failure) { connected(std::move(stream), failure); });
}

void one_call::connected(std::unique_ptr<transport::io::byte_stream> stream,
                         const transport::io::connect_failure& failure) {
  if (!stream) return end(cannot_connect(failure.text, "check that the server listens there"));
  const wire_peer& peer = request_.peer;
  if (peer.credentials) {
    stream = peer.credentials->secure(std::move(stream), peer.server_name);
  }
  transport::io::connection_owner& owner = *this;
  connection_ = std::make_shared<transport::io::connection>(
      std::move(stream), transport::role::client, transport::session_settings{}, owner, trace_);
  transport::session& session = connection_->protocol();
  transport::open_error error{};
  stream_ = session.open_stream(this, error).value_or(transport::stream_handle{});
  if (deadline_ != steady_clock::time_point::max()) session.set_deadline(stream_, deadline_);
  connection_->start();
  if (session.granted(stream_)) send();
}

void one_call::send() {
  transport::session& session = connection_->protocol();
  session.send_headers(stream_, request_.fields.view(), request_.messages.empty());
  call_.request_sent();
  for (codec::buffer& message : request_.messages) {
    session.send_data(stream_, std::move(message), &message == &request_.messages.back());
  }
  call_.half_closed();
  connection_->wake();
}

void one_call::on_event(const transport::event& e) {
  switch (e.kind) {
    case event_kind::stream_granted:
      return send();
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received:
      call_.data_received(e.data, e.end_stream);
      break;
    case event_kind::deadline_expired:
      call_.deadline_expired();
      break;
    case event_kind::stream_closed:
      stream_ = {};
      if (!call_.ended()) {
        call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text,
                            steady_clock::now() >= deadline_);
      }
      break;
    default:
      return;
  }
  advance();
}

void one_call::advance() {
  transport::session& session = connection_->protocol();
  while (const auto event = call_.poll()) {
    if (event->kind == codec::client_event_kind::message_received) {
      session.consume(stream_, event->message.wire_size());
      const codec::encoding coding =
          event->message.compressed ? call_.message_encoding().value_or(codec::encoding::identity)
                                    : codec::encoding::identity;
      codec::status read = on_message_(event->message.payload, coding);
      if (!read.ok()) call_.cancel(std::move(read));
    } else if (event->kind == codec::client_event_kind::ended) {
      if (event->reset_code) session.reset(stream_, *event->reset_code);
      return end(event->outcome);
    }
  }
  if (const std::size_t more = call_.expected_bytes(); more != 0) {
    session.expect(stream_, more + codec::message_prefix_size);
  }
}

void one_call::end(codec::status outcome) {
  if (ended_) return;
  ended_ = true;
  outcome_ = std::move(outcome);
  if (!connection_) return;
  connection_->protocol().shutdown();
  connection_->wake();
}

// Behind stream_closed, so the call knows already; unless the connection was lost before it began.
void one_call::on_closed(std::error_code, std::string_view why) {
  if (!ended_) outcome_ = cannot_connect(std::string(why), connection_->advice());
  ended_ = true;
}

}  // namespace grpcwire::tools
