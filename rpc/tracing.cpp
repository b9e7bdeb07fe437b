#include "tracing.hpp"

#include <mutex>
#include <random>
#include <span>
#include <string_view>
#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/rpc/server_context.hpp>

namespace grpcwire {
namespace {

using steady = std::chrono::steady_clock;

/// Random ids that are not zero. Any thread.
class id_source {
 public:
  void fill(std::span<std::uint8_t> id) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < id.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t value = 0;
      while (value == 0) value = random_();
      for (std::size_t b = 0; b < sizeof value; ++b) {
        id[i + b] = static_cast<std::uint8_t>(value >> (8 * b));
      }
    }
  }

 private:
  static std::mt19937_64 seeded() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(),
                       device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }

  std::mutex mutex_;
  std::mt19937_64 random_ = seeded();
};

/// What both sides share: spans begin, count and end the same way.
class span_maker {
 public:
  explicit span_maker(std::shared_ptr<span_hook> hook) : hook_(std::move(hook)) {}

  trace_span begin(span_kind kind, std::string_view method, const metadata& request) {
    trace_span span{.kind = kind,
                    .method = std::string(method.substr(method.starts_with('/') ? 1 : 0)),
                    .start = std::chrono::system_clock::now()};
    if (auto parent = read_trace_context(request)) {
      span.parent = parent->span_id;
      span.context = *std::move(parent);
      span.context.flags &= trace_context::sampled_flag;  // others must not be handed on
    } else {
      ids_.fill(span.context.trace_id);
      span.context.flags = trace_context::sampled_flag;
    }
    ids_.fill(span.context.span_id);
    return span;
  }
  bool wanted(trace_span& span) { return hook_->started(span); }
  const std::shared_ptr<span_hook>& hook() const noexcept { return hook_; }

 private:
  std::shared_ptr<span_hook> hook_;
  id_source ids_;
};

/// The hooks of either side.
template <class Hooks>
class span_hooks : public Hooks {
 public:
  span_hooks(std::shared_ptr<span_hook> hook, trace_span&& span)
      : hook_(std::move(hook)), span_(std::move(span)) {}

  void message_sent(const google::protobuf::MessageLite& message) override {
    ++span_.messages_sent;
    span_.bytes_sent += message.ByteSizeLong();
  }
  void message_received(const google::protobuf::MessageLite& message) override {
    ++span_.messages_received;
    span_.bytes_received += message.ByteSizeLong();
  }

 protected:
  void finish(const status& outcome) {
    span_.outcome = outcome;
    span_.duration = steady::now() - begun_;
    hook_->ended(span_);
  }

  std::shared_ptr<span_hook> hook_;
  trace_span span_;
  steady::time_point begun_ = steady::now();
};

class client_span final : public span_hooks<client_call_hooks> {
 public:
  using span_hooks::span_hooks;
  void ended(client_call_end& end) override {
    span_.peer = end.peer;
    finish(end.outcome);
  }
};

class server_span final : public span_hooks<server_call_hooks> {
 public:
  using span_hooks::span_hooks;
  void ended(server_call_end& end) override { finish(end.outcome); }
};

class client_tracer final : public client_interceptor, private span_maker {
 public:
  using span_maker::span_maker;
  result<std::unique_ptr<client_call_hooks>> intercept(client_call_start& call) override {
    trace_span span = begin(span_kind::client, call.method, call.metadata);
    if (!wanted(span)) return nullptr;
    write_trace_context(call.metadata, span.context);
    return std::make_unique<client_span>(hook(), std::move(span));
  }
};

class server_tracer final : public server_interceptor, private span_maker {
 public:
  using span_maker::span_maker;
  result<std::unique_ptr<server_call_hooks>> intercept(server_call_start& call) override {
    trace_span span = begin(span_kind::server, call.method, call.context.request_metadata());
    span.peer = call.context.peer();
    if (!wanted(span)) return nullptr;
    call.context.set_trace(span.context);
    return std::make_unique<server_span>(hook(), std::move(span));
  }
};

}  // namespace

std::shared_ptr<client_interceptor> client_tracing(std::shared_ptr<span_hook> hook) {
  return std::make_shared<client_tracer>(std::move(hook));
}

std::shared_ptr<server_interceptor> server_tracing(std::shared_ptr<span_hook> hook) {
  return std::make_shared<server_tracer>(std::move(hook));
}

}  // namespace grpcwire
