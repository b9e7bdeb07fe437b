#include "client_call.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/codec/utf8_internal.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::uint32_t no_error = 0;
constexpr std::uint32_t protocol_error = 1;
constexpr std::uint32_t internal_error = 2;
constexpr std::uint32_t refused_stream = 7;
constexpr std::uint32_t cancel_code = 8;
constexpr std::size_t foreign_body_max = 512;  // of an HTML page or the like, for the message

constexpr std::string_view proxy_without_trailers =
    "look for a proxy between client and server: it drops trailers, or it lost the server";
// nginx says INTERNAL_ERROR when it lost the server, and PROTOCOL_ERROR when it waits no longer.
constexpr std::string_view proxy_resets =
    "look into the logs of the server, and of a proxy before it: that may have lost the server, or "
    "may have waited too long";

/// What nearly all trailers are: grpc-status 0 and nothing else.
bool says_ok_only(header_list_view fields) noexcept {
  return fields.size() == 1 && classify(fields.front()) == known_header::grpc_status &&
         fields.front().value == "0";
}

}  // namespace

void client_call::half_closed() noexcept {
  half_closed_ = true;
  if (phase_ == call_phase::sending) phase_ = call_phase::waiting;
}

void client_call::finish(status outcome, std::optional<std::uint32_t> reset_code) {
  if (end_ || ended_) return;
  if (!outcome.ok()) {
    outcome = outcome.with([&](status_details& d) { d.phase = phase_; });
  }
  end_ = end{std::move(outcome), reset_code};
}

void client_call::fail(status_code code, std::string message, std::uint32_t reset_code) {
  status_details details;
  details.message = std::move(message);
  details.origin = status_origin::local;
  finish(status(code, std::move(details)), reset_code);
}

void client_call::headers_received(header_list_view fields, bool end_stream, bool too_large) {
  if (end_ || ended_) return;
  if (too_large) {
    fail(status_code::resource_exhausted, "the response headers are larger than this side accepts",
         cancel_code);
    return;
  }
  if (headers_seen_ && end_stream && !foreign_ && says_ok_only(fields)) {
    phase_ = call_phase::finished;
    return finish(checked({}), reset_at_end());
  }
  received_response block;
  read_response(fields, block,
                settings_.own_codings != nullptr ? *settings_.own_codings : built_in_codings());
  if (!headers_seen_) {
    if (block.http_status >= 100 && block.http_status < 200) {
      if (end_stream) {
        fail(status_code::internal, "an informational response ended the stream", no_error);
      }
      return;  // 1xx: the response is still to come
    }
    headers_seen_ = true;
    phase_ = call_phase::receiving;
    first_headers(std::move(block), end_stream);
    return;
  }
  if (!end_stream) {
    fail(status_code::internal, "a second header block does not end the stream", protocol_error);
    return;
  }
  trailers(std::move(block));
}

void client_call::first_headers(received_response&& head, bool end_stream) {
  if (!head.grpc) {
    foreign_ = std::make_unique<foreign_response>();
    foreign_->content_type = head.content_type;
    foreign_->grpc_status = head.grpc_status.value_or("");
    foreign_->head = std::move(head);
    foreign_->head.content_type = foreign_->content_type;
    if (foreign_->head.grpc_status) foreign_->head.grpc_status = foreign_->grpc_status;
    if (end_stream) trailers({});
    return;
  }
  if (end_stream) {  // Trailers-Only: there is no initial metadata
    trailers(std::move(head));
    return;
  }
  if (head.bad_metadata) {
    fail(status_code::internal, "a binary metadata value of the response is not Base64",
         cancel_code);
    return;
  }
  http_status_ = head.http_status;
  message_encoding_ = head.message_encoding;
  initial_ = std::move(head.custom);
  headers_pending_ = true;
}

/// A server may end a call before the request is complete (PROTOCOL-HTTP2.md, "Errors").
std::optional<std::uint32_t> client_call::reset_at_end() const noexcept {
  if (half_closed_) return std::nullopt;
  return no_error;
}

void client_call::trailers(received_response&& block) {
  const std::optional<std::uint32_t> reset = reset_at_end();
  // An OK behind it is none: its body was not read as messages.
  if (foreign_ && (!block.grpc_status || status_of(block).ok())) {
    finish(foreign_outcome(), reset);
    return;
  }
  if (block.bad_metadata) {
    fail(status_code::internal, "a binary metadata value of the trailers is not Base64",
         reset.value_or(no_error));
    return;
  }
  trailing_ = std::move(block.custom);
  if (!block.grpc_status) {
    // An HTTP status of its own says more than a missing grpc-status.
    const int http_status = block.http_status != 0 ? block.http_status : http_status_;
    status outcome =
        http_status != 200
            ? status_from_http(http_status, "application/grpc")
            : status(status_code::unknown, {.message = "the response ended without grpc-status",
                                            .origin = status_origin::peer,
                                            .advice = std::string(proxy_without_trailers)});
    finish(std::move(outcome), reset);
    return;
  }
  phase_ = call_phase::finished;
  finish(checked(status_of(block)), reset);
}

/// What a response says that is not gRPC: mostly the page of a proxy, about an error.
status client_call::foreign_outcome() const {
  const received_response& head = foreign_->head;
  status outcome = status_from_http(head.http_status, head.content_type);
  // Its grpc-status may say what is wrong, but no such response is an OK.
  if (head.grpc_status) {
    if (status said = status_of(head); !said.ok()) outcome = std::move(said);
  }
  const std::string body = one_line(foreign_->body);
  if (body.empty()) return outcome;
  return outcome.with(
      [&](status_details& d) { d.causes.push_back("the body begins with: " + body); });
}

