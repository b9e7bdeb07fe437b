// The server's end of one call as typed code and handlers see it; what is behind it stays out of
// the headers of users.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include <asio/any_io_executor.hpp>

#include <grpcwire/codec/message_bytes.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/flow_control.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/ref_counted.hpp>

namespace grpcwire {

class server_context;

namespace detail {

class blocking_driver;
class handler_cancellation;
class server_call_base;

/// What the typed code keeps for one call: the request message and the handler's coroutine.
class call_state : public codec::recycled {
 public:
  virtual ~call_state() = default;
  /// Where the one request message goes; null for streaming requests.
  virtual google::protobuf::MessageLite* request() noexcept { return nullptr; }
  /// The path of the call when its method has none.
  virtual std::string_view path() const noexcept { return {}; }
  /// Runs the handler, which ends with finish() of the core.
  virtual void run(ref<server_call_base> core) = 0;
};

/// Holds the state of one call, inside when it is not large: most requests are small messages.
class call_state_slot {
 public:
  call_state_slot() = default;
  call_state_slot(const call_state_slot&) = delete;
  call_state_slot& operator=(const call_state_slot&) = delete;
  ~call_state_slot() { reset(); }

  template <class State, class... Arguments>
  void emplace(Arguments&&... arguments) {
    reset();
    if constexpr (sizeof(State) <= room && alignof(State) <= alignof(std::max_align_t)) {
      state_ = ::new (static_cast<void*>(&room_)) State(std::forward<Arguments>(arguments)...);
      inside_ = true;
    } else {
      state_ = new State(std::forward<Arguments>(arguments)...);
      inside_ = false;
    }
  }
  void reset() noexcept {
    call_state* state = std::exchange(state_, nullptr);
    if (state == nullptr) return;
    if (inside_) {
      state->~call_state();
    } else {
      delete state;
    }
  }
  call_state* operator->() const noexcept { return state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  static constexpr std::size_t room = 128;

  alignas(std::max_align_t) std::array<std::byte, room> room_;  // uninitialised on purpose
  call_state* state_ = nullptr;
  bool inside_ = false;
};

/// Any thread, unless it says otherwise. server_call_core is the one that there is.
class server_call_base : public ref_counted<server_call_base> {
 public:
  virtual ~server_call_base() = default;

  virtual void read(operation_ptr op) = 0;
  /// What write() sends for this message; nothing when it cannot be sent.
  virtual std::optional<codec::buffer> encode(const google::protobuf::MessageLite& message,
                                              write_options how) = 0;
  virtual std::optional<codec::buffer> encode(codec::message_bytes&& message,
                                              write_options how) = 0;
  virtual void write(std::optional<codec::buffer>&& encoded, operation_ptr op) = 0;
  /// On the handler's executor: true when this read was cancelled before its handler ran; the
  /// message will be read again.
  virtual bool take_back(std::uint64_t read_number,
                         const google::protobuf::MessageLite& message) = 0;
  virtual bool take_back(std::uint64_t read_number, const codec::message_bytes& message) = 0;
  virtual void finish(codec::status outcome) = 0;
  /// Sends the one response, then OK.
  virtual void reply(const google::protobuf::MessageLite& response) = 0;

  virtual const asio::any_io_executor& executor() const noexcept = 0;
  virtual blocking_driver& driver() = 0;
  /// On the executor.
  virtual flow_control_state flow_control() const = 0;
  virtual server_context& context() noexcept = 0;
  virtual handler_cancellation& cancellation() noexcept = 0;
  /// On the executor, before the handler starts.
  call_state_slot& state() noexcept { return state_; }

 protected:
  call_state_slot state_;
};

}  // namespace detail
}  // namespace grpcwire
