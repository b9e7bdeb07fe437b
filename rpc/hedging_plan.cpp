#include <grpcwire/rpc/hedging_plan_internal.hpp>

namespace grpcwire::detail {

using codec::metadata;
using codec::status_code;

void count_hedging_failure(const hedging_policy& policy, status_code failure,
                           const metadata& trailers, retry_throttle& throttle) {
  if (policy.non_fatal_codes.contains(failure) || read_pushback(trailers).forbidden) {
    throttle.failed();
  }
}

hedging_step hedging_plan::failed(status_code failure, const metadata& trailers,
                                  retry_throttle& throttle) {
  count_hedging_failure(policy_, failure, trailers, throttle);
  if (!policy_.non_fatal_codes.contains(failure)) return {.fatal = true};
  const retry_pushback said = read_pushback(trailers);
  if (said.forbidden) stop();
  if (!allows_more(throttle)) return {};
  return {.next = said.delay.value_or(std::chrono::nanoseconds::zero())};
}

}  // namespace grpcwire::detail
