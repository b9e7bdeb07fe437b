// What a caller may ask for with one call, and what it may learn from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/rpc/call_metadata.hpp>
#include <grpcwire/rpc/credentials.hpp>
#include <grpcwire/rpc/deadline.hpp>

namespace grpcwire {

class server_context;

/// Filled in before the call completes.
struct call_info {
  grpcwire::metadata initial_metadata{};
  grpcwire::metadata trailing_metadata{};
  std::string peer{};  ///< `127.0.0.1:50051`
  /// Who the server proved to be; null without TLS.
  std::shared_ptr<const security_info> security{};
  /// How often the call was tried before, by the rules of its retry policy; of a hedged call, how
  /// many attempts began before the one that was answered.
  unsigned previous_attempts = 0;
  /// The response message, of several the last one that was read, came compressed.
  bool response_was_compressed = false;
};

/// What a write of a streaming call may ask for.
struct write_options {
  /// False: this message goes as it is, in a call with compression. For what is compressed already,
  /// and for secrets beside text that an attacker chooses (CRIME, BREACH).
  bool compress = true;
};

/// All of it is optional: `stub.SayHello(request, {.deadline = 1s})`.
struct call_options {
  grpcwire::deadline deadline{};
  call_metadata metadata{};
  /// Wait for a connection instead of failing while the channel is in TRANSIENT_FAILURE.
  /// Null: what the service config says, else no.
  std::optional<bool> wait_for_ready{};
  /// Instead of the channel's. Bytes of one message, after decompression.
  std::optional<std::size_t> max_receive_message_size{};
  std::optional<std::size_t> max_send_message_size{};
  /// Bytes the server may send before the call has read any, instead of the channel's
  /// session.stream_window. Larger for one fat stream over a long path; smaller where many calls
  /// are read slowly (it holds from the second window on).
  std::optional<std::uint32_t> receive_window{};
  /// Of the request messages; only used where it makes them shorter.
  std::optional<codec::encoding> compression{};
  /// The call that this one is made for: its deadline holds here too, its end cancels this call,
  /// and its trace context goes along (rpc/trace_context.hpp).
  server_context* parent = nullptr;
  /// Must live until the call has completed.
  call_info* info = nullptr;
  /// Instead of the channel's `:authority`.
  call_text authority{};
  /// Proves who is calling, after the channel's own. Must live until the call has completed.
  call_credentials* credentials = nullptr;
};

}  // namespace grpcwire
