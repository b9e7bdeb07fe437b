// One asynchronous operation that waits for its outcome, with its completion handler type-erased.
// The templates are thin: everything that decides is compiled once.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include <grpcwire/codec/message_bytes.hpp>
#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/codec/recycled_memory.hpp>
#include <grpcwire/codec/result.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/ref_counted.hpp>

namespace google::protobuf {
class MessageLite;
}

namespace grpcwire {

template <class T>
using awaitable = asio::awaitable<T>;

/// Operations without a token are awaited: `co_await stub.SayHello(request)`.
using default_token_t = asio::use_awaitable_t<>;
inline constexpr default_token_t default_token{};

template <class Token, class Signature>
concept completion_token_for = asio::completion_token_for<Token, Signature>;

/// Why a read gave no message.
enum class read_error : std::uint8_t {
  ended,      ///< no message will come any more; finish() has the status
  cancelled,  ///< only this read was cancelled; the call goes on and no message is lost
};
/// Converts to true when there is a message: `while (auto message = co_await call.read())`. Of
/// void, when it was read into one that was there.
template <class Message>
using read_result = codec::result<Message, read_error>;

enum class write_error : std::uint8_t {
  none,
  ended,      ///< the call is over, the message was not sent; finish() has the status
  cancelled,  ///< only the wait was cancelled; the message stays in the queue and will be sent
  busy,       ///< the write before has not completed; this message was not sent
  invalid,    ///< the message is too large or lacks required fields; it was not sent
};
/// Converts to true when flow control has taken the message.
class write_result {
 public:
  write_result() = default;
  explicit(false) write_result(write_error e) noexcept : error_(e) {}
  explicit operator bool() const noexcept { return error_ == write_error::none; }
  write_error error() const noexcept { return error_; }

 private:
  write_error error_ = write_error::none;
};

namespace detail {

/// What an operation is completed with; each kind uses what it needs.
struct outcome {
  codec::status end{};
  read_error read = read_error::ended;
  write_error write = write_error::none;
  bool has_message = false;
};

/// Where the handler runs: at once when that is allowed and the executor is the same.
enum class invocation : std::uint8_t { inline_allowed, posted };

class operation : public codec::recycled {
 public:
  virtual ~operation() = default;
  /// Reads the message that this operation receives; never called where it receives none.
  virtual codec::status decode(const codec::message_view&, codec::encoding,
                               std::size_t /*max_size*/, const codec::codings&) {
    return {};
  }
  /// That message, for interceptors; null for operations that receive none, or bytes.
  virtual google::protobuf::MessageLite* message() noexcept { return nullptr; }
  /// The slot through which this operation may be cancelled.
  virtual asio::cancellation_slot slot() const noexcept = 0;
  /// Calls the handler, once. The operation is used up; who calls this keeps it until it returns.
  virtual void complete(outcome&& o, invocation how) = 0;

  /// Tells the operations of one object apart: a cancellation may arrive when its operation is over
  /// and another one is under way at the same place.
  std::uint64_t number = 0;
};
using operation_ptr = std::unique_ptr<operation>;

/// How write() takes a message: one that is bytes is sent from where it lies.
template <class Message>
using message_to_write = std::conditional_t<std::is_same_v<Message, codec::message_bytes>,
                                            codec::message_bytes, const Message&>;

/// What interceptors see of a message: nothing of one that is bytes.
inline google::protobuf::MessageLite* shown(google::protobuf::MessageLite& message) noexcept {
  return &message;
}
inline google::protobuf::MessageLite* shown(codec::message_bytes&) noexcept {
  return nullptr;
}

/// What is run once, later. Its type is nobody's business, so that it is not instantiated with all
/// that a post consists of.
class delayed_work : public codec::recycled {
 public:
  virtual ~delayed_work() = default;
  virtual void run() = 0;
};
template <class F>
class delayed_function final : public delayed_work {
 public:
  explicit delayed_function(F&& f) : f_(std::move(f)) {}
  void run() override { f_(); }

