#include "client_connection.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/standing_call.hpp>
#include <grpcwire/rpc/subchannel.hpp>
#include <grpcwire/transport/io/tls_error.hpp>

namespace grpcwire::detail {

using transport::event;
using transport::event_kind;

client_connection::client_connection(std::unique_ptr<transport::io::byte_stream> stream,
                                     const channel_options& options,
                                     const transport::session_settings& session,
                                     std::weak_ptr<subchannel> owner)
    : context_resident(stream->executor()),
      history_(options.frame_history),
      connection_(std::make_shared<transport::io::connection>(
          std::move(stream), transport::role::client, session, *this, history_.sink())),
      owner_(std::move(owner)) {}

client_connection::~client_connection() = default;

void client_connection::start() {
  self_ = shared_from_this();
  connection_->start();
}

bool client_connection::start(client_call_core& call) {
  transport::open_error error{};
  const auto stream = protocol().open_stream(&call, error);
  if (!stream) {
    if (error == transport::open_error::draining) retire();
    if (error != transport::open_error::queue_full) return false;
    call.fail(codec::status(codec::status_code::resource_exhausted,
                            "too many calls wait for a free stream of the connection"));
    return true;
  }
  call.retain();  // until it detaches
  call.attached(*this, *stream, protocol().granted(*stream));
  wake();
  return true;
}

std::size_t client_connection::calls() const noexcept {
  const std::size_t all = connection_->protocol().open_streams();
  return all - std::min(all, own_streams_.size());  // the end of one may be still to be heard of
}

// The owner of these streams is null, so that those of calls come first in on_event().
std::optional<transport::stream_handle> client_connection::open_stream(standing_call& call) {
  transport::open_error error{};
  const auto stream = protocol().open_stream(nullptr, error);
  if (!stream) return std::nullopt;
  own_streams_.push_back({*stream, &call});
  wake();
  return stream;
}

void client_connection::leave(transport::stream_handle stream,
                              std::optional<std::uint32_t> reset_code) {
  for (own_stream& own : own_streams_) {
    if (own.stream == stream) own.call = nullptr;
  }
  if (!reset_code) return;
  protocol().reset(stream, *reset_code);
  wake();
}

void client_connection::end_own_calls() {
  for (own_stream& own : own_streams_) {
    own.call = nullptr;
    protocol().reset(own.stream, static_cast<std::uint32_t>(transport::http2_errc::cancel));
  }
}

void client_connection::on_own_event(const event& e) {
  const auto found = std::find_if(own_streams_.begin(), own_streams_.end(),
                                  [&](const own_stream& own) { return own.stream == e.stream; });
  if (found == own_streams_.end()) {  // of a call that is over
    if (shares_ && e.kind == event_kind::stream_closed) stream_is_free();
    return;
  }
  standing_call* const call = found->call;
  if (e.kind == event_kind::stream_closed) own_streams_.erase(found);
  if (call != nullptr) call->on_event(e);
}

void client_connection::on_call_closed(const event& e) {
  const auto self = shared_from_this();  // the call's handlers may end the channel
  static_cast<client_call_core*>(e.owner)->on_event(e);
  stream_is_free();
}

void client_connection::stream_is_free() {
  if (const auto owner = owner_.lock()) owner->on_stream_free(*this);
}

void client_connection::note(std::string_view action, std::string_view detail) {
  if (transport::trace_sink* const sink = history_.sink()) sink->on_action(action, 0, detail);
}

void client_connection::set_trace(const trace_source& source) {
  history_.pass_on_to(source ? source(peer_address()) : nullptr);
  protocol().set_trace(history_.sink());
}

void client_connection::report(const channel_options& of, bool ok,
                               const codec::metadata& trailers) {
  if (const auto owner = owner_.lock()) owner->on_call_ended(of, ok, trailers);
}

void client_connection::shut_down() {
  owner_.reset();
  if (connection_->closed()) return;
  end_own_calls();
  protocol().shutdown();
  if (calls() != 0 || !protocol().ready()) {
    connection_->close(transport::transport_errc::shut_down, "the channel was shut down");
  } else {
    wake();
  }
}

namespace {

bool belongs_to(const channel_options& channel, void* owner) {
  return &static_cast<client_call_core*>(owner)->channel()->options() == &channel;
}

}  // namespace

bool client_connection::has_calls_of(const channel_options& of) const {
  const auto all = connection_->protocol().owned_streams();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& owned) { return belongs_to(of, owned.first); });
}

