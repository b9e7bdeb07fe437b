// One call on a connection of its own, made with the session and the codec directly: every header
// field goes out as it was given, which a channel would not allow.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/headers.hpp>
#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/connection.hpp>
#include <grpcwire/transport/io/connector.hpp>
#include <grpcwire/transport/io/credentials.hpp>

namespace grpcwire::tools {

struct wire_peer {
  transport::io::address to;
  /// Null: plaintext.
  std::shared_ptr<const transport::io::client_credentials> credentials;
  std::string server_name;  ///< that a server with TLS has to prove to be
};

struct wire_request {
  wire_peer peer;
  codec::header_fields fields;
  std::vector<codec::buffer> messages;  ///< with their prefixes; all are sent at once
  bool single_response = true;
  std::optional<std::chrono::nanoseconds> deadline;
};

/// Runs on one thread of `io`, which runs out of work behind the call.
class one_call final : transport::io::connection_owner {
 public:
  /// A message as it came, and what it is compressed with. The status ends the call, if it is bad.
  using message_handler = std::function<codec::status(codec::const_bytes, codec::encoding)>;

  /// `trace` may be null; it must outlive this.
  one_call(asio::io_context& io, wire_request request, transport::trace_sink* trace,
           message_handler on_message);
  ~one_call();
  one_call(one_call&&) = delete;

  void start();

  /// The rest is known when `io` has run out of work.
  const codec::status& outcome() const noexcept { return outcome_; }
  const codec::metadata& initial_metadata() { return call_.initial_metadata(); }
  const codec::metadata& trailing_metadata() { return call_.trailing_metadata(); }

 private:
  void connected(std::unique_ptr<transport::io::byte_stream> stream,
                 const transport::io::connect_failure& failure);
  void on_event(const transport::event& e) override;
  void on_closed(std::error_code error, std::string_view why) override;
  void send();
  void advance();
  void end(codec::status outcome);

  asio::io_context& io_;
  wire_request request_;
  transport::trace_sink* trace_;
  message_handler on_message_;
  codec::client_call call_;
  std::shared_ptr<transport::io::connector> connector_;
  std::shared_ptr<transport::io::connection> connection_;
  transport::stream_handle stream_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  codec::status outcome_;
  bool ended_ = false;
};

}  // namespace grpcwire::tools