 private:
  F f_;
};
/// On the executor: soon, or at once if that is allowed and this thread is on it.
void submit(const asio::any_io_executor& executor, std::unique_ptr<delayed_work> work,
            invocation how);

/// A handler, and the promise that its executor does not run dry meanwhile.
template <class Handler>
class handler_box {
 public:
  /// `own`, of the object that completes the handler, must be there until then.
  handler_box(Handler&& handler, const asio::any_io_executor& own) : handler_(std::move(handler)) {
    executor_type executor = asio::get_associated_executor(handler_, own);
    if (same(executor, own)) {
      own_ = &own;
    } else {
      foreign_ = std::make_unique<work_guard>(std::move(executor));
    }
  }

  asio::cancellation_slot slot() const noexcept {
    return asio::get_associated_cancellation_slot(handler_);
  }

  /// Arguments that are moved get to a handler that runs at once without a stop on the way.
  template <class... Args>
  void invoke(invocation how, Args&&... args) {
    if (how == invocation::inline_allowed && own_ != nullptr) {
      return run_inline([&](Handler& handler) { std::move(handler)(std::forward<Args>(args)...); });
    }
    run(how, [... a = std::decay_t<Args>(std::forward<Args>(args))](Handler& handler) mutable {
      std::move(handler)(std::move(a)...);
    });
  }

  /// Calls `deliver` with the handler, on the handler's executor.
  template <class Deliver>
  void run(invocation how, Deliver deliver) {
    if (how == invocation::inline_allowed && own_ != nullptr) return run_inline(deliver);
    if (own_ != nullptr && !*own_) return;  // the io_context is gone
    const executor_type executor =
        own_ != nullptr ? asio::get_associated_executor(handler_, *own_) : foreign_->get_executor();
    auto bound = [handler = std::move(handler_), deliver = std::move(deliver)]() mutable {
      // Only here may the slot be touched: whoever cancels does it on this executor.
      if (auto s = asio::get_associated_cancellation_slot(handler); s.is_connected()) s.clear();
      deliver(handler);
    };
    if constexpr (std::is_convertible_v<executor_type, asio::any_io_executor>) {
      submit(executor, std::make_unique<delayed_function<decltype(bound)>>(std::move(bound)), how);
    } else if (how == invocation::posted) {
      asio::post(executor, std::move(bound));
    } else {
      asio::dispatch(executor, std::move(bound));
    }
  }

 private:
  /// What a handler throws belongs to whoever runs the loop, not to the connection it came from.
  /// The operation that this box is part of lives until complete() returns.
  template <class Deliver>
  void run_inline(Deliver&& deliver) {
    try {
      Handler handler = std::move(handler_);
      if (auto s = asio::get_associated_cancellation_slot(handler); s.is_connected()) s.clear();
      deliver(handler);
    } catch (...) {
      asio::post(*own_, [thrown = std::current_exception()] { std::rethrow_exception(thrown); });
    }
  }

  // Whatever it is: that of asio::use_future is no any_io_executor.
  using executor_type = asio::associated_executor_t<Handler, asio::any_io_executor>;
  using work_guard = asio::executor_work_guard<executor_type>;

  static bool same(const executor_type& a, const asio::any_io_executor& b) {
    if constexpr (std::is_same_v<executor_type, asio::any_io_executor>) {
      return a == b;
    } else if constexpr (std::is_convertible_v<executor_type, asio::any_io_executor>) {
      return asio::any_io_executor(a) == b;
    } else {
      return false;
    }
  }

