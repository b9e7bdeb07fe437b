// The policy `outlier_detection_experimental` (gRPC A50): keeps calls away for a while from servers
// that fail more of them than the others do, and leaves the choice among the rest to another
// policy.
#pragma once

#include <memory>

#include <grpcwire/rpc/load_balancer.hpp>
#include <grpcwire/rpc/load_balancing_config.hpp>

namespace grpcwire {

/// Counts the outcomes of calls to each backend, and looks at them every `interval` (10 s). Off
/// unless one of the rules is in the configuration; calls count in the interval in which they end.
/// - success_rate: of backends with at least request_volume (100) calls there are minimum_hosts (5)
///   or more. One whose rate is below mean - stdev_factor (1.9) * standard deviation is an outlier.
/// - failure_percentage: as many backends, with a request_volume of 50. One of which more than
///   `threshold` (85) percent of the calls failed is an outlier.
/// An outlier is ejected with a chance of enforcement_percentage (100), as long as fewer than
/// max_ejection_percent (10) of the backends are. The child sees it in TRANSIENT_FAILURE then, with
/// a status that says why; its connection and its calls are kept. The n-th ejection lasts n times
/// base_ejection_time (30 s), at most max_ejection_time (300 s). Every interval without one takes 1
/// from n.
///
/// There is no timer: what was due is done with the next pick or end of a call, as of the time when
/// it was due. So a call that waits because all backends are ejected, which takes a
/// max_ejection_percent of 100, goes on waiting until there is another call or change.
///
/// With a child of one connection, such as pick_first, nothing is counted. `child` is not null.
std::unique_ptr<load_balancer> make_outlier_detection(const outlier_detection_config& config,
                                                      std::unique_ptr<load_balancer> child,
                                                      balancing_environment environment = {});

}  // namespace grpcwire
