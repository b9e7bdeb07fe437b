#include "invocation.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

namespace grpcwire::conformance {
namespace {

using std::chrono::milliseconds;
using stub_type = suite::ConformanceService::stub;
using wish_type = suite::ClientCompatRequest;
using result_type = suite::ClientResponseResult;

void check(const wish_type& wish) {
  if (wish.http_version() != suite::HTTP_VERSION_2 || wish.protocol() != suite::PROTOCOL_GRPC) {
    throw std::invalid_argument("this client speaks gRPC over HTTP/2 only");
  }
  if (wish.codec() != suite::CODEC_PROTO) {
    throw std::invalid_argument("this client sends protobuf only");
  }
  if (wish.compression() > suite::COMPRESSION_GZIP) {
    throw std::invalid_argument("this client compresses with gzip only");
  }
  if (wish.service() != suite::ConformanceService::full_name) {
    throw std::invalid_argument("this client does not know the service " + wish.service());
  }
}

call_options options_of(const wish_type& wish, call_info& info) {
  call_options options;
  options.metadata = to_metadata(wish.request_headers());
  if (wish.has_timeout_ms()) options.deadline = milliseconds(wish.timeout_ms());
  if (wish.message_receive_limit() != 0) {
    options.max_receive_message_size = wish.message_receive_limit();
  }
  if (wish.compression() == suite::COMPRESSION_GZIP) {
    options.compression = codec::encoding::gzip;
  }
  options.info = &info;
  return options;
}

/// When to give the call up.
struct cancel_timing {
  bool before_close_send = false;
  std::optional<milliseconds> after_close_send{};
  std::optional<int> after_responses{};
};

cancel_timing timing_of(const wish_type& wish) {
  using choice = wish_type::Cancel;
  cancel_timing timing;
  if (!wish.has_cancel()) return timing;
  switch (wish.cancel().cancel_timing_case()) {
    case choice::kBeforeCloseSend:
      timing.before_close_send = true;
      break;
    case choice::kAfterNumResponses:
      timing.after_responses = static_cast<int>(wish.cancel().after_num_responses());
      break;
    case choice::kAfterCloseSendMs:
    case choice::CANCEL_TIMING_NOT_SET:
      timing.after_close_send = milliseconds(wish.cancel().after_close_send_ms());
      break;
  }
  return timing;
}

awaitable<void> sleep(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

template <class Request>
Request request_message(const wish_type& wish, int index) {
  if (index >= wish.request_messages_size()) {
    throw std::invalid_argument("the call has a request, but none is given");
  }
  Request request;
  const google::protobuf::Any& any = wish.request_messages(index);
  if (!any.UnpackTo(&request)) {
    throw std::invalid_argument(any.type_url() + " is no " + request.GetTypeName());
  }
  return request;
}

void add_end(result_type& result, const call_info& info, const status& end) {
  add_headers(info.initial_metadata, *result.mutable_response_headers());
  add_headers(info.trailing_metadata, *result.mutable_response_trailers());
  if (!end.ok()) *result.mutable_error() = to_error(end);
}

/// `start` begins the call with a request, options and a completion token; `add` takes over what
/// the response brings.
template <class Request, class Start, class Add>
awaitable<result_type> unary(const wish_type& wish, Start start, Add add) {
  const auto request = request_message<Request>(wish, 0);
  // Shared, because the wait may be over, and not have run, when the call ends.
  const auto cancelling = std::make_shared<asio::cancellation_signal>();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  if (const auto after = timing_of(wish).after_close_send) {
    timer.expires_after(*after);
    timer.async_wait([cancelling](std::error_code stopped) {
      if (!stopped) cancelling->emit(asio::cancellation_type::terminal);
    });
  }
  call_info info;
  call_options options = options_of(wish, info);
  auto [end, response] =
      co_await start(request, std::move(options),
                     asio::bind_cancellation_slot(cancelling->slot(), asio::use_awaitable));
  result_type result;
  if (end.ok()) add(result, response);
  add_end(result, info, end);
  co_return result;
}

/// What a call of several messages has come to.
class exchange {
 public:
  explicit exchange(const wish_type& wish)
      : timing_(timing_of(wish)),
        single_response_(wish.stream_type() == suite::STREAM_TYPE_CLIENT_STREAM) {}

  const cancel_timing& timing() const noexcept { return timing_; }
  call_info& info() noexcept { return info_; }
  void set_unsent(int number) { result_.set_num_unsent_requests(number); }

  /// False when there is no further response.
  template <class Call>
  awaitable<bool> read(Call& call) {
    const auto response = co_await call.read();
    if (!response) co_return false;
    *result_.add_payloads() = response->payload();
    if (result_.payloads_size() == timing_.after_responses) call.cancel();
    co_return true;
  }

  /// Reads what is left.
  template <class Call>
  awaitable<result_type> finish(Call& call) {
    for (bool more = true; more;) more = co_await read(call);
    const status end = co_await call.finish();
    // It comes before the status, but counts only with OK.
    if (single_response_ && !end.ok()) result_.clear_payloads();
    add_end(result_, info_, end);
    co_return std::move(result_);
  }

 private:
  cancel_timing timing_;
  bool single_response_;
  call_info info_;
  result_type result_;
};

awaitable<result_type> server_stream(stub_type stub, const wish_type& wish) {
  exchange said(wish);
  const auto request = request_message<suite::ServerStreamRequest>(wish, 0);
  auto call = stub.ServerStream(request, options_of(wish, said.info()));
  if (said.timing().after_close_send) {
    co_await sleep(*said.timing().after_close_send);
    call.cancel();
  }
  co_return co_await said.finish(call);
}

/// Requests first; with `answered`, a response behind each.
template <class Request, class Open>
awaitable<result_type> send_all(const wish_type& wish, bool answered, Open open) {
  exchange said(wish);
  std::vector<Request> requests;
  for (int i = 0; i < wish.request_messages_size(); ++i) {
    requests.push_back(request_message<Request>(wish, i));
  }
  auto call = open(options_of(wish, said.info()));
  bool going_on = true;
  for (std::size_t i = 0; going_on && i < requests.size(); ++i) {
    co_await sleep(milliseconds(wish.request_delay_ms()));
    const write_result written = co_await call.write(std::move(requests[i]));
    if (!written) said.set_unsent(static_cast<int>(requests.size() - i));
    going_on = static_cast<bool>(written);
    if (going_on && answered) going_on = co_await said.read(call);
  }
  if (said.timing().before_close_send) {
    call.cancel();
  } else {
    call.writes_done();
  }
  if (said.timing().after_close_send) {
    co_await sleep(*said.timing().after_close_send);
    call.cancel();
  }
  co_return co_await said.finish(call);
}

}  // namespace

awaitable<result_type> invoke(stub_type stub, const wish_type& wish) {
  check(wish);
  const auto add_payload = [](result_type& result, const auto& response) {
    *result.add_payloads() = response.payload();
  };
  const std::string& method = wish.method();
  if (method == "Unary") {
    co_return co_await unary<suite::UnaryRequest>(
        wish,
        [&](const auto& request, call_options options, auto token) {
          return stub.Unary(request, std::move(options), std::move(token));
        },
        add_payload);
  }
  if (method == "IdempotentUnary") {
    co_return co_await unary<suite::IdempotentUnaryRequest>(
        wish,
        [&](const auto& request, call_options options, auto token) {
          return stub.IdempotentUnary(request, std::move(options), std::move(token));
        },
        add_payload);
  }
  if (method == "Unimplemented") {
    co_return co_await unary<suite::UnimplementedRequest>(
        wish,
        [&](const auto& request, call_options options, auto token) {
          return stub.Unimplemented(request, std::move(options), std::move(token));
        },
        [](result_type&, const auto&) {});
  }
  if (method == "ServerStream") co_return co_await server_stream(stub, wish);
  if (method == "ClientStream") {
    co_return co_await send_all<suite::ClientStreamRequest>(
        wish, false, [&](call_options options) { return stub.ClientStream(std::move(options)); });
  }
  if (method == "BidiStream") {
    const bool answered = wish.stream_type() == suite::STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM;
    co_return co_await send_all<suite::BidiStreamRequest>(
        wish, answered, [&](call_options options) { return stub.BidiStream(std::move(options)); });
  }
  throw std::invalid_argument("this client does not know the method " + method);
}

}  // namespace grpcwire::conformance
