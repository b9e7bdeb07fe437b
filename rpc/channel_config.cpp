// What a channel makes of its target, its options and its service config.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/rpc/channel_core.hpp>

namespace grpcwire::detail {

using codec::status;
using codec::status_code;

void channel_core::begin(std::optional<source_result> source) {
  const auto refuse = [&](std::string message, std::string advice) {
    bad_target_ = status(status_code::unavailable, {.message = std::move(message),
                                                    .origin = codec::status_origin::local,
                                                    .phase = codec::call_phase::starting,
                                                    .address = target_,
                                                    .advice = std::move(advice)});
    backends_.reset();
  };
  auto config = read_config(options_.service_config);
  own_config_ = std::make_shared<const service_config>(config ? *config : service_config());
  put_in_force(own_config_);
  if (!config) {
    return refuse("bad service config: " + config.error(),
                  "correct channel_options::service_config");
  }
  policy_ = policy_of(*config_);
  auto policy = make_load_balancer(policy_, options_.load_balancers);
  if (!policy) {
    return refuse("there is no load balancing \"" + policy_.name + "\"",
                  "take a built-in one (rpc/load_balancing_config.hpp) or one of "
                  "channel_options::load_balancers");
  }
  backends_ = std::make_unique<backend_list>(executor_, options_, std::move(policy), *this);
  configure_backends();
  auto found = servers_of(std::move(source));
  if (!found) {
    return refuse("bad target " + found.error(),
                  "write host:port, dns:///host:port, unix:path or unix-abstract:name");
  }
  if (options_.authority.empty()) options_.authority = "localhost";
  resolver_ = std::move(found->resolver);
  if (found->source) {
    backends_->use(std::move(found->source));
  } else if (!resolver_) {
    backends_->update(std::move(found->endpoints));
  }
}

codec::result<service_config, std::string> channel_core::read_config(
    const std::string& json) const {
  std::vector<std::string> own;
  for (const load_balancer_kind& kind : options_.load_balancers) own.push_back(kind.name);
  return parse_service_config(json, own);
}

load_balancing_policy channel_core::policy_of(const service_config& config) const {
  if (config.load_balancing) return *config.load_balancing;
  return {.name = options_.load_balancing, .config = custom_policy_config()};
}

void channel_core::put_in_force(std::shared_ptr<const service_config> config) {
  config_ = std::move(config);
  throttle_.set(config_->throttling);
  if (backends_) configure_backends();
}

void channel_core::configure_backends() {
  constexpr std::uint32_t most_by_config = 10;  // gRFC A105
  const auto& wanted = config_->max_connections_per_subchannel;
  backends_->check_health_of(config_->health_check_service);
  backends_->allow_connections(wanted ? std::min(*wanted, most_by_config)
                                      : std::max(options_.max_connections_per_backend, 1U));
}

/// What the resolver says, until it says something else. False when it makes no sense; then what
/// there was stays.
bool channel_core::take_config(const std::string& json) {
  if (json.empty()) {
    put_in_force(own_config_);
  } else if (auto read = read_config(json)) {
    put_in_force(std::make_shared<const service_config>(*std::move(read)));
  } else {
    resolution_failure_ =
        status(status_code::unavailable, {.message = "bad service config: " + read.error(),
                                          .origin = codec::status_origin::local,
                                          .phase = codec::call_phase::connecting,
                                          .address = target_,
                                          .advice = "correct it where the resolver found it"});
    return false;
  }
  const load_balancing_policy policy = policy_of(*config_);
  if (policy == policy_) return true;
  if (auto made = make_load_balancer(policy, options_.load_balancers)) {
    policy_ = policy;
    backends_->change_policy(std::move(made));
  }
  return true;
}

codec::result<reached, std::string> channel_core::servers_of(std::optional<source_result> source) {
  if (!source) return reach(target_, options_, backends_->one_connection(), options_.authority);
  if (!*source) return codec::unexpected{std::move(source->error())};
  reached found;
  found.source = **std::move(source);
  return found;
}

}  // namespace grpcwire::detail
