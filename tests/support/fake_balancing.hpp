// A balancing policy with backends and a clock that a test moves; no sockets.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/rpc/load_balancer.hpp>
#include <grpcwire/rpc/load_balancing_config.hpp>

namespace grpcwire::tests {

using namespace std::chrono_literals;

/// Connects as far as CONNECTING; the test decides what becomes of it.
class fake_backend final : public backend {
 public:
  fake_backend(std::string address, std::string hash_key)
      : where_{.addresses = {std::move(address)}, .hash_key = std::move(hash_key)} {}

  const endpoint& where() const noexcept override { return where_; }
  channel_state state() const noexcept override { return state_; }
  const codec::status& failure() const noexcept override { return failure_; }
  std::size_t calls_in_flight() const noexcept override { return calls; }
  void connect() override {
    if (state_ != channel_state::idle) return;
    ++connects;
    become(channel_state::connecting);
  }
  void become(channel_state state) {
    state_ = state;
    if (state == channel_state::transient_failure) {
      failure_ = codec::status(codec::status_code::unavailable,
                               "cannot connect to " + where_.addresses.front());
    }
    if (heard_by != nullptr) heard_by->changed(*this);
  }

  load_balancer* heard_by = nullptr;
  std::size_t calls = 0;
  int connects = 0;

 private:
  endpoint where_;
  channel_state state_ = channel_state::idle;
  codec::status failure_;
};

/// A policy and the backends a, b, c …
class fake_channel {
 public:
  fake_channel(load_balancing_policy policy, std::size_t count, std::uint64_t seed = 1)
      : policy_(make_load_balancer(policy, {}, {.now = [this] { return now; }, .seed = seed})) {
    for (std::size_t i = 0; i < count; ++i) add();
    update();
  }
  fake_channel(std::unique_ptr<load_balancer> policy, std::size_t count)
      : policy_(std::move(policy)) {
    for (std::size_t i = 0; i < count; ++i) add();
    update();
  }
  fake_channel(const fake_channel&) = delete;
  fake_channel& operator=(const fake_channel&) = delete;

  /// Not seen by the policy before update().
  fake_backend& add(std::string hash_key = {}) {
    const auto number = std::to_string(backends.size() + 1);
    backends.push_back(
        std::make_unique<fake_backend>("10.0.0." + number + ":443", std::move(hash_key)));
    return *backends.back();
  }
  /// The policy has these from now on, which are all unless some are named.
  void update() {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < backends.size(); ++i) all.push_back(i);
    update(all);
  }
  void update(const std::vector<std::size_t>& those) {
    std::vector<backend*> seen;
    for (const auto& b : backends) b->heard_by = nullptr;
    for (const std::size_t i : those) {
      backends[i]->heard_by = policy_.get();
      seen.push_back(backends[i].get());
    }
    policy_->update(seen);
  }

  fake_backend& operator[](std::size_t i) { return *backends[i]; }
  load_balancer& policy() { return *policy_; }
  channel_state state() const { return policy_->state(); }
  void all_become(channel_state state) {
    for (const auto& b : backends) b->become(state);
  }

  /// The name of the backend, `waits`, or the message of a failure.
  std::string choose(const metadata& headers = {}) {
    const pick made = policy_->choose({.path = "/pkg.Service/Method", .metadata = headers});
    for (std::size_t i = 0; i < backends.size(); ++i) {
      if (made.to == backends[i].get()) return std::string(1, static_cast<char>('a' + i));
    }
    EXPECT_EQ(made.to, nullptr) << "not one of the channel's own";
    return made.why.ok() ? "waits" : made.why.message();
  }
  std::map<std::string, int> choose_many(int times, const metadata& headers = {}) {
    std::map<std::string, int> chosen;
    for (int i = 0; i < times; ++i) ++chosen[choose(headers)];
    return chosen;
  }
  void end(std::size_t i, bool ok, const metadata& trailers = {}) {
    policy_->ended(*backends[i], {.ok = ok, .trailing_metadata = trailers});
  }

  std::chrono::steady_clock::time_point now{1000h};
  std::vector<std::unique_ptr<fake_backend>> backends;

 private:
  std::unique_ptr<load_balancer> policy_;
};

inline load_balancing_policy policy_of(std::string name,
                                       decltype(load_balancing_policy::config) config = {}) {
  return {.name = std::move(name), .config = std::move(config)};
}

}  // namespace grpcwire::tests
