#include "test_service.hpp"

#include <chrono>
#include <vector>

#include <asio/steady_timer.hpp>

namespace grpcwire::interop {
namespace {

using ::grpc::testing::BoolValue;
using ::grpc::testing::EchoStatus;
using ::grpc::testing::Payload;
using ::grpc::testing::PayloadType;
using ::grpc::testing::ResponseParameters;

/// Beyond what any test asks for; a size from the wire is not a reason to run out of memory.
constexpr int response_size_max = 64 << 20;

status invalid(std::string message) {
  return {status_code::invalid_argument, std::move(message)};
}

result<Payload> make_payload(PayloadType type, int size) {
  if (type != PayloadType::COMPRESSABLE) {
    return invalid("payload type " + std::to_string(type) + " is not supported");
  }
  if (size < 0 || size > response_size_max) {
    return invalid("a response of " + std::to_string(size) + " bytes is not supported");
  }
  Payload payload;
  payload.set_body(std::string(static_cast<std::size_t>(size), '\0'));
  return payload;
}

/// The values of some request metadata come back, first and last thing in the response.
void echo_metadata(server_context& context) {
  const metadata& request = context.request_metadata();
  for (const auto& value : request.get_all("x-grpc-test-echo-initial")) {
    context.add_initial_metadata("x-grpc-test-echo-initial", value);
  }
  for (const auto& value : request.get_all("x-grpc-test-echo-trailing-bin")) {
    context.add_trailing_metadata("x-grpc-test-echo-trailing-bin", value);
  }
  if (request.contains("x-grpc-test-echo-useragent")) {
    const auto user_agent = request.get("user-agent");
    if (user_agent) context.add_initial_metadata("x-grpc-test-echo-useragent", *user_agent);
  }
}

/// Who the caller proved to be with its certificate; empty without one.
std::string username(const server_context& context) {
  const auto& security = context.security();
  return security && security->peer && security->peer_verified ? security->peer->common_name : "";
}

/// Any number may come; only those of the specification can go.
status asked_for(const EchoStatus& wish) {
  const auto code = codec::parse_status_code(std::to_string(wish.code()));
  return {code.value_or(status_code::unknown), wish.message()};
}

status check_compression(const server_context& context, bool has_expectation,
                         const BoolValue& expectation) {
  if (!has_expectation || expectation.value() == context.request_was_compressed()) return {};
  return invalid(expectation.value() ? "the message should be compressed and is not"
                                     : "the message is compressed and should not be");
}

/// `server_call` and its messages as they are; the call goes on while this sleeps.
awaitable<status> send_one(server_context& context, const ResponseParameters& wish,
                           PayloadType type, test_service::output_call& call) {
  if (wish.interval_us() > 0) {
    asio::steady_timer timer(context.executor(), std::chrono::microseconds(wish.interval_us()));
    co_await timer.async_wait(asio::use_awaitable);
  }
  result<Payload> payload = make_payload(type, wish.size());
  if (!payload) co_return std::move(payload).error();
  test_service::OutputResponse response;
  *response.mutable_payload() = *std::move(payload);
  if (wish.fill_peer_socket_address().value()) response.set_peer_socket_address(context.peer());
  context.compress_messages(wish.compressed().value());
  if (!co_await call.write(std::move(response))) {
    co_return status(status_code::cancelled, "the caller is gone");
  }
  co_return status();
}

awaitable<status> answer(server_context& context, const test_service::OutputRequest& request,
                         test_service::output_call& call) {
  if (request.response_status().code() != 0) co_return asked_for(request.response_status());
  for (const ResponseParameters& wish : request.response_parameters()) {
    if (status sent = co_await send_one(context, wish, request.response_type(), call); !sent.ok()) {
      co_return sent;
    }
  }
  co_return status();
}

}  // namespace

awaitable<result<test_service::Empty>> test_service::EmptyCall(server_context&, Empty) {
  co_return Empty();
}

awaitable<result<test_service::SimpleResponse>> test_service::UnaryCall(server_context& context,
                                                                        SimpleRequest request) {
  echo_metadata(context);
  if (request.response_status().code() != 0) co_return asked_for(request.response_status());
  if (status checked =
          check_compression(context, request.has_expect_compressed(), request.expect_compressed());
      !checked.ok()) {
    co_return checked;
  }
  result<Payload> payload = make_payload(request.response_type(), request.response_size());
  if (!payload) co_return std::move(payload).error();
  if (request.response_compressed().value()) context.set_compression(codec::encoding::gzip);
  if (request.has_orca_per_query_report()) {
    const load_report load = to_load_report(request.orca_per_query_report());
    context.add_trailing_metadata(load_trailer, load.SerializeAsString());
  }
  SimpleResponse response;
  *response.mutable_payload() = *std::move(payload);
  if (request.fill_server_id()) response.set_server_id(server_id_);
  if (request.fill_username()) response.set_username(username(context));
  co_return response;
}

awaitable<result<test_service::SimpleResponse>> test_service::CacheableUnaryCall(
    server_context& context, SimpleRequest) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  SimpleResponse response;
  response.mutable_payload()->set_body(
      std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
  context.add_initial_metadata("cache-control", "max-age=60, public");
  co_return response;
}

awaitable<status> test_service::StreamingOutputCall(server_context& context, OutputRequest request,
                                                    output_call& call) {
  context.set_compression(codec::encoding::gzip);
  co_return co_await answer(context, request, call);
}

awaitable<result<test_service::InputResponse>> test_service::StreamingInputCall(
    server_context& context, input_call& call) {
  std::size_t sum = 0;
  while (const auto request = co_await call.read()) {
    if (status checked = check_compression(context, request->has_expect_compressed(),
                                           request->expect_compressed());
        !checked.ok()) {
      co_return checked;
    }
    sum += request->payload().body().size();
  }
  InputResponse response;
  response.set_aggregated_payload_size(static_cast<int>(sum));
  co_return response;
}

awaitable<status> test_service::FullDuplexCall(server_context& context, output_call& call) {
  echo_metadata(context);
  context.set_compression(codec::encoding::gzip);
  turn_of_one turn;  // to say what the server reports of its load
  while (const auto request = co_await call.read()) {
    if (request->has_orca_oob_report()) {
      if (!turn) {
        (void)co_await load_.turn.take(context);
        turn.reset(&load_.turn);
      }
      load_.set(request->orca_oob_report());
    }
    if (status answered = co_await answer(context, *request, call); !answered.ok()) {
      co_return answered;
    }
    if (request->response_status().code() != 0) break;
  }
  co_return status();
}

awaitable<status> test_service::HalfDuplexCall(server_context& context, output_call& call) {
  context.set_compression(codec::encoding::gzip);
  std::vector<OutputRequest> requests;
  std::size_t held = 0;  // bytes
  while (auto request = co_await call.read()) {
    held += request->ByteSizeLong();
    if (held > response_size_max) {
      co_return status(status_code::resource_exhausted, "too many requests before the half-close");
    }
    requests.push_back(*std::move(request));
  }
  for (const OutputRequest& request : requests) {
    if (status answered = co_await answer(context, request, call); !answered.ok()) {
      co_return answered;
    }
  }
  co_return status();
}

}  // namespace grpcwire::interop
