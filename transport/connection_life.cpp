#include "connection_life.hpp"

#include <algorithm>

namespace grpcwire::transport {
namespace {
// A peer that reads answers a PING sooner; the figure is grpc-go's.
constexpr std::chrono::seconds drain_acknowledgement_max{5};
}  // namespace

void connection_life::begin(time_point now) noexcept {
  if (settings_.idle_max) idle_at_ = later(now, *settings_.idle_max);
  if (settings_.age_max) age_at_ = later(now, *settings_.age_max);
}

void connection_life::drain_began() noexcept {
  draining_ = true;
  idle_at_ = age_at_ = never;
  announced_at_ = at_once;
}

void connection_life::drain_announced(time_point now) noexcept {
  announced_at_ = never;
  if (aged_ && settings_.age_grace) grace_at_ = later(now, *settings_.age_grace);
}

void connection_life::stop() noexcept {
  idle_at_ = age_at_ = announced_at_ = grace_at_ = never;
}

time_point connection_life::due() const noexcept {
  return std::min(std::min(idle_at_, age_at_), std::min(announced_at_, grace_at_));
}

connection_life::step connection_life::on_time(time_point now) noexcept {
  if (idle_at_ == at_once) idle_at_ = later(now, *settings_.idle_max);
  if (announced_at_ == at_once) announced_at_ = later(now, drain_acknowledgement_max);
  if (now >= grace_at_) {
    grace_at_ = never;
    return step::close;
  }
  if (now >= announced_at_) {
    announced_at_ = never;
    return step::last_goaway;
  }
  if (now >= age_at_) {
    age_at_ = never;
    aged_ = true;
    return step::drain_aged;
  }
  if (now >= idle_at_) {
    idle_at_ = never;
    return step::drain_idle;
  }
  return step::none;
}

}  // namespace grpcwire::transport
