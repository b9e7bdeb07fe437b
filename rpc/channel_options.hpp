// Everything about a channel that can be set, with its defaults.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/compression.hpp>
#include <grpcwire/rpc/backoff_settings.hpp>
#include <grpcwire/rpc/channel_state.hpp>
#include <grpcwire/rpc/credentials.hpp>
#include <grpcwire/rpc/keepalive_settings.hpp>
#include <grpcwire/rpc/load_balancer.hpp>
#include <grpcwire/rpc/resolver.hpp>
#include <grpcwire/rpc/threading.hpp>
#include <grpcwire/transport/settings.hpp>
#include <grpcwire/transport/trace.hpp>

namespace grpcwire {

class client_interceptor;
class metrics;
class subchannel_pool;

struct channel_options {
  /// How many threads run the executor of the channel.
  grpcwire::threading threads = threading::many;
  /// Null: plaintext. With TLS the server has to prove to be the host of the authority.
  std::shared_ptr<const channel_credentials> credentials{};
  /// For every call, before those of the call itself.
  std::shared_ptr<grpcwire::call_credentials> call_credentials{};
  /// Lets call credentials go over plaintext, where everybody on the way can read them.
  bool allow_plaintext_call_credentials = false;
  /// `:authority` of calls; empty: what the target says.
  std::string authority{};
  /// Empty: none is sent, and metadata of a call may have one: that of somebody it is made for.
  std::string user_agent = "grpc-c++-grpcwire/0.1.0";
  std::size_t max_receive_message_size = 4U << 20;  ///< bytes of one message
  std::size_t max_send_message_size = 0x7fff'ffff;
  /// Of request messages, unless a call says otherwise.
  codec::encoding compression = codec::encoding::identity;
  /// What the server may compress with (`grpc-accept-encoding`), and algorithms of the program's
  /// own.
  codec::codings codings{};
  backoff_settings backoff{};
  /// How calls are spread over the servers behind the target: the name of a built-in policy
  /// (rpc/load_balancing_config.hpp), such as `round_robin`, or of one of load_balancers.
  std::string load_balancing = "pick_first";
  std::vector<load_balancer_kind> load_balancers{};
  /// JSON (gRPC doc/service_config.md), for when the resolver has none. Its load balancing counts
  /// more than the above. With a mistake every call fails and names the field.
  std::string service_config = "{}";
  /// Follows `healthCheckConfig` of service configs (gRFC A17): backends are READY while they say
  /// that the service serves. Policies with one connection, as pick_first, never ask.
  bool health_checks = true;
  /// Connections to one backend: another one is made while calls wait for a free stream of those
  /// there are (the server's MAX_CONCURRENT_STREAMS). `connectionScaling` of a service config
  /// counts more, up to 10 (gRFC A105). Those beyond the first close when they were idle for
  /// idle_timeout.
  std::uint32_t max_connections_per_backend = 1;
  /// Connections are shared with the other channels of the pool (subchannel_pool.hpp); null: with
  /// nobody. Channels over a descriptor share nothing.
  std::shared_ptr<subchannel_pool> pool{};
  /// Bytes of requests that each call keeps to send them again, until the server answers. A call
  /// with more is not tried again. 0: none is.
  std::size_t retry_buffer_size = 256U << 10;
  /// For targets with schemes of the program's own (rpc/resolver.hpp).
  std::vector<resolver_scheme> resolvers{};
  /// A name is not looked up again sooner than this after an answer.
  std::chrono::milliseconds resolve_interval_min{30'000};
  /// PINGs on silent connections; off.
  keepalive_settings keepalive{};
  /// Without a call for this long the channel closes its connection and goes IDLE; the next call
  /// connects again. Null or 0: never.
  std::optional<std::chrono::milliseconds> idle_timeout = std::chrono::minutes(30);
  /// Windows and limits of the connections; `session.keepalive` comes from the above.
  transport::session_settings session{};
  /// Calls that may wait for a connection; the next one fails with RESOURCE_EXHAUSTED.
  std::size_t max_waiting_calls = 100'000;
  /// How many frames of its stream a status that is not OK carries (status_details::last_frames).
  std::size_t frame_history = 0;
  /// Around every call, the first one outermost.
  std::vector<std::shared_ptr<client_interceptor>> interceptors{};
  /// Counts the calls (metrics.hpp); null: nobody does. May be shared with other channels and with
  /// servers.
  std::shared_ptr<grpcwire::metrics> metrics{};
  /// Sees the bytes, frames and actions of each connection made from now on; null: nobody does.
  /// Called on the channel's executor.
  std::shared_ptr<transport::trace_sink> trace{};
};

}  // namespace grpcwire
