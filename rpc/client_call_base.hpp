// The client's end of one call as typed code and callers see it. What is behind it stays out of the
// headers of users, and a server that never calls anybody does not link it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>

#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/message_bytes.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/flow_control.hpp>
#include <grpcwire/rpc/method.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/ref_counted.hpp>

namespace grpcwire::detail {

class blocking_driver;
class channel_core;

/// Any thread, unless it says otherwise. client_call_core is the one that there is.
class client_call_base : public ref_counted<client_call_base> {
 public:
  virtual ~client_call_base() = default;

  /// The one message of a unary or server-streaming request, before start().
  virtual void set_request(const google::protobuf::MessageLite& message) = 0;
  /// Begins; `unary` completes with response and status, null for streaming kinds.
  virtual void start(operation_ptr unary) = 0;
  virtual void read(operation_ptr op) = 0;
  /// Completes, `has_message` or `ended`, when response headers are here or will not come.
  virtual void read_head(operation_ptr op) = 0;
  /// What write() sends for this message; nothing when it cannot be sent.
  virtual std::optional<codec::buffer> encode(const google::protobuf::MessageLite& message,
                                              write_options how) = 0;
  virtual std::optional<codec::buffer> encode(codec::message_bytes&& message,
                                              write_options how) = 0;
  virtual void write(std::optional<codec::buffer>&& encoded, operation_ptr op) = 0;
  virtual void writes_done() = 0;
  virtual void finish(operation_ptr op) = 0;
  virtual void cancel() = 0;
  virtual void cancel_because(codec::status why) = 0;
  /// The handle is gone: a call that still runs is cancelled, and call_info is left alone.
  virtual void abandon() = 0;
  /// On the handler's executor: true when this read was cancelled before its handler ran; the
  /// message will be read again.
  virtual bool take_back(std::uint64_t read_number,
                         const google::protobuf::MessageLite& message) = 0;
  virtual bool take_back(std::uint64_t read_number, const codec::message_bytes& message) = 0;

  virtual const asio::any_io_executor& executor() const noexcept = 0;
  virtual blocking_driver& driver() const noexcept = 0;
  /// On the executor.
  virtual flow_control_state flow_control() const = 0;
  /// Once they are here.
  virtual const codec::metadata& initial_metadata() noexcept = 0;
  /// What the response messages may be compressed with. Once its headers are here.
  virtual codec::encoding response_encoding() const noexcept = 0;
  /// The message that was read last came compressed.
  virtual bool response_was_compressed() const noexcept = 0;
};

ref<client_call_base> make_client_call(const std::shared_ptr<channel_core>& channel,
                                       std::string_view path, method_kind kind,
                                       call_options&& options);
/// Of a call whose path is no literal.
ref<client_call_base> make_client_call(const std::shared_ptr<channel_core>& channel,
                                       std::shared_ptr<const std::string> path, method_kind kind,
                                       call_options&& options);

}  // namespace grpcwire::detail
