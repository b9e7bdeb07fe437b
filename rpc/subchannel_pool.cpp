#include "subchannel_pool.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/rpc/subchannel.hpp>
#include <grpcwire/rpc/target.hpp>
#include <grpcwire/transport/io/stream_source.hpp>

namespace grpcwire {
namespace {

/// What makes a connection. The copy keeps the pool, whose executor the subchannel runs on.
std::shared_ptr<const channel_options> connection_part(const channel_options& all) {
  auto part = std::make_shared<channel_options>();
  part->credentials = all.credentials;
  if (all.credentials) part->authority = all.authority;
  part->backoff = all.backoff;
  part->keepalive = all.keepalive;
  part->session = all.session;
  part->frame_history = all.frame_history;
  part->trace = all.trace;
  part->pool = all.pool;
  return part;
}

bool agree(const channel_options& part, const channel_options& all) {
  return part.credentials == all.credentials &&
         (!all.credentials || part.authority == all.authority) && part.backoff == all.backoff &&
         part.keepalive == all.keepalive && part.session == all.session &&
         part.frame_history == all.frame_history && part.trace == all.trace;
}

}  // namespace

subchannel_pool::subchannel_pool(asio::any_io_executor executor, threading threads)
    : of_user_(std::move(executor)), serial_(of_user_, threads) {}

subchannel_pool::~subchannel_pool() = default;

std::shared_ptr<detail::subchannel> subchannel_pool::way_to(
    const std::vector<std::string>& addresses, const channel_options& options) {
  const auto [first, last] = ways_.equal_range(addresses);
  for (auto each = first; each != last; ++each) {
    auto way = each->second.lock();
    if (!way || way->state() == channel_state::shutdown) continue;
    if (agree(way->options(), options)) return way;
  }
  auto parsed = detail::parsed_addresses(addresses);
  if (parsed.empty()) return nullptr;
  auto way = std::make_shared<detail::subchannel>(serial_, transport::io::dial(std::move(parsed)),
                                                  connection_part(options), true);
  if (ways_.size() >= swept_at_) forget_old();
  ways_.emplace(addresses, way);
  return way;
}

void subchannel_pool::forget_old() {
  std::erase_if(ways_, [](const auto& entry) { return entry.second.expired(); });
  swept_at_ = std::max<std::size_t>(64, ways_.size() * 2);
}

}  // namespace grpcwire
