#include "message_bodies.hpp"

#include <grpcwire/codec/compression.hpp>

#include "grpc/testing/messages.pb.h"

namespace grpcwire::tools {
namespace {

namespace testing = ::grpc::testing;

constexpr std::size_t decompressed_max = std::size_t{64} << 20;

std::optional<std::string> plain(const wire_half& half, const wire_message& m) {
  if (!m.complete) return std::nullopt;
  if (!m.compressed) return m.payload;
  const std::string encoding = half.headers ? half.headers->value("grpc-encoding") : "";
  const auto coding = codec::encoding_from_name(encoding);
  if (!coding) return std::nullopt;
  const auto made = codec::decompress(*coding, codec::as_bytes(m.payload), decompressed_max);
  if (!made) return std::nullopt;
  return std::string(codec::as_text(*made));
}

template <class Message>
std::optional<message_body> with_payload(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) return std::nullopt;
  message_body body;
  body.payload = message.payload().body().size();
  if constexpr (std::is_same_v<Message, testing::SimpleResponse>) {
    body.server_id = message.server_id();
  }
  return body;
}

std::optional<message_body> request(std::string_view method, const std::string& bytes) {
  if (method == "UnaryCall") return with_payload<testing::SimpleRequest>(bytes);
  if (method == "StreamingInputCall") {
    return with_payload<testing::StreamingInputCallRequest>(bytes);
  }
  return with_payload<testing::StreamingOutputCallRequest>(bytes);
}

std::optional<message_body> response(std::string_view method, const std::string& bytes) {
  if (method == "UnaryCall") return with_payload<testing::SimpleResponse>(bytes);
  if (method != "StreamingInputCall") {
    return with_payload<testing::StreamingOutputCallResponse>(bytes);
  }
  testing::StreamingInputCallResponse message;
  if (!message.ParseFromString(bytes)) return std::nullopt;
  message_body body;
  body.aggregated_size = message.aggregated_payload_size();
  return body;
}

}  // namespace

std::optional<message_body> body_of(const wire_call& call, side sender, const wire_message& m) {
  const std::string method = call.method();
  const bool known = method == "UnaryCall" || method == "StreamingInputCall" ||
                     method == "StreamingOutputCall" || method == "FullDuplexCall" ||
                     method == "HalfDuplexCall";
  const auto bytes = plain(call.of(sender), m);
  if (!known || !bytes) return std::nullopt;
  return sender == side::client ? request(method, *bytes) : response(method, *bytes);
}

}  // namespace grpcwire::tools
