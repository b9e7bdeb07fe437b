// Servers found through etcd: a resolver that watches the keys of a service. Needs generated
// messages, so it is a library of its own: link grpcwire::etcd. More in docs/etcd.md.
#pragma once

#include <chrono>
#include <string>

#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/resolver.hpp>

namespace grpcwire {

/// How to reach etcd, version 3.4 or later.
struct etcd_settings {
  /// A target as any channel takes it: `host:port`, or `ipv4:a:2379,b:2379,c:2379` for the members
  /// of a cluster.
  std::string target = "127.0.0.1:2379";
  /// Of the channel to etcd: credentials, call credentials, keepalive, back-off. Without keepalive
  /// a watch would not notice that etcd's machine is gone: by default it asks for a sign of life
  /// after 30 s of silence (etcd allows every 5 s).
  channel_options channel = default_channel();
  /// How long etcd may take to answer a question.
  std::chrono::milliseconds timeout{5'000};

  static channel_options default_channel();
};

/// For channel_options::resolvers; its targets are `etcd:///service`, or `etcd://host:port/service`
/// where another etcd than that of the settings is meant. Servers are the keys that begin with
/// `service/`; the value of each is `host:port`, with the port, or the JSON of etcd's own Go client
/// (with the address in "Addr"), as etcd_registration writes it. A value that is neither is left
/// out.
///
/// Reads all keys, then watches them with etcd's Watch from that revision on, so that no change is
/// missed. When etcd cannot be reached or has dropped the history, it begins again, with back-off;
/// the channel goes on with the servers it knows.
resolver_scheme etcd_scheme(etcd_settings settings = {});

}  // namespace grpcwire
