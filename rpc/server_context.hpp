// What a handler knows about its call besides the messages.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/rpc/credentials.hpp>
#include <grpcwire/rpc/deadline.hpp>
#include <grpcwire/rpc/interceptor.hpp>
#include <grpcwire/rpc/ref_counted.hpp>
#include <grpcwire/rpc/trace_context.hpp>

namespace grpcwire {

namespace detail {
class server_call_core;
}  // namespace detail

/// Lives as long as the handler runs. Used by the handler only, on the thread it runs on; what says
/// "any thread" may be used from elsewhere meanwhile.
class server_context {
 public:
  explicit server_context(detail::server_call_core& core) : core_(core) {}
  server_context(const server_context&) = delete;
  server_context& operator=(const server_context&) = delete;

  /// The caller's metadata, with `user-agent`.
  const metadata& request_metadata() const;
  /// `/package.Service/Method`.
  std::string_view method() const;
  const std::string& authority() const;
  /// `127.0.0.1:40312`
  const std::string& peer() const;
  /// Who the caller proved to be, and how safe the connection is. Null without TLS.
  const std::shared_ptr<const security_info>& security() const;
  /// Of the call; none when the caller set none. Outgoing calls with `.parent = &context` keep it.
  grpcwire::deadline deadline() const;

  /// True once the caller has cancelled or left, or the deadline has passed. Awaits of the handler
  /// are cancelled at that moment (terminal cancellation). Any thread.
  bool cancelled() const noexcept;

  /// Before the first message; sent with it, or earlier by send_initial_metadata(). Values that are
  /// not legal fail the call with INTERNAL.
  void add_initial_metadata(std::string_view name, std::string_view value);
  void send_initial_metadata();
  /// Sent with the status.
  void add_trailing_metadata(std::string_view name, std::string_view value);
  /// Of the response messages, if the caller accepts it and this server has it. Before the first
  /// message. One message of a stream goes as it is with `write(message, {.compress = false})`.
  void set_compression(codec::encoding coding);
  /// What the caller compresses request messages with, those that it compresses.
  codec::encoding request_encoding() const noexcept;
  /// True if the last request message that was read came compressed.
  bool request_was_compressed() const noexcept;
  /// Sends the following messages as they are, in a call with compression (and back).
  void compress_messages(bool on);

  /// Bytes the caller may send before the handler has read any, instead of session.stream_window. A
  /// smaller one holds from the second window on. Any thread.
  void set_receive_window(std::uint32_t bytes);

  /// The executor of the call's connection, which the handler runs on unless it is a blocking one.
  const asio::any_io_executor& executor() const;

  /// The distributed trace that this call belongs to: what set_trace() said, otherwise what the
  /// caller sent. Calls with `.parent = &context` carry it on, unless their metadata has a
  /// `traceparent`.
  std::optional<trace_context> trace() const;
  /// For interceptors; before the handler starts.
  void set_trace(trace_context context);

  /// What an interceptor has made for this call, if there is one with hooks of this type: who the
  /// caller is, and the like. Lives as long as the handler. Any thread.
  template <std::derived_from<server_call_hooks> Hooks>
  Hooks* hooks() const {
    for (const auto& each : all_hooks()) {
      if (auto* found = dynamic_cast<Hooks*>(each.get())) return found;
    }
    return nullptr;
  }

  /// For outgoing calls that are made for this one.
  detail::ref<detail::server_call_core> core() const;

 private:
  std::span<const std::unique_ptr<server_call_hooks>> all_hooks() const noexcept;

  detail::server_call_core& core_;
};

}  // namespace grpcwire
