// The client's end of one call behind the typed templates: it joins codec::client_call, a stream of
// a connection, and the operations of the user.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/headers.hpp>
#include <grpcwire/rpc/call_attempts.hpp>
#include <grpcwire/rpc/call_meter.hpp>
#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/client_call_base.hpp>
#include <grpcwire/rpc/interception.hpp>
#include <grpcwire/rpc/message_queue.hpp>
#include <grpcwire/rpc/method.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/ref_counted.hpp>
#include <grpcwire/transport/session.hpp>

namespace google::protobuf {
class MessageLite;
}

namespace grpcwire::detail {

class channel_core;
class client_connection;
class hedged_call;
class server_call_core;

/// Functions marked "any thread" hand over to the channel's executor; all others run on it.
class client_call_core final : public client_call_base, public codec::recycled {
 public:
  client_call_core(std::shared_ptr<channel_core> channel, std::string_view path, method_kind kind,
                   call_options&& options);
  /// Of a call whose path is no literal.
  client_call_core(std::shared_ptr<channel_core> channel, std::shared_ptr<const std::string> path,
                   method_kind kind, call_options&& options);
  /// An attempt of a hedged call, which nobody but that call knows.
  client_call_core(client_call_core& whole, ref<hedged_call> hedged);
  ~client_call_core() override;

  // ---- the user's side; any thread
  void set_request(const google::protobuf::MessageLite& message) override;
  void start(operation_ptr unary) override;
  void read(operation_ptr op) override;
  void read_head(operation_ptr op) override;
  std::optional<codec::buffer> encode(const google::protobuf::MessageLite& message,
                                      write_options how) override;
  std::optional<codec::buffer> encode(codec::message_bytes&& message, write_options how) override;
  void write(std::optional<codec::buffer>&& encoded, operation_ptr op) override;
  void writes_done() override;
  bool response_was_compressed() const noexcept override {
    return last_compressed_.load(std::memory_order_relaxed);
  }
  codec::encoding response_encoding() const noexcept override {
    return call_.message_encoding().value_or(codec::encoding::identity);
  }
  void finish(operation_ptr op) override;
  void cancel() override;
  void cancel_because(codec::status why) override;
  void abandon() override;
  bool take_back(std::uint64_t read_number, const google::protobuf::MessageLite& message) override;
  bool take_back(std::uint64_t read_number, const codec::message_bytes& message) override;
  const asio::any_io_executor& executor() const noexcept override;
  blocking_driver& driver() const noexcept override;

  // ---- while call credentials are asked
  const std::shared_ptr<channel_core>& channel() const noexcept { return channel_; }
  std::string_view path() const noexcept { return path_; }
  std::string_view authority() const noexcept;
  void add_metadata(const codec::metadata& fields);
  ref<back_link<client_call_core>> link() { return link_.get(*this); }

  // ---- the channel's side
  const call_options& options() const noexcept { return options_; }
  const codec::metadata& initial_metadata() noexcept override { return call_.initial_metadata(); }
  flow_control_state flow_control() const override;
  bool ended() const noexcept { return end_.has_value(); }
  std::optional<grpcwire::deadline::clock::time_point> deadline_at() const {
    return deadline_.at();
  }
  bool deadline_passed() const;
  bool waits_for_ready() const noexcept {
    const bool otherwise = method_ != nullptr && method_->wait_for_ready.value_or(false);
    return options_.wait_for_ready.value_or(otherwise);
  }
  /// Before the first attempt: what the service config says about it.
  void configure(const std::shared_ptr<const service_config>& config);
  /// Instead of one stream it gets attempts that are started like calls (hedged_call).
  bool hedges() { return hedged_ && begin_hedging(); }
  /// After start_later().
  void try_now();
  /// The policy has no server for it: it ends, unless it is tried again.
  void pick_failed(codec::status why);
  void waiting_for_connection() { call_.connecting(); }
  /// Ends the call without a stream.
  void fail(codec::status why);
  void deadline_expired();
  void cancel_with(codec::status why);

