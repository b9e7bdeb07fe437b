#include <utility>

#include <asio/ip/address.hpp>

#include <grpcwire/rpc/channelz_messages_internal.hpp>
#include <grpcwire/transport/io/address.hpp>

namespace grpcwire::detail {
namespace {

namespace v1 = grpc::channelz::v1;

std::int64_t number(std::uint64_t n) {
  return static_cast<std::int64_t>(n);
}

std::int64_t id_of(std::int64_t server_id, std::uint64_t n) {
  return server_id + number(n);
}

void set(google::protobuf::Timestamp& to, system_time at) {
  const auto since_epoch = at.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  to.set_seconds(seconds.count());
  to.set_nanos(static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count()));
}

/// Leaves out what has not happened.
template <class Message>
void set(Message& to, google::protobuf::Timestamp* (Message::*field)(), transport::time_point at) {
  if (const auto time = on_the_wall(at)) set(*(to.*field)(), *time);
}

/// `127.0.0.1:40312`, `unix:/run/x`, or a name for people.
void set(v1::Address& to, const std::string& text) {
  const auto parsed = transport::io::parse_address(text, 0);
  if (parsed) {
    if (const auto* path = std::get_if<transport::io::unix_path>(&*parsed)) {
      to.mutable_uds_address()->set_filename(path->path);
      return;
    }
    const auto& at = std::get<transport::io::host_port>(*parsed);
    std::error_code error;
    const asio::ip::address ip = asio::ip::make_address(at.host, error);
    if (!error) {
      v1::Address::TcpIpAddress& tcp = *to.mutable_tcpip_address();
      tcp.set_port(at.port);
      if (ip.is_v4()) {
        const auto bytes = ip.to_v4().to_bytes();
        tcp.set_ip_address(bytes.data(), bytes.size());
      } else {
        const auto bytes = ip.to_v6().to_bytes();
        tcp.set_ip_address(bytes.data(), bytes.size());
      }
      return;
    }
  }
  to.mutable_other_address()->set_name(text);
}

void set(v1::Security& to, const security_info& info) {
  v1::Security::Tls& tls = *to.mutable_tls();
  // OpenSSL knows the suites of TLS 1.3 by their registered names, older ones by its own.
  if (info.cipher.starts_with("TLS_")) {
    tls.set_standard_name(info.cipher);
  } else {
    tls.set_other_name(info.cipher);
  }
  if (info.peer && !info.peer->pem.empty()) tls.set_remote_certificate(info.peer->pem.front());
}

void set(v1::ChannelTrace& to, const server_history& history) {
  to.set_num_events_logged(number(history.failures_seen));
  set(*to.mutable_creation_timestamp(), history.began);
  for (const past_failure& each : history.failures) {
    v1::ChannelTraceEvent& event = *to.add_events();
    event.set_description(each.text);
    event.set_severity(v1::ChannelTraceEvent::CT_WARNING);
    set(*event.mutable_timestamp(), each.at);
  }
}

void set(v1::SocketData& to, const connection_view& view) {
  const connection_counters& counted = view.counters;
  to.set_streams_started(number(counted.calls_started));
  to.set_streams_succeeded(number(counted.streams_succeeded));
  to.set_streams_failed(number(counted.streams_failed));
  to.set_messages_sent(number(counted.messages_sent));
  to.set_messages_received(number(counted.messages_received));
  to.set_keep_alives_sent(number(view.keepalives_sent));
  using data = v1::SocketData;
  set(to, &data::mutable_last_remote_stream_created_timestamp, counted.last_call);
  set(to, &data::mutable_last_message_sent_timestamp, counted.last_sent);
  set(to, &data::mutable_last_message_received_timestamp, counted.last_received);
  to.mutable_local_flow_control_window()->set_value(view.flow.connection_send_window);
  to.mutable_remote_flow_control_window()->set_value(view.flow.connection_receive_window);
}

}  // namespace

void to_message(const server_view& view, std::int64_t id, v1::Server& to) {
  to.mutable_ref()->set_server_id(id);
  std::string name;
  for (const auto& [n, address] : view.listeners) {
    name.append(name.empty() ? "" : ", ").append(address);
    v1::SocketRef& listener = *to.add_listen_socket();
    listener.set_socket_id(id_of(id, n));
    listener.set_name(address);
  }
  to.mutable_ref()->set_name(name);
  v1::ServerData& data = *to.mutable_data();
  set(*data.mutable_trace(), view.history);
  data.set_calls_started(number(view.total.calls_started));
  data.set_calls_succeeded(number(view.total.calls_succeeded));
  data.set_calls_failed(number(view.total.calls_failed));
  set(data, &v1::ServerData::mutable_last_call_started_timestamp, view.total.last_call);
}

void to_message(const connection_view& view, std::int64_t server_id, v1::SocketRef& to) {
  to.set_socket_id(id_of(server_id, view.number));
  to.set_name(view.remote + "->" + view.local);
}

void to_message(const connection_view& view, std::int64_t server_id, v1::Socket& to) {
  to_message(view, server_id, *to.mutable_ref());
  set(*to.mutable_data(), view);
  set(*to.mutable_local(), view.local);
  set(*to.mutable_remote(), view.remote);
  if (view.security) set(*to.mutable_security(), *view.security);
}

void to_message(std::uint64_t n, const std::string& address, std::int64_t server_id,
                v1::Socket& to) {
  to.mutable_ref()->set_socket_id(id_of(server_id, n));
  to.mutable_ref()->set_name(address);
  to.mutable_data();
  set(*to.mutable_local(), address);
}

}  // namespace grpcwire::detail
