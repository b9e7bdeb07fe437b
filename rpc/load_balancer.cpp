// The simple policies, the frame of the others, and all of them by their names.
#include "load_balancer.hpp"

#include <algorithm>
#include <random>

#include <grpcwire/rpc/load_balancing_config.hpp>
#include <grpcwire/rpc/outlier_detection.hpp>
#include <grpcwire/rpc/ring_hash.hpp>
#include <grpcwire/rpc/weighted_round_robin.hpp>

namespace grpcwire {
namespace {

using several = std::vector<backend*>;

bool contains(const several& all, const backend* one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// A backend stays among those that failed until it is READY (gRFC A62).
void remember(several& failed, backend& which) {
  const bool known = contains(failed, &which);
  if (which.state() == channel_state::transient_failure && !known) failed.push_back(&which);
  if (which.state() == channel_state::ready && known) std::erase(failed, &which);
}

/// Connects when a call wants it, and stays where it is (gRFC A61, A62).
class pick_first final : public load_balancer {
 public:
  pick_first(const pick_first_config& config, const balancing_environment& environment)
      : shuffle_(config.shuffle_address_list), random_(environment.seed) {}

  void arrange(std::vector<endpoint>& found) override {
    if (shuffle_) std::shuffle(found.begin(), found.end(), random_);
  }
  void update(const several& all) override { only_ = all.empty() ? nullptr : all.front(); }
  void changed(backend&) override {}
  pick choose(const pick_request&) override {
    if (only_ == nullptr) return {};
    if (only_->state() == channel_state::idle) only_->connect();
    if (only_->state() == channel_state::ready) return {.to = only_};
    if (only_->state() == channel_state::connecting) return {};
    return {.why = only_->failure()};
  }
  channel_state state() const override {
    return only_ == nullptr ? channel_state::connecting : only_->state();
  }
  bool one_connection() const override { return true; }

 private:
  bool shuffle_;
  std::mt19937_64 random_;
  backend* only_ = nullptr;
};

class round_robin final : public every_backend {
 public:
  explicit round_robin(const balancing_environment& environment) : next_(environment.seed) {}

 private:
  backend& among(const several& ready, const pick_request&) override {
    return *ready[next_++ % ready.size()];
  }

  std::size_t next_;
};

/// Of `choice_count` backends at random, the one with the fewest calls in flight (gRFC A48).
class least_request final : public every_backend {
 public:
  least_request(const least_request_config& config, const balancing_environment& environment)
      : choice_count_(std::clamp<std::uint32_t>(config.choice_count, 2, 10)),
        random_(environment.seed) {}

 private:
  backend& among(const several& ready, const pick_request&) override {
    std::uniform_int_distribution<std::size_t> any(0, ready.size() - 1);
    backend* best = ready[any(random_)];
    for (std::uint32_t i = 1; i < choice_count_; ++i) {
      backend* other = ready[any(random_)];
      if (other->calls_in_flight() < best->calls_in_flight()) best = other;
    }
    return *best;
  }

  std::uint32_t choice_count_;
  std::mt19937_64 random_;
};

template <class Config>
Config config_of(const load_balancing_policy& policy) {
  const auto* config = std::get_if<Config>(&policy.config);
  return config == nullptr ? Config() : *config;
}

}  // namespace

void every_backend::update(const several& all) {
  backends_ = all;
  std::erase_if(failed_, [&](const backend* b) { return !contains(all, b); });
  refresh();  // a pick while they connect finds none that is gone
  for (backend* b : all) b->connect();
  for (backend* b : all) remember(failed_, *b);  // other channels may have tried it before
  refresh();
}

void every_backend::changed(backend& which) {
  if (which.state() == channel_state::idle) which.connect();
  remember(failed_, which);
  refresh();
}

void every_backend::refresh() {
  ready_.clear();
  for (backend* b : backends_) {
    if (b->state() == channel_state::ready) ready_.push_back(b);
  }
}

pick every_backend::choose(const pick_request& call) {
  if (!ready_.empty()) return {.to = &among(ready_, call)};
  if (state() != channel_state::transient_failure) return {};
  return {.why = failed_.back()->failure()};
}

channel_state every_backend::state() const {
  if (!ready_.empty()) return channel_state::ready;
  const bool all_failed = !backends_.empty() && failed_.size() == backends_.size();
  return all_failed ? channel_state::transient_failure : channel_state::connecting;
}

std::uint64_t balancing_environment::random_seed() {
  std::random_device chance;
  return std::uint64_t{chance()} << 32U | chance();
}

std::unique_ptr<load_balancer> make_load_balancer(const load_balancing_policy& policy,
                                                  std::span<const load_balancer_kind> kinds,
                                                  const balancing_environment& environment) {
  for (const load_balancer_kind& kind : kinds) {
    if (kind.name == policy.name) return kind.make(config_of<custom_policy_config>(policy).json);
  }
  if (policy.name == "pick_first") {
    return std::make_unique<pick_first>(config_of<pick_first_config>(policy), environment);
  }
  if (policy.name == "round_robin") return std::make_unique<round_robin>(environment);
  if (policy.name == "least_request_experimental") {
    return std::make_unique<least_request>(config_of<least_request_config>(policy), environment);
  }
  if (policy.name == "weighted_round_robin") {
    return make_weighted_round_robin(config_of<weighted_round_robin_config>(policy), environment);
  }
  if (policy.name == "ring_hash_experimental") {
    return make_ring_hash(config_of<ring_hash_config>(policy), environment);
  }
  if (policy.name == "outlier_detection_experimental") {
    const auto config = config_of<outlier_detection_config>(policy);
    auto child = make_load_balancer(*config.child, kinds, environment);
    return child ? make_outlier_detection(config, std::move(child), environment) : nullptr;
  }
  return nullptr;
}

std::unique_ptr<load_balancer> make_load_balancer(std::string_view name) {
  return make_load_balancer(load_balancing_policy{.name = std::string(name)});
}

}  // namespace grpcwire
