#include "backend_metrics.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "load_service.hpp"

namespace grpcwire::interop {
namespace {

class backend_metrics final : public every_backend {
 public:
  explicit backend_metrics(std::shared_ptr<heard_loads> to) : to_(std::move(to)) {}

  void update(const std::vector<backend*>& backends) override {
    std::erase_if(out_of_band_, [&](const auto& one) {
      return std::find(backends.begin(), backends.end(), one.first) == backends.end();
    });
    every_backend::update(backends);
  }
  void ended(backend& which, const call_outcome& outcome) override {
    const auto of_call = outcome.trailing_metadata.get(load_trailer);
    to_->add(of_call && !of_call->empty() ? std::string(*of_call) : out_of_band_[&which]);
  }
  bool wants_outcomes() const override { return true; }
  void load_reported(backend& which, std::string_view report) override {
    out_of_band_[&which] = report;
  }
  std::optional<std::chrono::nanoseconds> load_report_interval() const override {
    return std::chrono::seconds(1);
  }

 private:
  backend& among(const std::vector<backend*>& ready, const pick_request&) override {
    return *ready.front();
  }

  std::shared_ptr<heard_loads> to_;
  std::map<const backend*, std::string> out_of_band_;  // the last one of each
};

}  // namespace

std::size_t heard_loads::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::optional<std::string> heard_loads::after(std::size_t known,
                                              std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, limit, [&] { return calls_ > known; })) return std::nullopt;
  return last_;
}

void heard_loads::add(std::string report) {
  const std::lock_guard lock(mutex_);
  ++calls_;
  last_ = std::move(report);
  changed_.notify_all();
}

load_balancer_kind backend_metrics_policy(std::shared_ptr<heard_loads> to) {
  return {.name = backend_metrics_name, .make = [to = std::move(to)](std::string_view) {
            return std::make_unique<backend_metrics>(to);
          }};
}

}  // namespace grpcwire::interop
