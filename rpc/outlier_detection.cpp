#include "outlier_detection.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>

namespace grpcwire {
namespace {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;
using several = std::vector<backend*>;
using namespace std::chrono_literals;

constexpr std::chrono::hours for_ever{24 * 365 * 100};

struct call_counts {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t all() const noexcept { return good + bad; }
  double success_rate() const { return static_cast<double>(good) / static_cast<double>(all()); }
};

std::string percent(double part) {
  return std::to_string(std::lround(part * 100)) + " %";
}

/// What the child sees of a backend.
class watched_backend final : public backend {
 public:
  explicit watched_backend(backend& real) : real_(real) {}

  const endpoint& where() const noexcept override { return real_.where(); }
  channel_state state() const noexcept override {
    return hidden_ ? channel_state::transient_failure : real_.state();
  }
  const codec::status& failure() const noexcept override {
    return hidden_ ? why_ : real_.failure();
  }
  std::size_t calls_in_flight() const noexcept override { return real_.calls_in_flight(); }
  void connect() override { real_.connect(); }

  backend& real() const noexcept { return real_; }
  bool hidden() const noexcept { return hidden_; }
  void count(bool good) noexcept { ++(good ? current_.good : current_.bad); }
  void end_interval() noexcept { last_ = std::exchange(current_, {}); }
  const call_counts& last() const noexcept { return last_; }

  bool ejected() const noexcept { return ejected_at_.has_value(); }
  void eject(time_point now, std::string reason) {
    ejected_at_ = now;
    ++ejections_;
    why_ =
        codec::status(codec::status_code::unavailable,
                      {.message = "the server is ejected: " + std::move(reason),
                       .origin = codec::status_origin::local,
                       .phase = codec::call_phase::connecting,
                       .address = real_.where().addresses.empty() ? std::string()
                                                                  : real_.where().addresses.front(),
                       .advice = "look at the health of this server"});
  }

  /// What `count` sweeps do, the first at `first`, after the rules were looked at.
  void settle(const outlier_detection_config& config, time_point first, std::int64_t count) {
    if (ejected_at_) {
      const nanoseconds left = *ejected_at_ + ejection_time(config) - first;
      const std::int64_t passed = left.count() < 0 ? 0 : left / config.interval + 1;
      if (passed >= count) return;
      ejected_at_.reset();
      count -= passed + 1;
    }
    ejections_ -= std::min(ejections_, count);
  }
  /// True: the child should know.
  bool show() noexcept { return std::exchange(hidden_, ejected()) != hidden_; }

 private:
  nanoseconds ejection_time(const outlier_detection_config& config) const {
    const nanoseconds longest = std::max(config.base_ejection_time, config.max_ejection_time);
    if (config.base_ejection_time.count() > longest.count() / ejections_) return longest;
    return config.base_ejection_time * ejections_;
  }

  backend& real_;
  call_counts current_;
  call_counts last_;
  std::optional<time_point> ejected_at_;
  std::int64_t ejections_ = 0;  // the multiplier of A50
  codec::status why_;
  bool hidden_ = false;
};

class outlier_detection final : public load_balancer {
 public:
  outlier_detection(const outlier_detection_config& config, std::unique_ptr<load_balancer> child,
                    balancing_environment environment)
      : config_(config),
        child_(std::move(child)),
        environment_(std::move(environment)),
        random_(environment_.seed),
        counts_((config.success_rate || config.failure_percentage) && !child_->one_connection()) {
    // What is longer than ever a clock has to hold.
    config_.interval = std::clamp<nanoseconds>(config_.interval, 1ms, for_ever);
    config_.base_ejection_time = std::min<nanoseconds>(config_.base_ejection_time, for_ever);
    config_.max_ejection_time = std::min<nanoseconds>(config_.max_ejection_time, for_ever);
  }

  void arrange(std::vector<endpoint>& found) override { child_->arrange(found); }

  void update(const several& all) override {
    if (!interval_began_) interval_began_ = environment_.now();
    std::vector<std::unique_ptr<watched_backend>> next;
    several shown;
    for (backend* b : all) {
      const auto known = std::find_if(watched_.begin(), watched_.end(),
                                      [&](const auto& w) { return w && &w->real() == b; });
      next.push_back(known == watched_.end() ? std::make_unique<watched_backend>(*b)
                                             : std::move(*known));
      shown.push_back(next.back().get());
    }
    std::swap(next, watched_);  // those that are gone live until the child knows
    places_.clear();
    for (const auto& w : watched_) places_[&w->real()] = w.get();
    child_->update(shown);
  }

  void changed(backend& which) override {
    watched_backend* w = find(which);
    if (w != nullptr && !w->hidden()) child_->changed(*w);
  }

  pick choose(const pick_request& call) override {
    sweep_if_due();
    pick made = child_->choose(call);
    if (made.to != nullptr) made.to = &static_cast<watched_backend*>(made.to)->real();
    return made;
  }

