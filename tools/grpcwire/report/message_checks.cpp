#include <array>

#include <fmt/format.h>

#include <grpcwire/codec/compression.hpp>

#include "../text_forms.hpp"
#include "checks.hpp"

namespace grpcwire::tools {
namespace {

const std::string message_section = "gRPC doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message";
const std::string compression_section = "gRPC doc/compression.md";

constexpr std::size_t checked_size_max = std::size_t{64} << 20;

std::string encoding_of(const wire_half& half) {
  return half.headers ? half.headers->value("grpc-encoding") : "";
}

std::string which(side sender) {
  return sender == side::client ? "request" : "response";
}

std::optional<finding> bad_flag(const wire_half& half, side sender) {
  if (!half.bad_flag_frame) return std::nullopt;
  return finding{fmt::format("A {} message begins with the byte {}: the prefix is not one of gRPC, "
                             "or the length of the message before lied.",
                             which(sender), half.bad_flag),
                 half.bad_flag_frame,
                 "Each message has one byte, 0 or 1 (compressed), and four of length before it.",
                 message_section};
}

std::optional<finding> cut_message(const wire_half& half, side sender) {
  if (!half.end_frame || half.messages.empty() || half.messages.back().complete) {
    return std::nullopt;
  }
  const wire_message& m = half.messages.back();
  const std::string sentence =
      m.length == 0
          ? fmt::format("The {} ends inside the five bytes in front of a message.", which(sender))
          : fmt::format("The {} ends inside a message: its prefix promises {}.", which(sender),
                        bytes_count(m.length));
  return finding{sentence, half.end_frame,
                 "As many bytes follow a prefix as it says, before END_STREAM.", message_section,
                 "Either the prefix lies, or the message was cut."};
}

std::optional<finding> flag_without_encoding(const wire_half& half, side sender) {
  const std::string encoding = encoding_of(half);
  if (!encoding.empty() && encoding != "identity") return std::nullopt;
  for (const wire_message& m : half.messages) {
    if (!m.compressed) continue;
    return finding{fmt::format("A {} message says that it is compressed, but no grpc-encoding was "
                               "announced.",
                               which(sender)),
                   m.frame, "The flag 1 needs a grpc-encoding in the headers of its side.",
                   compression_section, "Receivers answer INTERNAL."};
  }
  return std::nullopt;
}

// Only a client says what it takes before the other side chooses.
std::optional<finding> encoding_not_offered(const why_subject&, const wire_call& call) {
  const wire_half& half = call.server;
  if (!call.client.headers) return std::nullopt;
  const std::string encoding = encoding_of(half);
  if (encoding.empty() || encoding == "identity") return std::nullopt;
  bool accepted = false;
  codec::for_each_coding(call.client.headers->value("grpc-accept-encoding"),
                         [&](std::string_view name) { accepted = accepted || name == encoding; });
  if (accepted) return std::nullopt;
  return finding{fmt::format("The server compresses with {}, which the client did not offer.",
                             in_quotes(encoding)),
                 half.headers->frame,
                 "A server uses a compression of the request's grpc-accept-encoding only.",
                 compression_section};
}

std::optional<finding> not_decompressible(const wire_half& half, side sender) {
  const auto coding = codec::encoding_from_name(encoding_of(half));
  if (!coding || *coding == codec::encoding::identity) return std::nullopt;
  for (const wire_message& m : half.messages) {
    if (!m.compressed || !m.complete) continue;
    const auto made = codec::decompress(*coding, codec::as_bytes(m.payload), checked_size_max);
    if (made) continue;
    return finding{
        fmt::format("A {} message of {} is not {}: {}.", which(sender), bytes_count(m.length),
                    codec::name(*coding), codec::describe(made.error())),
        m.frame, "A message with the flag 1 is compressed with its side's grpc-encoding.",
        compression_section, "Receivers answer INTERNAL."};
  }
  return std::nullopt;
}

// Both directions are looked at, the client's first.
template <std::optional<finding> (*Check)(const wire_half&, side)>
std::optional<finding> in_both(const why_subject&, const wire_call& call) {
  if (auto found = Check(call.client, side::client)) return found;
  return Check(call.server, side::server);
}

constexpr auto of_messages = std::to_array<call_check>({
    in_both<bad_flag>,
    in_both<cut_message>,
    in_both<flag_without_encoding>,
    encoding_not_offered,
    in_both<not_decompressible>,
});

}  // namespace

std::span<const call_check> message_checks() {
  return of_messages;
}

}  // namespace grpcwire::tools
