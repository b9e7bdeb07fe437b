// What the target of a channel stands for: servers that are known, or a resolver that finds them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcwire/codec/result.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/resolver.hpp>
#include <grpcwire/transport/io/stream_source.hpp>

namespace grpcwire::detail {

/// Of targets and endpoints that name none.
inline constexpr std::uint16_t default_port = 443;

/// One of the three.
struct reached {
  std::unique_ptr<transport::io::stream_source> source{};
  std::vector<endpoint> endpoints{};
  std::unique_ptr<grpcwire::resolver> resolver{};
};

/// `authority` is filled in where it is empty. With `one_connection` a name is looked up whenever a
/// connection is made, and needs no resolver. The error is a sentence.
codec::result<reached, std::string> reach(const std::string& target, const channel_options& options,
                                          bool one_connection, std::string& authority);

/// Those that make sense; resolvers of the program's own may give anything.
std::vector<transport::io::address> parsed_addresses(const std::vector<std::string>& texts);

/// Looks the name up when asked: at most once per `interval_min`, with back-off while it fails.
/// Every address is an endpoint.
std::unique_ptr<resolver> make_dns_resolver(transport::io::host_port name,
                                            std::chrono::milliseconds interval_min,
                                            const backoff_settings& backoff);

}  // namespace grpcwire::detail