/// OK promises that all messages were whole and as many as the method has.
status client_call::checked(status outcome) const {
  if (!outcome.ok()) return outcome;
  if (framer_.mid_message()) {
    return status(status_code::internal, {.message = "the response ended inside a message",
                                          .origin = status_origin::peer});
  }
  if (settings_.single_response && messages_ == 0) {
    return status(status_code::unimplemented,
                  {.message = "status OK without a response message",
                   .origin = status_origin::peer,
                   .advice = "compare the method's .proto on both sides"});
  }
  return outcome;
}

void client_call::data_received(const_bytes data, bool end_stream, input_block* block) {
  if (end_ || ended_) return;
  if (foreign_) {
    const std::size_t room = foreign_body_max - foreign_->body.size();
    foreign_->body.append(as_text(data.first(std::min(room, data.size()))));
    if (end_stream) trailers({});
    return;
  }
  if (!headers_seen_) {
    fail(status_code::internal, "DATA came before the response headers", protocol_error);
    return;
  }
  framer_.feed(data, block);
  if (!end_stream) return;
  // The messages in this DATA are still delivered; the end comes behind them.
  status_details details{.message = "the server closed the stream without sending trailers",
                         .origin = status_origin::peer,
                         .advice = std::string(proxy_without_trailers)};
  finish(status(status_code::internal, std::move(details)), reset_at_end());
}

void client_call::stream_closed(stream_end how, std::uint32_t error_code, std::string_view text,
                                bool deadline_passed) {
  if (end_ || ended_) return;
  const std::string code_name{http2_error_name(error_code)};
  status_details details;
  details.origin = status_origin::peer;
  status_code code = status_code_from_http2_error(error_code);
  if (how == stream_end::refused && headers_seen_) how = stream_end::reset;  // it did begin
  if (how == stream_end::reset && foreign_) return finish(foreign_outcome(), std::nullopt);
  switch (how) {
    case stream_end::reset:
      details.message = "the peer reset the stream with " + code_name;
      if (error_code == internal_error || error_code == protocol_error) {
        details.advice = proxy_resets;
      }
      if (error_code == cancel_code && deadline_passed) {
        code = status_code::deadline_exceeded;
        details.message = "the deadline passed; the peer cancelled the stream";
      }
      break;
    case stream_end::refused:
      code = status_code::unavailable;
      details.message = "the peer did not process the call (" +
                        std::string(http2_error_name(refused_stream)) + ")";
      details.advice = "try again: it is safe";
      break;
    case stream_end::fault:
      code = status_code::internal;
      details.origin = status_origin::local;
      details.message = "the peer broke a rule of HTTP/2; the stream was reset with " + code_name;
      break;
    case stream_end::lost:
      code = status_code::unavailable;
      details.origin = status_origin::transport;
      details.message = "the connection was lost";
      details.advice = "try again if the call may run twice; is the server up?";
      break;
    case stream_end::local:
      code = status_code::internal;
      details.origin = status_origin::local;
      details.message = "this side could not go on and reset the stream with " + code_name;
      break;
  }
  if (!text.empty()) details.message.append(": ").append(text);
  finish(status(code, std::move(details)), std::nullopt);
}

void client_call::deadline_expired() {
  status_details details{.message = "the deadline passed",
                         .origin = status_origin::local,
                         .advice = "allow more time, or look why the server is slow"};
  if (phase_ == call_phase::connecting || phase_ == call_phase::queued) {
    details.advice = phase_ == call_phase::connecting
                         ? "look why no connection could be made"
                         : "allow more concurrent streams on the server";
  }
  finish(status(status_code::deadline_exceeded, std::move(details)), cancel_code);
}

void client_call::cancel(status why) {
  finish(std::move(why), cancel_code);
}

client_event* client_call::poll() {
  if (ended_) return nullptr;
  if (headers_pending_) {
    headers_pending_ = false;
    event_.kind = client_event_kind::headers_received;
    return &event_;
  }
  // A local decision to end the call does not wait for what is left of the data.
  const bool urgent = end_ && end_->reset_code.value_or(no_error) != no_error;
  if (!urgent && headers_seen_ && !foreign_ && poll_message()) return &event_;
  if (!end_) return nullptr;
  ended_ = true;
  event_ = {.kind = client_event_kind::ended,
            .outcome = std::move(end_->outcome),
            .reset_code = end_->reset_code};
  return &event_;
}

bool client_call::poll_message() {
  switch (framer_.next()) {
    case framer_result::need_more:
      return false;
    case framer_result::bad_flag:
      end_.reset();
      fail(status_code::internal,
           "a message has flag byte " + std::to_string(framer_.flag()) + ", neither 0 nor 1",
           cancel_code);
      return false;
    case framer_result::too_large:
      end_.reset();
      fail(status_code::resource_exhausted,
           "a message of " + std::to_string(framer_.declared_length()) +
               " bytes is above the limit of " + std::to_string(settings_.max_message_size),
           cancel_code);
      return false;
    case framer_result::message:
      break;
  }
  if (framer_.compressed() &&
      message_encoding_.value_or(encoding::identity) == encoding::identity) {
    end_.reset();
    fail(status_code::internal,
         message_encoding_
             ? "a message is compressed, but there is no grpc-encoding"
             : "a message is compressed with a grpc-encoding this side does not accept",
         cancel_code);
    return false;
  }
  if (settings_.single_response && messages_ != 0) {
    end_.reset();
    fail(status_code::unimplemented, "more than one response message", cancel_code);
    return false;
  }
  ++messages_;
  event_.kind = client_event_kind::message_received;
  event_.message = {framer_.payload(), framer_.compressed(), framer_.pieces()};
  return true;
}

}  // namespace grpcwire::codec
