#include "weighted_round_robin.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>

#include <grpcwire/rpc/load_report_internal.hpp>

namespace grpcwire {
namespace {

using time_point = std::chrono::steady_clock::time_point;
using several = std::vector<backend*>;

/// What one backend reported, and when.
class reported_weight {
 public:
  void report(double weight, time_point now) {
    if (!first_) first_ = now;
    last_ = now;
    weight_ = weight;
  }
  void begin_again() noexcept { first_.reset(); }

  /// 0: none that counts. Where one expired, the blackout begins again.
  double counting(const weighted_round_robin_config& config, time_point now) {
    if (!first_) return 0;
    if (now - last_ >= config.weight_expiration_period) {
      begin_again();
      return 0;
    }
    return now - *first_ < config.blackout_period ? 0 : weight_;
  }

 private:
  std::optional<time_point> first_;  // since it is READY, or since the weight before expired
  time_point last_{};
  double weight_ = 0;
};

/// A backend, and its place in the rounds. Each round adds its share to its credit; a credit of 1
/// is a call. The largest share is 1, so one round has one call at least.
struct participant {
  backend* who = nullptr;
  reported_weight reported{};
  bool ready = false;
  double weight = 0;
  double share = 1;
  double credit = 0;
};

class weighted_round_robin final : public every_backend {
 public:
  weighted_round_robin(const weighted_round_robin_config& config, balancing_environment environment)
      : config_(config), environment_(std::move(environment)), random_(environment_.seed) {
    config_.weight_update_period = std::clamp<std::chrono::nanoseconds>(
        config_.weight_update_period, update_period_min, for_ever);
    next_ = random_();
  }

  void update(const several& all) override {
    std::erase_if(participants_, [&](const auto& one) {
      return std::find(all.begin(), all.end(), one.first) == all.end();
    });
    for (backend* b : all) {
      const auto [place, is_new] = participants_.try_emplace(b);
      // Clients that begin at the same time should not go in step.
      if (is_new) place->second.credit = std::uniform_real_distribution<double>()(random_);
      place->second.who = b;
      see(place->second);
    }
    others_are_ready_ = true;
    every_backend::update(all);
  }

  void changed(backend& which) override {
    const auto found = participants_.find(&which);
    if (found != participants_.end()) see(found->second);
    others_are_ready_ = true;
    every_backend::changed(which);
  }

  void ended(backend& which, const call_outcome& outcome) override {
    if (!wants_outcomes()) return;
    const auto bytes = outcome.trailing_metadata.get(detail::load_report_trailer);
    if (bytes) load_reported(which, *bytes);
  }
  bool wants_outcomes() const override { return !config_.enable_oob_load_report; }

  void load_reported(backend& which, std::string_view bytes) override {
    const auto found = participants_.find(&which);
    if (found == participants_.end()) return;
    if (const auto report = detail::parse_load_report(bytes)) {
      const double weight = weight_of(*report);
      if (weight > 0) found->second.reported.report(weight, environment_.now());
    }
  }
  std::optional<std::chrono::nanoseconds> load_report_interval() const override {
    if (!config_.enable_oob_load_report) return std::nullopt;
    return config_.oob_reporting_period;
  }

 private:
  static constexpr std::chrono::milliseconds update_period_min{100};
  static constexpr std::chrono::hours for_ever{24 * 365 * 100};  // a clock can hold it
  static constexpr double most_of_mean = 10;

  static void see(participant& p) {
    const bool ready = p.who->state() == channel_state::ready;
    if (ready && !p.ready) p.reported.begin_again();
    p.ready = ready;
  }

  double weight_of(const detail::load_report& report) const {
    double used = report.application_utilization;
    if (used <= 0) used = report.cpu_utilization;
    const double qps = report.queries_per_second;
    if (used <= 0 || qps <= 0) return 0;
    used += report.errors_per_second / qps * config_.error_utilization_penalty;
    const double weight = qps / used;
    return std::isfinite(weight) ? weight : 0;
  }

  backend& among(const several& ready, const pick_request&) override {
    const time_point now = environment_.now();
    if (others_are_ready_ || now >= weigh_at_) weigh(ready, now);
    for (;;) {
      participant& p = *turns_[next_++ % turns_.size()];
      p.credit += p.share;
      if (p.credit < 1) continue;
      p.credit -= 1;
      return *p.who;
    }
  }

  void weigh(const several& ready, time_point now) {
    others_are_ready_ = false;
    weigh_at_ = now + config_.weight_update_period;
    turns_.clear();
    double sum = 0;
    int known = 0;
    for (const backend* b : ready) {
      participant& p = participants_.at(b);
      turns_.push_back(&p);
      p.share = 1;
      p.weight = p.reported.counting(config_, now);
      sum += p.weight;
      if (p.weight > 0) ++known;
    }
    if (known < 2 || !std::isfinite(sum)) return;
    const double mean = sum / known;
    double largest = 0;
    for (participant* p : turns_) {
      if (p->weight == 0) p->weight = mean;
      p->weight = std::clamp(p->weight, mean / most_of_mean, mean * most_of_mean);
      largest = std::max(largest, p->weight);
    }
    for (participant* p : turns_) p->share = p->weight / largest;
  }

  weighted_round_robin_config config_;
  balancing_environment environment_;
  std::mt19937_64 random_;
  std::unordered_map<const backend*, participant> participants_;
  std::vector<participant*> turns_;  // those that are READY
  std::size_t next_ = 0;
  time_point weigh_at_{};
  bool others_are_ready_ = true;
};

}  // namespace

std::unique_ptr<load_balancer> make_weighted_round_robin(const weighted_round_robin_config& config,
                                                         balancing_environment environment) {
  return std::make_unique<weighted_round_robin>(config, std::move(environment));
}

}  // namespace grpcwire
