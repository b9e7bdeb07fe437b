// The channels that use a subchannel: one, or those of a subchannel_pool that meet here.

#include <algorithm>
#include <utility>

#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/subchannel.hpp>

namespace grpcwire::detail {

void subchannel::join(subchannel_user& user) {
  users_.push_back({&user, true});
  if (!user.wants_outcomes()) return;
  if (fresh_) fresh_->report_outcomes();
  for (const auto& one : ready_) one->report_outcomes();
}

subchannel::seat* subchannel::find(const subchannel_user& user) {
  const auto found = std::find_if(users_.begin(), users_.end(),
                                  [&](const seat& place) { return place.user == &user; });
  return found == users_.end() ? nullptr : &*found;
}

void subchannel::forget(const subchannel_user& user) {
  std::erase_if(users_, [&](const seat& place) { return place.user == &user; });
}

bool subchannel::all_asleep() const {
  return std::all_of(users_.begin(), users_.end(), [](const seat& place) { return place.asleep; });
}

bool subchannel::anyone_wants_outcomes() const {
  return std::any_of(users_.begin(), users_.end(),
                     [](const seat& place) { return place.user->wants_outcomes(); });
}

/// What one of them does then may make others go, or come.
void subchannel::tell() {
  const auto self = shared_from_this();
  const auto now = users_;
  for (const seat& place : now) {
    if (find(*place.user) != nullptr) place.user->on_state(state_, failure_);
  }
}

void subchannel::on_call_ended(const channel_options& of, bool ok,
                               const codec::metadata& trailers) {
  const auto found = std::find_if(users_.begin(), users_.end(), [&](const seat& place) {
    return &place.user->options() == &of && place.user->wants_outcomes();
  });
  if (found != users_.end()) found->user->on_call_ended(ok, trailers);
}

void subchannel::go_idle(subchannel_user& user) {
  if (seat* const place = find(user)) place->asleep = true;
  if (all_asleep()) sleep();
}

void subchannel::sleep() {
  if (state_ == channel_state::idle || state_ == channel_state::shutdown) return;
  if (shared_) {  // a channel that left may have calls still
    for (const auto& one : std::exchange(ready_, {})) {
      draining_.push_back(one);
      one->retire();
    }
  }
  let_go_of_connections();
  set_state(channel_state::idle);
}

void subchannel::leave(subchannel_user& user) {
  forget(user);
  if (users_.empty()) return retire_all();
  if (all_asleep()) sleep();
}

/// Of a shared one.
void subchannel::stop_for(const channel_options& of) {
  const auto self = shared_from_this();
  for (const auto& one : all_connections()) one->end_calls_of(of);
  std::erase_if(users_, [&](const seat& place) { return &place.user->options() == &of; });
  if (users_.empty()) return retire_all();
  if (all_asleep()) sleep();
}

bool subchannel::over(const channel_options& of) const {
  if (!shared_) {
    return std::all_of(draining_.begin(), draining_.end(),
                       [](const auto& old) { return old.expired(); });
  }
  const auto all = all_connections();
  return std::none_of(all.begin(), all.end(),
                      [&](const auto& one) { return one->has_calls_of(of); });
}

std::vector<std::shared_ptr<client_connection>> subchannel::all_connections() const {
  auto all = ready_;
  for (const auto& old : draining_) {
    if (auto one = old.lock()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace grpcwire::detail