  channel_state state() const override { return child_->state(); }

  void ended(backend& which, const call_outcome& outcome) override {
    sweep_if_due();
    watched_backend* w = find(which);
    if (w == nullptr) return;
    if (counts_) w->count(outcome.ok);
    child_->ended(*w, outcome);
  }

  bool wants_outcomes() const override { return counts_ || child_->wants_outcomes(); }
  void load_reported(backend& which, std::string_view report) override {
    if (watched_backend* w = find(which)) child_->load_reported(*w, report);
  }
  std::optional<nanoseconds> load_report_interval() const override {
    return child_->load_report_interval();
  }
  bool one_connection() const override { return child_->one_connection(); }

 private:
  watched_backend* find(const backend& which) {
    const auto found = places_.find(&which);
    return found == places_.end() ? nullptr : found->second;
  }

  void sweep_if_due() {
    if (!counts_ || !interval_began_) return;
    const std::int64_t passed = (environment_.now() - *interval_began_) / config_.interval;
    if (passed <= 0) return;
    const time_point first = *interval_began_ + config_.interval;
    *interval_began_ += config_.interval * passed;  // before the child may ask for another sweep
    for (const auto& w : watched_) w->end_interval();
    if (config_.success_rate) eject_by_success_rate(*config_.success_rate, first);
    if (config_.failure_percentage) eject_by_failures(*config_.failure_percentage, first);
    for (const auto& w : watched_) w->settle(config_, first, passed);
    for (const auto& w : watched_) {
      if (w->show()) child_->changed(*w);
    }
  }

  void eject_by_success_rate(const success_rate_ejection& rule, time_point now) {
    const auto has_enough = [&](const auto& w) { return w->last().all() >= rule.request_volume; };
    const auto hosts = std::count_if(watched_.begin(), watched_.end(), has_enough);
    if (hosts == 0 || hosts < static_cast<std::int64_t>(rule.minimum_hosts)) return;
    double sum = 0;
    double squares = 0;
    for (const auto& w : watched_) {
      if (has_enough(w)) sum += rate(*w);
    }
    const double mean = sum / static_cast<double>(hosts);
    for (const auto& w : watched_) {
      if (has_enough(w)) squares += (rate(*w) - mean) * (rate(*w) - mean);
    }
    const double deviation = std::sqrt(squares / static_cast<double>(hosts));
    const double least = mean - deviation * rule.stdev_factor / 1000;
    for (const auto& w : watched_) {
      if (enough_ejected()) return;
      if (!has_enough(w) || rate(*w) >= least || w->ejected()) continue;
      if (!happens(rule.enforcement_percentage)) continue;
      w->eject(now, percent(rate(*w)) + " of its last " + std::to_string(w->last().all()) +
                        " calls succeeded, of all servers' " + percent(mean));
    }
  }

  void eject_by_failures(const failure_percentage_ejection& rule, time_point now) {
    const auto has_enough = [&](const auto& w) { return w->last().all() >= rule.request_volume; };
    const auto hosts = std::count_if(watched_.begin(), watched_.end(), has_enough);
    if (hosts < static_cast<std::int64_t>(rule.minimum_hosts)) return;
    for (const auto& w : watched_) {
      if (enough_ejected()) return;
      const call_counts& calls = w->last();
      if (!has_enough(w) || calls.bad * 100 <= calls.all() * rule.threshold || w->ejected()) {
        continue;
      }
      if (!happens(rule.enforcement_percentage)) continue;
      w->eject(now, percent(1 - rate(*w)) + " of its last " + std::to_string(calls.all()) +
                        " calls failed, more than " + std::to_string(rule.threshold) + " %");
    }
  }

  /// With a request_volume of 0 backends without calls take part; nothing of them failed.
  static double rate(const watched_backend& w) {
    return w.last().all() == 0 ? 1 : w.last().success_rate();
  }

  bool enough_ejected() const {
    const auto ejected = static_cast<std::size_t>(std::count_if(
        watched_.begin(), watched_.end(), [](const auto& w) { return w->ejected(); }));
    return ejected * 100 >= watched_.size() * config_.max_ejection_percent;
  }

  bool happens(std::uint32_t percentage) {
    return std::uniform_int_distribution<std::uint32_t>(0, 99)(random_) < percentage;
  }

  outlier_detection_config config_;
  std::unique_ptr<load_balancer> child_;
  balancing_environment environment_;
  std::mt19937_64 random_;
  bool counts_;
  std::optional<time_point> interval_began_;
  std::vector<std::unique_ptr<watched_backend>> watched_;
  std::unordered_map<const backend*, watched_backend*> places_;
};

}  // namespace

std::unique_ptr<load_balancer> make_outlier_detection(const outlier_detection_config& config,
                                                      std::unique_ptr<load_balancer> child,
                                                      balancing_environment environment) {
  return std::make_unique<outlier_detection>(config, std::move(child), std::move(environment));
}

}  // namespace grpcwire
