// One attempt of a call after the other; the rules are in call_attempts.cpp.

#include <iterator>
#include <string>
#include <utility>

#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/hedged_call_internal.hpp>
#include <grpcwire/rpc/server_call_core.hpp>

namespace grpcwire::detail {

using codec::status;

client_call_core::client_call_core(client_call_core& whole, ref<hedged_call> hedged)
    : channel_(whole.channel_),
      options_(whole.options_of_attempt()),
      path_(whole.path_),
      own_path_(whole.own_path_),
      kind_(whole.kind_),
      config_(whole.config_),
      method_(whole.method_),
      call_(settings()),
      deadline_(whole.deadline_),
      hedged_(std::move(hedged)) {}

call_options client_call_core::options_of_attempt() {
  const std::lock_guard lock(info_mutex_);
  call_options same = options_;
  same.info = nullptr;
  same.parent = nullptr;
  same.credentials = nullptr;  // what they gave is in the metadata
  return same;
}

bool client_call_core::begin_hedging() {
  return hedged_->begin(*this);
}

void client_call_core::try_now() {
  if (deadline_passed()) return deadline_expired();
  if (hedged_) return hedged_->next();
  meter_.attempt_started();
  channel_->start(ref(this));
}

bool client_call_core::deadline_passed() const {
  return deadline_.at() && *deadline_.at() <= deadline::clock::now();
}

/// The server has not looked at this call: another connection may take it.
void client_call_core::start_again() {
  const ref<client_call_core> self(this);
  meter_.sent_again();
  prepare_again();
  channel_->start(self);
}

/// As it was before its first attempt.
void client_call_core::prepare_again() {
  if (connection_ != nullptr) {
    leave_stream();
    stream_ = {};
  }
  call_ = codec::client_call(settings());
  if (!std::exchange(head_sent_, false)) return;
  if (hedged_) {
    outgoing_ = hedged_->written();
    return;
  }
  auto again = attempts_.take_sent();
  std::move(outgoing_.begin(), outgoing_.end(), std::back_inserter(again));
  outgoing_ = std::move(again);
}

void client_call_core::attempt_timed_out() {
  call_.cancel(status(codec::status_code::unavailable, "the attempt was not answered in its time"));
  advance();
}

void client_call_core::pick_failed(status why) {
  call_.cancel(std::move(why));
  advance();
}

/// True when the end is only that of an attempt.
bool client_call_core::try_again(codec::client_event& ended) {
  if (hedged_) {
    hedged_->ended(*this, std::move(ended));
    return true;
  }
  retry_throttle& throttle = channel_->throttle();
  if (ended.outcome.ok()) {
    throttle.succeeded();
    return false;
  }
  if (decided_here_ || method_ == nullptr) return false;
  const codec::status_code code = ended.outcome.code();
  if (method_->hedging) {
    count_hedging_failure(*method_->hedging, code, call_.trailing_metadata(), throttle);
    return false;
  }
  const auto delay = attempts_.next(code, call_.trailing_metadata(), throttle);
  if (!delay) return false;
  const ref<client_call_core> self(this);
  end_stream(ended.reset_code, false);
  prepare_again();
  meter_.attempt_ended(code);
  channel_->start_later(self, deadline::clock::now() + *delay);
  return true;
}

bool client_call_core::exceeds_config(const codec::buffer& message) const {
  return method_ != nullptr && method_->max_request_message_bytes &&
         message.size() > codec::message_prefix_size + *method_->max_request_message_bytes;
}

void client_call_core::configure(const std::shared_ptr<const service_config>& config) {
  if (config_) return;
  config_ = config;
  method_ = config->find(path_);
  if (method_ == nullptr) return;
  if (method_->timeout) deadline_ = earlier(deadline_, deadline(*method_->timeout));
  if (method_->retry) attempts_.follow(&*method_->retry);
  for (const codec::buffer& message : outgoing_) {
    if (!exceeds_config(message)) continue;
    return fail(status(codec::status_code::resource_exhausted,
                       "the request has " +
                           std::to_string(message.size() - codec::message_prefix_size) +
                           " bytes, the service config allows " +
                           std::to_string(*method_->max_request_message_bytes)));
  }
  if (method_->max_response_message_bytes) call_ = codec::client_call(settings());
  if (method_->hedging) hedged_ = ref(new hedged_call(*this, *method_->hedging));
}

}  // namespace grpcwire::detail
