// One line for each span, with the ids by which lines of several programs find each other.
#pragma once

#include <mutex>
#include <ostream>

#include <grpcwire/rpc/tracing.hpp>

class span_log final : public grpcwire::span_hook {
 public:
  explicit span_log(std::ostream& to) : to_(to) {}

  void ended(const grpcwire::trace_span& span) override {
    const std::lock_guard lock(mutex_);
    to_ << "trace " << grpcwire::to_hex(span.context.trace_id) << " span "
        << grpcwire::to_hex(span.context.span_id)
        << (span.parent ? " in " + grpcwire::to_hex(*span.parent) : " (root)")
        << (span.kind == grpcwire::span_kind::client ? " to " : " from ") << span.peer << ": "
        << span.method << ' ' << name(span.outcome.code()) << ' '
        << std::chrono::duration<double, std::milli>(span.duration).count() << " ms" << std::endl;
  }

 private:
  std::ostream& to_;
  std::mutex mutex_;
};
