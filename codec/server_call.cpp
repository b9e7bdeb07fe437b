#include "server_call.hpp"

#include <chrono>
#include <utility>

namespace grpcwire::codec {
namespace {
constexpr std::size_t foreign_request_max = 16384;  // bytes that are waited for
}

void server_call::reject(int http_status, status why) {
  if (ending_) return;
  ending_ = true;
  event_ = {.kind = server_event_kind::rejected, .http_status = http_status, .why = std::move(why)};
}

void server_call::cancel(status why) {
  if (ended_) return;
  cancelled_ = true;
  held_back_ = false;
  ending_ = true;
  event_ = {.kind = server_event_kind::cancelled, .why = std::move(why)};
}

void server_call::headers_received(header_list_view fields, bool end_stream, bool too_large) {
  if (held_back_) {
    held_back_ = !end_stream;
    return;
  }
  if (ending_) return;
  if (headers_seen_) {
    // Request trailers do not exist in gRPC; those that end the stream are taken as a half-close.
    if (end_stream) half_close();
    return;
  }
  headers_seen_ = true;
  if (too_large) {
    // Only this call: the table of the connection's header compression is intact.
    reject(200, status(status_code::resource_exhausted,
                       "the request headers are larger than this server accepts"));
    return;
  }
  if (auto no_call = read_request(fields, head_, own_codings())) {
    reject(no_call->http_status, std::move(no_call->why));
    // An answer before the end would reset the rest of the request (RFC 9113 §8.1): HTTP clients
    // report that as an error of its own, and nobody would learn what else is wrong with it.
    held_back_ = no_call->http_status == 415 && !end_stream;
    return;
  }
  if (head_.timeout && *head_.timeout <= std::chrono::nanoseconds::zero()) {
    reject(200, status(status_code::deadline_exceeded, "the call had expired when it arrived"));
    return;
  }
  if (!head_.message_encoding) {
    // Also when no message turns out to be compressed: what is in them is not known for sure.
    reject(200, status(status_code::unimplemented, "grpc-encoding \"" +
                                                       std::string(head_.encoding_name) +
                                                       "\" is not supported here"));
    return;
  }
  request_pending_ = true;
  if (end_stream) half_close();
}

void server_call::half_close() {
  remote_end_ = true;
  half_closed_pending_ = true;
}

void server_call::data_received(const_bytes data, bool end_stream, input_block* block) {
  if (held_back_) {
    foreign_bytes_ += data.size();
    held_back_ = !end_stream && foreign_bytes_ <= foreign_request_max;
    return;
  }
  if (ending_) return;
  framer_.feed(data, block);
  if (end_stream) half_close();
}

void server_call::stream_closed(stream_end how, std::uint32_t error_code, std::string_view text) {
  peer_gone_ = true;
  if (ended_ || finished_) return;
  status_details details;
  details.origin = status_origin::peer;
  switch (how) {
    case stream_end::reset:
    case stream_end::refused:
      details.message =
          "the client reset the stream with " + std::string(http2_error_name(error_code));
      break;
    case stream_end::fault:
      details.origin = status_origin::local;
      details.message = "the client broke a rule of HTTP/2";
      break;
    case stream_end::lost:
      details.origin = status_origin::transport;
      details.message = "the connection was lost";
      break;
    case stream_end::local:
      details.origin = status_origin::local;
      details.message = "this side could not go on and reset the stream";
      break;
  }
  if (!text.empty()) details.message.append(": ").append(text);
  cancel(status(status_code::cancelled, std::move(details)));
}

void server_call::deadline_expired() {
  if (finished_) return;
  cancel(status(status_code::deadline_exceeded,
                {.message = "the deadline of the call passed", .origin = status_origin::local}));
}

server_event* server_call::poll() {
  if (ended_ || held_back_) return nullptr;
  if (!ending_) {
    if (request_pending_) {
      request_pending_ = false;
      event_.kind = server_event_kind::request_received;
      return &event_;
    }
    if (poll_message()) return &event_;
  }
  if (!ending_ && half_closed_pending_) {
    half_closed_pending_ = false;
    if (framer_.mid_message()) {
      reject(200, status(status_code::internal, "the request ended inside a message"));
    } else if (settings_.single_request && messages_ == 0) {
      reject(200, status(status_code::unimplemented,
                         "the request has no message, but the method takes exactly one"));
    } else {
      event_.kind = server_event_kind::half_closed;
      return &event_;
    }
  }
  if (!ending_) return nullptr;
  ended_ = true;
  return &event_;
}

bool server_call::poll_message() {
  switch (framer_.next()) {
    case framer_result::need_more:
      return false;
    case framer_result::bad_flag:
      reject(200, status(status_code::internal, "a message has flag byte " +
                                                    std::to_string(framer_.flag()) +
                                                    ", neither 0 nor 1"));
      return false;
    case framer_result::too_large:
      reject(200, status(status_code::resource_exhausted,
                         "a message of " + std::to_string(framer_.declared_length()) +
                             " bytes is above the limit of " +
                             std::to_string(settings_.max_message_size)));
      return false;
    case framer_result::message:
      break;
  }
  if (framer_.compressed() && head_.message_encoding == encoding::identity) {
    reject(200,
           status(status_code::internal, "a message is compressed, but there is no grpc-encoding"));
    return false;
  }
  if (settings_.single_request && messages_ != 0) {
    reject(200, status(status_code::unimplemented,
                       "the request has more than one message, but the method takes exactly one"));
    return false;
  }
  ++messages_;
  event_.kind = server_event_kind::message_received;
  event_.message = {framer_.payload(), framer_.compressed(), framer_.pieces()};
  return true;
}

void server_call::respond(header_fields& to, const metadata* initial, encoding message_encoding) {
  to.clear();
  if (responded_ || finished_ || cancelled_) return;
  responded_ = true;
  write_response(to, 200, head_.proto_subtype);
  if (message_encoding != encoding::identity) {
    to.add("grpc-encoding", own_codings().name(message_encoding));
  }
  // For those who compress: they may ask what else is welcome. All others do without.
  if (head_.message_encoding != encoding::identity || !own_codings().untouched()) {
    to.add("grpc-accept-encoding", own_codings().accept_text());
  }
  if (initial != nullptr) to.add(*initial);
}

server_call::finish_kind server_call::finish(header_fields& to, const status& outcome,
                                             const metadata* trailing, int http_status) {
  to.clear();
  if (finished_) return finish_kind::nothing;
  finished_ = true;
  if (peer_gone_) return finish_kind::nothing;
  if (responded_) {
    write_status(to, outcome, trailing);
    return finish_kind::trailers;
  }
  if (http_status == 415) {
    // Whoever sent this does not read grpc-status: a text says it, as any HTTP server would.
    to.add(":status", "415");
    to.add("content-type", "text/plain");
    return finish_kind::plain_text;
  }
  write_response(to, http_status, head_.proto_subtype);
  if (outcome.code() == status_code::unimplemented && !head_.message_encoding) {
    to.add("grpc-accept-encoding", own_codings().accept_text());
  }
  write_status(to, outcome, trailing);
  return finish_kind::trailers_only;
}

std::string server_call::plain_body(const status& outcome) {
  return "this is a gRPC server: " + outcome.message() + "\n";
}

}  // namespace grpcwire::codec