/// To these calls the connection is lost.
void client_connection::end_calls_of(const channel_options& of) {
  for (const auto& [owner, stream] : protocol().owned_streams()) {
    if (protocol().owner(stream) != owner || !belongs_to(of, owner)) continue;
    protocol().reset(stream, static_cast<std::uint32_t>(transport::http2_errc::cancel));
    static_cast<client_call_core*>(owner)->on_event(
        {.kind = event_kind::stream_closed,
         .reason = transport::close_reason::connection_lost,
         .stream = stream,
         .owner = owner,
         .text = "the channel was shut down"});
  }
  wake();
}

std::vector<std::string> client_connection::last_frames(transport::stream_handle stream) const {
  return history_.of_stream(connection_->protocol().id(stream));
}

void client_connection::on_event(const event& e) {
  if (e.owner != nullptr) {
    if (shares_ && e.kind == event_kind::stream_closed) return on_call_closed(e);
    static_cast<client_call_core*>(e.owner)->on_event(e);
    return;
  }
  if (e.stream) return on_own_event(e);
  const auto owner = owner_.lock();
  if (!owner) return;
  if (e.kind == event_kind::settings_received) return owner->on_ready(*this);
  if (e.kind != event_kind::goaway_received) return;
  if (e.error_code == static_cast<std::uint32_t>(transport::http2_errc::enhance_your_calm) &&
      e.text == "too_many_pings") {
    owner->on_too_many_pings();
  }
  retire();
}

/// No new calls here. Those it has finish in peace; with the last one HTTP/2 has nothing more to
/// say and the connection closes.
void client_connection::retire() {
  const auto owner = std::exchange(owner_, {}).lock();
  if (!owner) return;
  end_own_calls();
  protocol().shutdown();
  wake();
  owner->on_draining(*this);
}

void client_connection::give_up() {
  connection_->close(transport::transport_errc::connect_timeout,
                     "no HTTP/2 SETTINGS came within the connect timeout");
}

void client_connection::context_ended() {
  const auto alive = weak_from_this().lock();
  if (!alive) return;
  self_.reset();
  protocol().connection_lost("the execution context was destroyed");
  while (const event* e = protocol().poll_event()) {
    if (e->kind != event_kind::stream_closed || e->owner == nullptr) continue;
    static_cast<client_call_core*>(e->owner)->let_go();
  }
}

void client_connection::on_closed(std::error_code error, std::string_view why) {
  const auto self = std::move(self_);
  if (const auto owner = owner_.lock()) {
    const bool insecure = error.category() == transport::io::tls_category() ||
                          error.category() == transport::io::tls_alert_category();
    codec::status_details details{
        .message =
            (insecure ? "no secure connection: " : "the connection was lost: ") + std::string(why),
        .origin = codec::status_origin::transport,
        .phase = codec::call_phase::connecting,
        .address = connection_->peer_address(),
        .advice = connection_->advice(),
        .causes = connection_->end_causes()};
    if (error == transport::transport_errc::closed_by_peer) {
      details.advice = connection_->security() != nullptr
                           ? "check that a gRPC server (HTTP/2) listens there"
                           : "check that a gRPC server (HTTP/2) listens there, without TLS";
    } else if (error == transport::transport_errc::not_http2) {
      details.advice = "let the server, or the proxy before it, speak HTTP/2 on this port";
    }
    owner->on_lost(*this, codec::status(codec::status_code::unavailable, std::move(details)));
  }
}

}  // namespace grpcwire::detail
