// Reading what was counted.
#include "metrics.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <grpcwire/rpc/metric_series.hpp>

namespace grpcwire {
namespace detail {
namespace {

using codec::status_code;

constexpr double in_nanoseconds = 1e-9;  // of a second
constexpr double in_bytes = 1;

metric counter(std::string_view name, std::string_view unit, std::string_view description) {
  return {.name = name, .unit = unit, .description = description, .kind = metric_kind::counter};
}
metric durations(std::string_view name, std::string_view description) {
  return {.name = name,
          .unit = "s",
          .description = description,
          .kind = metric_kind::histogram,
          .bounds = duration_bounds_s};
}
metric sizes(std::string_view name, std::string_view description) {
  return {.name = name,
          .unit = "By",
          .description = description,
          .kind = metric_kind::histogram,
          .bounds = size_bounds_bytes};
}

/// The labels of one series, as it is copied into the metrics.
struct series_reader {
  std::string_view method;
  std::string_view target;
  const call_series& series;

  void started(metric& to) const {
    const std::uint64_t count = series.started_count();
    if (count == 0) return;
    to.points.push_back(
        {.method = std::string(method), .target = std::string(target), .count = count});
  }

  template <class Histogram>
  void histogram(metric& to, Histogram status_cell::*which, double unit) const {
    for (int number = 0; number <= 16; ++number) {
      const auto code = static_cast<status_code>(number);
      metric_point point = series.total(code, which, unit);
      if (point.count == 0) continue;
      point.method = method;
      point.target = target;
      point.status = code;
      to.points.push_back(std::move(point));
    }
  }
};

/// The instruments of calls, or attempts, that have sizes.
struct instruments {
  metric started;
  metric duration;
  metric sent;
  metric received;

  void read(const series_reader& from) {
    from.started(started);
    from.histogram(duration, &status_cell::duration, in_nanoseconds);
    from.histogram(sent, &status_cell::sent, in_bytes);
    from.histogram(received, &status_cell::received, in_bytes);
  }
};

metric counts(std::string_view name, std::string_view unit, std::string_view description,
              std::span<const double> bounds) {
  return {.name = name,
          .unit = unit,
          .description = description,
          .kind = metric_kind::histogram,
          .bounds = bounds};
}

/// Those of calls that had more than one attempt (gRPC A96).
struct retry_instruments {
  metric retries =
      counts("grpc.client.call.retries", "{retry}",
             "How often calls were tried again by their policy, if they were.", retry_bounds_count);
  metric transparent =
      counts("grpc.client.call.transparent_retries", "{transparent_retry}",
             "How often calls were sent again because no server had looked at them, if they were.",
             transparent_retry_bounds_count);
  metric hedges = counts("grpc.client.call.hedges", "{hedge}",
                         "How many attempts calls had besides the first one, if they were hedged.",
                         retry_bounds_count);
  metric delay = durations("grpc.client.call.retry_delay",
                           "How long calls had no attempt under way, if they were tried again.");

