// The server's end of one call behind the typed templates: it joins codec::server_call, a stream of
// a connection, and the handler.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <grpcwire/codec/server_call.hpp>
#include <grpcwire/rpc/blocking_driver.hpp>
#include <grpcwire/rpc/buffer_budget.hpp>
#include <grpcwire/rpc/call_meter.hpp>
#include <grpcwire/rpc/client_call_base.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/handler_cancellation.hpp>
#include <grpcwire/rpc/interception.hpp>
#include <grpcwire/rpc/load_gauge.hpp>
#include <grpcwire/rpc/message_queue.hpp>
#include <grpcwire/rpc/method.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/ref_counted.hpp>
#include <grpcwire/rpc/server_call_base.hpp>
#include <grpcwire/rpc/server_context.hpp>
#include <grpcwire/transport/session.hpp>

namespace grpcwire::detail {

class server_connection;
struct method_entry;

/// What the calls of a connection need when it is gone.
struct connection_shared {
  serial_executor executor;
  std::size_t running_handlers = 0;
  std::size_t max_handlers;
  std::shared_ptr<const codec::codings> codings;
  budget_share budget;
  std::shared_ptr<load_gauge> load;  // null: calls are not refused for load
  std::size_t partial_messages = 0;  // bytes that have come of messages that are not whole yet
  std::shared_ptr<const security_info> security{};  // set before the first call
  std::string peer{};                               // the address
  std::mutex children_mutex{};                      // of its calls
};

/// Functions marked "any thread" hand over to the connection's executor; all others run on it.
class server_call_core final : public server_call_base, public codec::recycled {
 public:
  server_call_core(server_connection& connection, transport::stream_handle stream,
                   std::size_t max_message_size);
  ~server_call_core() override;

  // ---- the connection's side
  void on_event(const transport::event& e);
  /// The execution context ends: drops operations without completing them.
  void let_go();

  // ---- the handler's side; any thread
  void read(operation_ptr op) override;
  std::optional<codec::buffer> encode(const google::protobuf::MessageLite& message,
                                      write_options how) override;
  std::optional<codec::buffer> encode(codec::message_bytes&& message, write_options how) override;
  void write(std::optional<codec::buffer>&& encoded, operation_ptr op) override;
  bool take_back(std::uint64_t read_number, const google::protobuf::MessageLite& message) override;
  bool take_back(std::uint64_t read_number, const codec::message_bytes& message) override;
  void finish(codec::status outcome) override;
  void reply(const google::protobuf::MessageLite& response) override;
  void send_initial_metadata();
  void set_receive_window(std::uint32_t size);
  flow_control_state flow_control() const override;
  const asio::any_io_executor& executor() const noexcept override {
    return shared_->executor.get();
  }
  /// Made when a handler first waits with it: most never do.
  blocking_driver& driver() override;
  handler_cancellation& cancellation() noexcept override { return handler_cancellation_; }

  // ---- what server_context shows
  server_context& context() noexcept override { return context_; }
  const codec::received_request& head() const noexcept { return call_.head(); }
  std::string_view path() const noexcept;
  const std::string& peer() const noexcept { return shared_->peer; }
  const std::shared_ptr<const security_info>& security() const noexcept {
    return shared_->security;
  }
  deadline call_deadline() const noexcept { return deadline_; }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }
  codec::metadata& initial_metadata() { return made(initial_); }
  codec::metadata& trailing_metadata() { return made(trailing_); }
  void set_compression(codec::encoding coding);
  void compress_messages(bool on) noexcept { compress_messages_ = on; }
  codec::encoding request_encoding() const noexcept {
    return call_.head().message_encoding.value_or(codec::encoding::identity);
  }
  bool request_was_compressed() const noexcept { return last_compressed_; }
  /// An outgoing call that is made for this one: it is cancelled when this one ends. False when
  /// that has happened already.
  bool adopt(const ref<client_call_base>& child);
  void release(client_call_base* child);
  /// Of interceptors; null: none. Does not change while the handler runs.
  const server_hook_list* hooks() const noexcept { return hooks_.get(); }
  const trace_context* trace() const noexcept { return trace_.get(); }
  void set_trace(trace_context&& c) { trace_ = std::make_unique<trace_context>(std::move(c)); }

