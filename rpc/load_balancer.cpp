#include <algorithm>
#include <random>

#include <grpcwire/rpc/load_balancer.hpp>

namespace grpcwire {
namespace {

using several = std::vector<backend*>;

bool contains(const several& all, const backend* one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Connects when a call wants it, and stays where it is (gRFC A61, A62).
class pick_first final : public load_balancer {
 public:
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
  backend* only_ = nullptr;
};

class round_robin final : public every_backend {
 private:
  backend& among(const several& ready, const pick_request&) override {
    return *ready[next_++ % ready.size()];
  }

  std::size_t next_ = std::random_device{}();
};

/// Of `choice_count` backends at random, the one with the fewest calls in flight (gRFC A48).
class least_request final : public every_backend {
 private:
  static constexpr int choice_count = 2;

  backend& among(const several& ready, const pick_request&) override {
    std::uniform_int_distribution<std::size_t> any(0, ready.size() - 1);
    backend* best = ready[any(random_)];
    for (int i = 1; i < choice_count; ++i) {
      backend* other = ready[any(random_)];
      if (other->calls_in_flight() < best->calls_in_flight()) best = other;
    }
    return *best;
  }

  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace

void every_backend::update(const several& all) {
  backends_ = all;
  std::erase_if(failed_, [&](const backend* b) { return !contains(all, b); });
  for (backend* b : all) b->connect();
  refresh();
}

void every_backend::changed(backend& which) {
  if (which.state() == channel_state::idle) which.connect();
  const bool failed = contains(failed_, &which);
  if (which.state() == channel_state::transient_failure && !failed) failed_.push_back(&which);
  if (which.state() == channel_state::ready && failed) std::erase(failed_, &which);
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

std::unique_ptr<load_balancer> make_load_balancer(std::string_view name) {
  if (name == "pick_first") return std::make_unique<pick_first>();
  if (name == "round_robin") return std::make_unique<round_robin>();
  if (name == "least_request_experimental") return std::make_unique<least_request>();
  return nullptr;
}

}  // namespace grpcwire
