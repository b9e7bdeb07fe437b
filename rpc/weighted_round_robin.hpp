// The policy `weighted_round_robin` (gRPC A58): calls in turn, to each server as many as it can
// take by its own account.
#pragma once

#include <memory>

#include <grpcwire/rpc/load_balancer.hpp>
#include <grpcwire/rpc/load_balancing_config.hpp>

namespace grpcwire {

/// Connects to every backend, and gives the READY ones calls in proportion to their weights.
///
/// A weight is qps / (utilization + eps / qps * error_utilization_penalty), of the last report that
/// came in the trailer `endpoint-load-metrics-bin` (gRPC A51); `application_utilization` counts, or
/// `cpu_utilization` where that is 0. A report that is broken, or gives no weight above 0, is not
/// heard.
/// - A weight counts from blackout_period (10 s) after the first report since the backend became
///   READY, and until weight_expiration_period (3 min) after the last one.
/// - Weights are looked at every weight_update_period (1 s, at least 100 ms), or when the READY
///   backends are others; with the next pick, without a timer.
/// - Backends without a weight that counts get the mean of the others.
/// - With fewer than two weights that count it is plain round robin.
/// - No weight counts for more than ten times, or less than a tenth of, their mean, so that one
/// wild
///   report does not draw all calls to one server. That bounds the work of a pick, too.
///
/// Between two updates of the weights every backend gets its share to within a call.
///
/// With `enable_oob_load_report` each backend is asked to report by itself, about every
/// oob_reporting_period, over the connection that calls go over (gRPC A51); reports in trailers are
/// not looked at then. Backends that cannot do it have no weight.
std::unique_ptr<load_balancer> make_weighted_round_robin(
    const weighted_round_robin_config& config = {}, balancing_environment environment = {});

}  // namespace grpcwire