  Handler handler_;
  const asio::any_io_executor* own_ = nullptr;  // null: the handler has another one
  std::unique_ptr<work_guard> foreign_;         // that one
};

/// A handler that needs no executor is called at once.
template <class Handler>
requires(Handler::runs_anywhere) class handler_box<Handler> {
 public:
  handler_box(Handler&& handler, const asio::any_io_executor&) : handler_(std::move(handler)) {}

  asio::cancellation_slot slot() const noexcept { return {}; }

  template <class... Args>
  void invoke(invocation, Args&&... args) {
    handler_(std::forward<Args>(args)...);
  }
  template <class Deliver>
  void run(invocation, Deliver deliver) {
    deliver(handler_);
  }

 private:
  Handler handler_;
};

template <class Handler>
class status_operation final : public operation {
 public:
  status_operation(Handler&& h, const asio::any_io_executor& own) : box_(std::move(h), own) {}
  asio::cancellation_slot slot() const noexcept override { return box_.slot(); }
  void complete(outcome&& o, invocation how) override { box_.invoke(how, std::move(o.end)); }

 private:
  handler_box<Handler> box_;
};

template <class Response, class Handler>
class unary_operation final : public operation {
 public:
  unary_operation(Handler&& h, const asio::any_io_executor& own) : box_(std::move(h), own) {}
  codec::status decode(const codec::message_view& payload, codec::encoding coding,
                       std::size_t max_size, const codec::codings& own) override {
    return codec::decode_message(response_, payload, coding, max_size, own);
  }
  google::protobuf::MessageLite* message() noexcept override { return &response_; }
  asio::cancellation_slot slot() const noexcept override { return box_.slot(); }
  void complete(outcome&& o, invocation how) override {
    if (!o.end.ok()) response_.Clear();
    box_.invoke(how, std::move(o.end), std::move(response_));
  }

 private:
  handler_box<Handler> box_;
  Response response_;
};

/// Where a read puts its message: here, and from here into the result …
template <class Message>
struct new_message {
  using result_type = read_result<Message>;
  Message& get() noexcept { return message; }
  result_type take() { return std::move(message); }

  Message message;
};
/// … or into one of the caller's, which lives until the handler has run.
template <class Message>
struct callers_message {
  using result_type = read_result<void>;
  Message& get() noexcept { return *message; }
  result_type take() { return {}; }

  Message* message;
};

/// `Core` is the end of a call that the message comes from. A read that was cancelled before its
/// handler ran gives the message back: whoever cancelled it would not look at it.
template <class Place, class Handler, class Core>
class read_operation final : public operation {
 public:
  using result_type = typename Place::result_type;

  template <class... Message>
  read_operation(Handler&& h, const ref<Core>& core, Message*... into)
      : box_(std::move(h), core->executor()), core_(core), place_{into...} {}
  codec::status decode(const codec::message_view& payload, codec::encoding coding,
                       std::size_t max_size, const codec::codings& own) override {
    return codec::decode_message(place_.get(), payload, coding, max_size, own);
  }
  google::protobuf::MessageLite* message() noexcept override { return shown(place_.get()); }
  asio::cancellation_slot slot() const noexcept override { return box_.slot(); }
  void complete(outcome&& o, invocation how) override {
    if (!o.has_message) return box_.invoke(how, result_type(codec::unexpected{o.read}));
    box_.run(how, [core = std::move(core_), n = number,
                   place = std::move(place_)](Handler& handler) mutable {
      if (core->take_back(n, place.get())) {
        std::move(handler)(result_type(codec::unexpected{read_error::cancelled}));
      } else {
        std::move(handler)(place.take());
      }
    });
  }

 private:
  handler_box<Handler> box_;
  ref<Core> core_;
  Place place_;
};

template <class Handler>
class write_operation final : public operation {
 public:
  write_operation(Handler&& h, const asio::any_io_executor& own) : box_(std::move(h), own) {}
  asio::cancellation_slot slot() const noexcept override { return box_.slot(); }
  void complete(outcome&& o, invocation how) override { box_.invoke(how, write_result(o.write)); }

 private:
  handler_box<Handler> box_;
};

}  // namespace detail
}  // namespace grpcwire