  // ---- the connection's side
  void attached(client_connection& to, transport::stream_handle stream, bool granted);
  void on_event(const transport::event& e);

  /// The execution context ends: drops operations without completing them.
  void let_go();

 private:
  friend class hedged_call;  // its attempts are such objects

  void handle(const transport::event& e);
  void send_head();
  void flush_outgoing();
  void advance();
  void on_headers();
  void on_message(const codec::received_message& message);
  void on_end(codec::client_event&& event);
  void deliver_end();
  void end_stream(std::optional<std::uint32_t> reset_code, bool ok);
  void leave_stream();
  void detach();
  void do_read(operation_ptr op);
  void do_read_head(operation_ptr op);
  /// Memory of messages that its connection has sent; none when asked elsewhere.
  codec::buffer spare_buffer(std::size_t size);
  void do_write(codec::buffer&& message, operation_ptr op);
  void give_back(codec::buffer&& message);
  void do_finish(operation_ptr op);
  bool parse(operation& op, const codec::message_view& payload, bool compressed,
             bool again = false);
  void take_credit(std::size_t wire_size);
  void take_credit(const stored_message& message);
  void start_again();
  bool begin_hedging();
  call_options options_of_attempt();
  bool try_again(codec::client_event& ended);
  void prepare_again();
  bool exceeds_config(const codec::buffer& message) const;
  void attempt_timed_out();
  codec::client_call::settings settings() const;
  void fill_info();
  void hand_trace_on();
  void ask_interceptors();
  void end_hooks();
  void release_parent();
  void watch_call(operation& op);
  void watch_cancellation(operation& op, operation_ptr client_call_core::*place);
  codec::status with_story(codec::status outcome) const;
  std::size_t max_receive_size() const;
  codec::encoding request_coding() const noexcept;
  codec::result<codec::buffer, codec::status> encoded(const google::protobuf::MessageLite& message,
                                                      write_options how = {});

  std::shared_ptr<channel_core> channel_;
  call_options options_;
  std::string_view path_;
  std::shared_ptr<const std::string> own_path_;  // null: path_ lives for ever
  method_kind kind_;
  std::shared_ptr<const service_config> config_;  // null until it is configured
  const method_config* method_ = nullptr;         // in it
  codec::client_call call_;
  deadline deadline_;
  call_attempts attempts_;
  ref<hedged_call> hedged_;       // of such a call until one attempt is left, and of its attempts
  bool decided_here_ = false;     // this side ends the call: no other attempt
  ref<server_call_core> parent_;  // the call that this one is made for
  const bool has_info_ = options_.info != nullptr;
  std::mutex info_mutex_;  // options_.info against the end of the handle

  client_connection* connection_ = nullptr;  // while a stream is attached
  transport::stream_handle stream_;
  bool head_sent_ = false;
  bool head_received_ = false;
  bool half_close_wanted_ = false;
  invocation how_ = invocation::posted;       // inline only for what the connection brought
  bool discard_messages_ = false;             // finish() was asked: nobody reads any more
  codec::buffer_list outgoing_;               // until there is a stream
  std::optional<codec::status> bad_request_;  // or refused by an interceptor
  std::unique_ptr<client_hook_list> hooks_;   // of interceptors; null: none
  client_call_meter meter_;                   // for metrics

  operation_ptr unary_op_;
  operation_ptr head_op_;
  operation_ptr read_op_;
  operation_ptr write_op_;
  operation_ptr finish_op_;
  message_queue received_;
  std::atomic<bool> last_compressed_ = false;
  std::optional<codec::status> end_;

  std::atomic<std::uint64_t> operations_ = 0;      // begun; the number of the last one
  std::atomic<std::uint64_t> cancelled_read_ = 0;  // the number of the last one that was cancelled

  back_link_owner<client_call_core> link_;  // the last one
};

}  // namespace grpcwire::detail
