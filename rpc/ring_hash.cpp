#include "ring_hash.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <utility>

#include <grpcwire/rpc/xxh64_internal.hpp>

namespace grpcwire {
namespace {

using several = std::vector<backend*>;

struct ring_member {
  backend* who = nullptr;
  std::string key{};
  bool failed = false;  // from TRANSIENT_FAILURE until READY, as gRPC A42 wants it

  channel_state state() const { return failed ? channel_state::transient_failure : who->state(); }
  void see() {
    const channel_state now = who->state();
    if (now == channel_state::ready || now == channel_state::idle) failed = false;
    if (now == channel_state::transient_failure || now == channel_state::shutdown) failed = true;
  }
};

struct ring_place {
  std::uint64_t hash;
  std::uint32_t member;
};

std::string key_of(const backend& b) {
  const endpoint& where = b.where();
  if (!where.hash_key.empty() || where.addresses.empty()) return where.hash_key;
  return where.addresses.front();
}

std::vector<ring_place> make_ring(const std::vector<ring_member>& members, double size_min,
                                  double size_max) {
  std::vector<ring_place> ring;
  const auto count = static_cast<double>(members.size());
  const double size = std::min(std::ceil(size_min / count) * count, size_max);
  ring.reserve(static_cast<std::size_t>(size));
  std::string name;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    // Where there are more members than places some have none.
    const auto end = static_cast<std::size_t>(std::ceil(size * (i + 1) / count));
    for (std::size_t n = 0; ring.size() < end; ++n) {
      name.assign(members[i].key).append("_").append(std::to_string(n));
      ring.push_back({.hash = detail::xxh64(name), .member = i});
    }
  }
  std::sort(ring.begin(), ring.end(), [](const ring_place& a, const ring_place& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.member < b.member;
  });
  return ring;
}

class ring_hash final : public load_balancer {
 public:
  ring_hash(const ring_hash_config& config, const balancing_environment& environment)
      : config_(config), random_(environment.seed) {
    config_.max_ring_size = std::clamp<std::uint32_t>(config_.max_ring_size, 1, size_max);
    config_.min_ring_size =
        std::clamp<std::uint32_t>(config_.min_ring_size, 1, config_.max_ring_size);
  }

  void update(const several& all) override {
    std::vector<ring_member> members;
    bool same = all.size() == members_.size();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto before = find(*all[i]);
      members.push_back({.who = all[i],
                         .key = key_of(*all[i]),
                         .failed = before != members_.end() && before->failed});
      members.back().see();
      same = same && members_[i].key == members[i].key;
    }
    members_ = std::move(members);
    if (!same) ring_ = make_ring(members_, config_.min_ring_size, config_.max_ring_size);
    keep_trying();
  }

  void changed(backend& which) override {
    const auto member = find(which);
    if (member == members_.end()) return;
    member->see();
    keep_trying();
  }

  pick choose(const pick_request& call) override {
    if (ring_.empty()) return {};
    if (config_.request_hash_header.empty()) {
      return {.why = codec::status(codec::status_code::unavailable,
                                   {.message = "ring_hash has no header to hash",
                                    .phase = codec::call_phase::starting,
                                    .advice = "set requestHashHeader in the service config"})};
    }
    const auto hash = hash_of(call.metadata);
    return hash ? by_hash(first_from(*hash)) : by_chance(first_from(random_()));
  }

  channel_state state() const override {
    std::size_t failed = 0;
    bool connecting = members_.empty();
    bool idle = false;
    for (const ring_member& member : members_) {
      const channel_state now = member.state();
      if (now == channel_state::ready) return now;
      if (now == channel_state::transient_failure) ++failed;
      connecting = connecting || now == channel_state::connecting;
      idle = idle || now == channel_state::idle;
    }
    if (failed >= 2) return channel_state::transient_failure;
    if (connecting || (failed == 1 && members_.size() > 1)) return channel_state::connecting;
    return idle ? channel_state::idle : channel_state::transient_failure;
  }

 private:
  static constexpr std::uint32_t size_max = 4096;

  std::vector<ring_member>::iterator find(const backend& which) {
    return std::find_if(members_.begin(), members_.end(),
                        [&](const ring_member& member) { return member.who == &which; });
  }

  bool any(channel_state state) const {
    return std::any_of(members_.begin(), members_.end(),
                       [&](const ring_member& member) { return member.state() == state; });
  }

  /// There may be no calls to wake anybody up (gRPC A61).
  void keep_trying() {
    const channel_state now = state();
    if (now != channel_state::connecting && now != channel_state::transient_failure) return;
    if (any(channel_state::connecting)) return;
    for (const ring_member& member : members_) {
      if (member.state() == channel_state::idle) return member.who->connect();
    }
  }

  std::optional<std::uint64_t> hash_of(const codec::metadata& headers) {
    std::string_view all;
    int values = 0;
    for (const auto& header : headers) {
      if (header.name != config_.request_hash_header) continue;
      if (++values == 1) {
        all = header.value;
        continue;
      }
      if (values == 2) joined_.assign(all);
      all = joined_.append(",").append(header.value);
    }
    if (all.empty()) return std::nullopt;
    return detail::xxh64(all);
  }

  std::size_t first_from(std::uint64_t hash) const {
    const auto place =
        std::lower_bound(ring_.begin(), ring_.end(), hash,
                         [](const ring_place& p, std::uint64_t h) { return p.hash < h; });
    return place == ring_.end() ? 0 : static_cast<std::size_t>(place - ring_.begin());
  }

  const ring_member& at(std::size_t place) const {
    return members_[ring_[place % ring_.size()].member];
  }

  pick by_hash(std::size_t first) const {
    for (std::size_t i = 0; i < ring_.size(); ++i) {
      const ring_member& member = at(first + i);
      const channel_state now = member.state();
      if (now == channel_state::ready) return {.to = member.who};
      if (now == channel_state::transient_failure) continue;
      if (now == channel_state::idle) member.who->connect();
      return {};
    }
    return {.why = at(first).who->failure()};
  }

  pick by_chance(std::size_t first) const {
    backend* idle = nullptr;
    backend* ready = nullptr;
    for (std::size_t i = 0; i < ring_.size() && ready == nullptr; ++i) {
      const ring_member& member = at(first + i);
      const channel_state now = member.state();
      if (now == channel_state::ready) ready = member.who;
      if (now == channel_state::idle && idle == nullptr) idle = member.who;
    }
    if (ready != nullptr && idle == nullptr) return {.to = ready};
    bool connecting = any(channel_state::connecting);
    if (idle != nullptr && !connecting) {
      connecting = true;
      idle->connect();
    }
    if (ready != nullptr) return {.to = ready};
    if (connecting) return {};
    return {.why = at(first).who->failure()};
  }

  ring_hash_config config_;
  std::mt19937_64 random_;
  std::vector<ring_member> members_;  // in the order of the resolver
  std::vector<ring_place> ring_;      // by hash
  std::string joined_;                // keeps its memory
};

}  // namespace

std::unique_ptr<load_balancer> make_ring_hash(const ring_hash_config& config,
                                              balancing_environment environment) {
  return std::make_unique<ring_hash>(config, environment);
}

}  // namespace grpcwire
