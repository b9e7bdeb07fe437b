#include "server_history.hpp"

#include <algorithm>
#include <string_view>

#include <grpcwire/transport/error.hpp>

namespace grpcwire::detail {
namespace {

using transport::transport_errc;

bool peaceful(std::error_code error) {
  return !error || error == transport_errc::closed_by_peer || error == transport_errc::shut_down;
}

void keep_later(transport::time_point& kept, transport::time_point other) noexcept {
  if (other == transport::never) return;
  kept = kept == transport::never ? other : std::max(kept, other);
}

}  // namespace

void server_history::connection_ended(const connection_counters& counted, const std::string& peer,
                                      std::error_code error, std::string_view why) {
  ++connections_ended;
  add(gone, counted);
  if (!peaceful(error)) connection_failed(peer, why);
}

void server_history::connection_failed(const std::string& peer, std::string_view why) {
  ++failures_seen;
  if (failures.size() == failures_max) failures.pop_front();
  failures.push_back(
      {std::chrono::system_clock::now(), (peer + ": ").append(why.substr(0, failure_text_max))});
}

void add(connection_counters& sum, const connection_counters& more) noexcept {
  sum.calls_started += more.calls_started;
  sum.calls_succeeded += more.calls_succeeded;
  sum.calls_failed += more.calls_failed;
  sum.streams_succeeded += more.streams_succeeded;
  sum.streams_failed += more.streams_failed;
  sum.messages_sent += more.messages_sent;
  sum.messages_received += more.messages_received;
  keep_later(sum.last_call, more.last_call);
  keep_later(sum.last_sent, more.last_sent);
  keep_later(sum.last_received, more.last_received);
}

}  // namespace grpcwire::detail