 private:
  /// Whether there are calls made for this one. Most calls have none, and then there is no lock.
  enum class family : std::uint8_t { none, some, over };
  using children = std::vector<ref<client_call_base>>;

  static codec::metadata& made(std::unique_ptr<codec::metadata>& on_demand) {
    if (!on_demand) on_demand = std::make_unique<codec::metadata>();
    return *on_demand;
  }
  void handle(const transport::event& e);
  void advance();
  bool knows_method() const noexcept;
  void on_request();
  bool has_room(std::string_view path);
  bool let_in(std::string_view path);
  void on_message(const codec::received_message& message);
  void on_half_closed();
  void on_rejected(codec::server_event&& e);
  void on_cancelled(const codec::status& why);
  void do_read(operation_ptr op);
  /// Memory of messages that this connection has sent; none when asked elsewhere.
  codec::buffer spare_buffer(std::size_t size);
  void do_write(codec::buffer&& message, operation_ptr op);
  void give_back(codec::buffer&& message);
  void do_finish(codec::status outcome, int http_status);
  bool respond();
  bool parse(operation& op, const codec::message_view& payload, bool compressed,
             bool again = false);
  void note_received(const google::protobuf::MessageLite& message);
  void note_sent(const google::protobuf::MessageLite& message);
  codec::status with_story(codec::status outcome) const;
  void end_hooks(codec::status& outcome);
  codec::encoding coding_of(bool compressed) const noexcept {
    return compressed ? request_encoding() : codec::encoding::identity;
  }
  codec::encoding sending_coding() const noexcept;
  void take_credit(std::size_t wire_size);
  void take_credit(const stored_message& message);
  void store(const codec::received_message& message);
  void hold_partial(std::size_t size);
  void out_of_budget();
  void watch_cancellation(operation& op, operation_ptr server_call_core::*place);
  void end_operations();
  children let_children_go();
  void cancel_children(const codec::status& why);
  void count_end(const transport::event& closed);
  void detach();
  void run_handler();
  void handler_ended();

  server_connection* connection_;  // while the stream is attached
  std::shared_ptr<connection_shared> shared_;
  load_ticket ticket_;  // of shared_->load, until the handler has ended
  transport::stream_handle stream_;
  codec::server_call call_;
  const method_entry* method_ = nullptr;
  server_context context_{*this};
  std::unique_ptr<server_hook_list> hooks_;
  std::unique_ptr<trace_context> trace_;  // in place of the caller's
  server_call_meter meter_;               // for metrics
  deadline deadline_;
  std::once_flag driver_made_;
  std::unique_ptr<blocking_driver> driver_;
  handler_cancellation handler_cancellation_;

  // Most calls have none of them. Two, because a handler may add to one while the other is read.
  std::unique_ptr<codec::metadata> initial_;
  std::unique_ptr<codec::metadata> trailing_;
  codec::encoding response_encoding_ = codec::encoding::identity;
  bool compress_messages_ = true;
  bool last_compressed_ = false;
  bool half_closed_ = false;
  bool ended_with_ok_ = false;
  bool running_ = false;  // the handler was started and has not finished
  std::atomic<bool> cancelled_ = false;
  invocation how_ = invocation::posted;

  operation_ptr read_op_;
  operation_ptr write_op_;
  message_queue received_;
  std::size_t partial_ = 0;  // this call's part of shared_->partial_messages

  std::atomic<std::uint64_t> operations_ = 0;      // begun; the number of the last one
  std::atomic<std::uint64_t> cancelled_read_ = 0;  // the number of the last one that was cancelled

  std::atomic<family> family_ = family::none;
  std::unique_ptr<children> children_;  // guarded by shared_->children_mutex

  back_link_owner<server_call_core> link_;  // the last one
};

}  // namespace grpcwire::detail