  void read(std::string_view method, std::string_view target, const retry_series& series) {
    const retry_cell* cell = series.cell();
    if (cell == nullptr) return;
    const auto add = [&](metric& to, const auto& histogram, double unit) {
      metric_point point;
      histogram.add_to(point, unit);
      if (point.count == 0) return;
      point.method = method;
      point.target = target;
      to.points.push_back(std::move(point));
    };
    add(retries, cell->retries, 1);
    add(transparent, cell->transparent, 1);
    add(hedges, cell->hedges, 1);
    add(delay, cell->delay, in_nanoseconds);
  }
};

void sort(metric& m) {
  std::sort(m.points.begin(), m.points.end(), [](const metric_point& a, const metric_point& b) {
    return std::tie(a.method, a.target, a.status) < std::tie(b.method, b.target, b.status);
  });
}

}  // namespace

metric_store::metric_store(const metrics_settings& settings)
    : settings_(settings), server_(settings.methods_max) {}

client_table& metric_store::client(std::string_view target) {
  std::string label = canonical_target(target);
  const std::lock_guard lock(mutex_);
  const auto find = [&] {
    return std::find_if(targets_.begin(), targets_.end(),
                        [&](const auto& t) { return t->label == label; });
  };
  auto found = find();
  if (found == targets_.end() && targets_.size() >= settings_.targets_max) {
    label = "other";  // is one more than the limit
    found = find();
  }
  if (found != targets_.end()) return (*found)->methods;
  targets_.push_back(std::make_unique<target_entry>(std::move(label), settings_.methods_max));
  return targets_.back()->methods;
}

metrics_snapshot metric_store::snapshot() const {
  instruments attempts{
      counter("grpc.client.attempt.started", "{attempt}", "Attempts that clients have started."),
      durations("grpc.client.attempt.duration",
                "How long attempts took, with the wait for a connection."),
      sizes("grpc.client.attempt.sent_total_compressed_message_size",
            "Bytes of all request messages of an attempt, as they were compressed."),
      sizes("grpc.client.attempt.rcvd_total_compressed_message_size",
            "Bytes of all response messages of an attempt, as they were compressed."),
  };
  metric calls =
      durations("grpc.client.call.duration", "How long calls took, as the program sees it.");
  retry_instruments again;
  instruments server{
      counter("grpc.server.call.started", "{call}", "Calls that servers have started."),
      durations("grpc.server.call.duration", "How long calls took, as the server sees it."),
      sizes("grpc.server.call.sent_total_compressed_message_size",
            "Bytes of all response messages of a call, as they were compressed."),
      sizes("grpc.server.call.rcvd_total_compressed_message_size",
            "Bytes of all request messages of a call, as they were compressed."),
  };
  {
    const std::lock_guard lock(mutex_);
    for (const auto& target : targets_) {
      target->methods.each([&](std::string_view method, const client_series& series) {
        attempts.read({method, target->label, series.attempts});
        const series_reader whole{method, target->label, series.calls};
        whole.histogram(calls, &status_cell::duration, in_nanoseconds);
        again.read(method, target->label, series.retries);
      });
    }
  }
  server_.each([&](std::string_view method, const call_series& series) {
    server.read({method, {}, series});
  });
  metrics_snapshot snapshot;
  std::vector<metric*> shown = {&attempts.started, &attempts.duration, &attempts.sent,
                                &attempts.received, &calls};
  if (settings_.retries) {
    shown.insert(shown.end(), {&again.retries, &again.transparent, &again.hedges, &again.delay});
  }
  shown.insert(shown.end(), {&server.started, &server.duration, &server.sent, &server.received});
  for (metric* m : shown) {
    sort(*m);
    snapshot.all.push_back(std::move(*m));
  }
  return snapshot;
}

client_table* table_of(const std::shared_ptr<metrics>& counting, std::string_view target) {
  return counting ? &counting->store().client(target) : nullptr;
}

std::string canonical_target(std::string_view target) {
  constexpr std::array<std::string_view, 8> schemes = {
      "dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "vsock:", "passthrough:", "xds:"};
  // The program's own schemes are seen by their slashes.
  const bool has_scheme = target.find("://") != std::string_view::npos ||
                          std::any_of(schemes.begin(), schemes.end(),
                                      [&](auto scheme) { return target.starts_with(scheme); });
  if (has_scheme || target == "in-process") return std::string(target);
  return "dns:///" + std::string(target);
}

}  // namespace detail

const metric* metrics_snapshot::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const metric& m) { return m.name == name; });
  return found == all.end() ? nullptr : &*found;
}

metrics::metrics(const metrics_settings& settings)
    : store_(std::make_unique<detail::metric_store>(settings)) {}

metrics::~metrics() = default;

metrics_snapshot metrics::snapshot() const {
  return store_->snapshot();
}

}  // namespace grpcwire
