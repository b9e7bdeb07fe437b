#include <ctime>
#include <iomanip>
#include <locale>
#include <ostream>
#include <sstream>

#include <grpcwire/rpc/channelz_text_internal.hpp>

namespace grpcwire::detail {
namespace {

/// UTC, `2026-01-31 12:00:00`.
struct wall_time {
  system_time at;
};

std::ostream& operator<<(std::ostream& to, wall_time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time.at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return to << std::put_time(&parts, "%F %T");
}

/// `, the last one 1.5 s ago`
struct age_of {
  transport::time_point at;
};

std::ostream& operator<<(std::ostream& to, age_of last) {
  if (last.at == transport::never) return to;
  const std::chrono::duration<double> age = std::chrono::steady_clock::now() - last.at;
  return to << ", the last one " << std::fixed << std::setprecision(1) << age.count() << " s ago";
}

void add_calls(std::ostream& to, const connection_counters& counted) {
  const std::uint64_t over = counted.calls_succeeded + counted.calls_failed;
  to << "calls: " << counted.calls_started << " started" << age_of{counted.last_call} << "; "
     << counted.calls_succeeded << " succeeded, " << counted.calls_failed << " failed, "
     << counted.calls_started - over << " in flight\n";
}

void add_limits(std::ostream& to, const server_view& view) {
  const server_options& o = view.core->options();
  to << "  limits: " << o.max_connections << " connections, " << o.session.max_concurrent_streams
     << " calls and " << o.max_handlers_per_connection << " handlers of each, "
     << o.max_receive_message_size << " bytes of a message, " << o.session.max_header_list_size
     << " bytes of metadata\n"
     << "  memory of calls: " << view.core->held_bytes() << " bytes, at most "
     << o.max_buffered_bytes << "; of a connection at most " << o.session.max_buffered_bytes
     << '\n';
}

void add_connection(std::ostream& to, const connection_view& c, std::int64_t server_id) {
  const connection_counters& counted = c.counters;
  to << "  connection " << server_id + static_cast<std::int64_t>(c.number) << ' ' << c.remote
     << "->" << c.local;
  if (c.security) to << ", " << c.security->protocol << ' ' << c.security->cipher;
  if (c.security && c.security->peer) to << ", " << c.security->peer->subject;
  if (!c.ready) to << ", shaking hands";
  if (c.draining) to << ", draining";
  to << "\n    ";
  add_calls(to, counted);
  to << "    messages: " << counted.messages_sent << " sent" << age_of{counted.last_sent} << "; "
     << counted.messages_received << " received" << age_of{counted.last_received} << '\n'
     << "    now: " << c.open_calls << " streams, " << c.running_handlers << " handlers, "
     << c.unread << " bytes unread, " << c.flow.queued << " bytes queued\n"
     << "    windows: may send " << c.flow.connection_send_window << " bytes, may receive "
     << c.flow.connection_receive_window << "; " << c.keepalives_sent << " keepalives sent\n";
}

}  // namespace

std::string describe(const server_view& view, std::int64_t id) {
  std::ostringstream to;
  to.imbue(std::locale::classic());
  to << "server " << id << ", since " << wall_time{view.history.began} << " UTC\n";
  for (const auto& [number, address] : view.listeners) {
    to << "  listener " << id + static_cast<std::int64_t>(number) << ' ' << address << '\n';
  }
  to << "  ";
  add_calls(to, view.total);
  to << "  connections: " << view.connections.size() << " open, " << view.history.connections_ended
     << " closed, " << view.history.failures_seen << " of them by a failure\n";
  add_limits(to, view);
  for (const connection_view& each : view.connections) add_connection(to, each, id);
  if (!view.history.failures.empty()) to << "  last failures:\n";
  for (const past_failure& each : view.history.failures) {
    to << "    " << wall_time{each.at} << ' ' << each.text << '\n';
  }
  return std::move(to).str();
}

}  // namespace grpcwire::detail
