#include "service.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include <asio/steady_timer.hpp>

namespace grpcwire::conformance {
namespace {

using std::chrono::milliseconds;
using request_info = suite::ConformancePayload::RequestInfo;

/// What a stream of requests may hold here, in bytes: all of it comes back in one message.
constexpr std::size_t requests_max = 64U << 20;

/// The requests that are to be told of.
class request_log {
 public:
  /// False: there are too many.
  bool add(const google::protobuf::Message& request) {
    size_ += request.ByteSizeLong();
    if (size_ <= requests_max) requests_.Add()->PackFrom(request);
    return size_ <= requests_max;
  }
  void move_to(request_info& info) {
    *info.mutable_requests() = std::exchange(requests_, {});
    size_ = 0;
  }

 private:
  google::protobuf::RepeatedPtrField<google::protobuf::Any> requests_;
  std::size_t size_ = 0;
};

status too_many_requests() {
  return {status_code::resource_exhausted, "the requests are too large to be sent back"};
}
status caller_gone() {
  return {status_code::cancelled, "the caller is gone"};
}

request_info what_came(const server_context& context, request_log& requests) {
  request_info info;
  add_headers(context.request_metadata(), *info.mutable_request_headers());
  if (const deadline end = context.deadline()) {
    const auto left = std::chrono::duration_cast<milliseconds>(*end.at() - deadline::clock::now());
    info.set_timeout_ms(std::max<std::int64_t>(left.count(), 0));
  }
  requests.move_to(info);
  return info;
}

/// Before anything is sent.
template <class Definition>
void prepare(server_context& context, const Definition& definition) {
  for (const auto& [name, value] : to_metadata(definition.response_headers())) {
    context.add_initial_metadata(name, value);
  }
  for (const auto& [name, value] : to_metadata(definition.response_trailers())) {
    context.add_trailing_metadata(name, value);
  }
  if (context.request_was_compressed()) context.set_compression(codec::encoding::gzip);
}

awaitable<void> wait(server_context& context, std::uint32_t time) {
  if (time == 0) co_return;
  asio::steady_timer timer(context.executor(), milliseconds(time));
  co_await timer.async_wait(asio::use_awaitable);
}

/// Behind the last request.
template <class Response>
awaitable<result<Response>> reply(server_context& context,
                                  const suite::UnaryResponseDefinition& definition,
                                  request_log& requests) {
  request_info info = what_came(context, requests);
  prepare(context, definition);
  co_await wait(context, definition.response_delay_ms());
  if (definition.has_error()) {
    // An error alone is its trailers and has no place for headers.
    if (definition.response_headers_size() != 0) context.send_initial_metadata();
    co_return to_status(definition.error(), &info);
  }
  Response response;
  suite::ConformancePayload& payload = *response.mutable_payload();
  payload.set_data(definition.response_data());
  *payload.mutable_request_info() = std::move(info);
  co_return response;
}

/// Sends the responses of a stream, one by one.
template <class Call, class Response>
class response_sender {
 public:
  response_sender(server_context& context, Call& call) : context_(context), call_(call) {}

  void begin(const suite::StreamResponseDefinition& definition) {
    definition_ = definition;
    prepare(context_, definition_);
  }
  bool done() const noexcept { return sent_ == definition_.response_data_size(); }

  /// The first one tells everything that came; those behind it tell which requests came since the
  /// one before, if `with_requests`. False: the caller is gone.
  awaitable<bool> send(request_log& requests, bool with_requests) {
    Response response;
    suite::ConformancePayload& payload = *response.mutable_payload();
    payload.set_data(definition_.response_data(sent_));
    if (sent_ == 0) {
      *payload.mutable_request_info() = what_came(context_, requests);
    } else if (with_requests) {
      requests.move_to(*payload.mutable_request_info());
    }
    ++sent_;
    co_await wait(context_, definition_.response_delay_ms());
    const write_result written = co_await call_.write(std::move(response));
    co_return static_cast<bool>(written);
  }

  awaitable<bool> send_rest(request_log& requests) {
    bool there = true;
    while (there && !done()) there = co_await send(requests, false);
    co_return there;
  }

  status end(request_log& requests) const {
    if (!definition_.has_error()) return {};
    if (sent_ != 0) return to_status(definition_.error(), nullptr);
    const request_info info = what_came(context_, requests);
    return to_status(definition_.error(), &info);
  }

 private:
  server_context& context_;
  Call& call_;
  suite::StreamResponseDefinition definition_;
  int sent_ = 0;
};

}  // namespace

awaitable<result<suite::UnaryResponse>> conformance_service::Unary(server_context& context,
                                                                   suite::UnaryRequest request) {
  request_log requests;
  if (!requests.add(request)) co_return too_many_requests();
  co_return co_await reply<suite::UnaryResponse>(context, request.response_definition(), requests);
}

awaitable<result<suite::IdempotentUnaryResponse>> conformance_service::IdempotentUnary(
    server_context& context, suite::IdempotentUnaryRequest request) {
  request_log requests;
  if (!requests.add(request)) co_return too_many_requests();
  co_return co_await reply<suite::IdempotentUnaryResponse>(context, request.response_definition(),
                                                           requests);
}

awaitable<status> conformance_service::ServerStream(server_context& context,
                                                    suite::ServerStreamRequest request,
                                                    server_stream& call) {
  request_log requests;
  if (!requests.add(request)) co_return too_many_requests();
  response_sender<server_stream, suite::ServerStreamResponse> responses(context, call);
  responses.begin(request.response_definition());
  context.send_initial_metadata();  // the caller may wait for it alone
  const bool there = co_await responses.send_rest(requests);
  co_return there ? responses.end(requests) : caller_gone();
}

awaitable<result<suite::ClientStreamResponse>> conformance_service::ClientStream(
    server_context& context, client_stream& call) {
  request_log requests;
  std::optional<suite::UnaryResponseDefinition> definition;
  for (;;) {
    const auto request = co_await call.read();
    if (!request) break;
    if (!requests.add(*request)) co_return too_many_requests();
    if (!definition) definition = request->response_definition();
  }
  if (!definition) definition.emplace();
  co_return co_await reply<suite::ClientStreamResponse>(context, *definition, requests);
}

awaitable<status> conformance_service::BidiStream(server_context& context, bidi_stream& call) {
  request_log requests;
  response_sender<bidi_stream, suite::BidiStreamResponse> responses(context, call);
  bool begun = false;
  bool full_duplex = false;
  for (;;) {
    const auto request = co_await call.read();
    if (!request) break;
    if (!requests.add(*request)) co_return too_many_requests();
    if (!std::exchange(begun, true)) {
      full_duplex = request->full_duplex();
      responses.begin(request->response_definition());
      if (full_duplex) context.send_initial_metadata();
    }
    if (!full_duplex) continue;
    if (responses.done()) co_return responses.end(requests);
    const bool there = co_await responses.send(requests, true);
    if (!there) co_return caller_gone();
  }
  if (!full_duplex) context.send_initial_metadata();
  const bool there = co_await responses.send_rest(requests);
  co_return there ? responses.end(requests) : caller_gone();
}

}  // namespace grpcwire::conformance
