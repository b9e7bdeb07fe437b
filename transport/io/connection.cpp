#include "connection.hpp"

#include <algorithm>
#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <grpcwire/transport/io/socket_error.hpp>

namespace grpcwire::transport::io {
namespace {

constexpr std::size_t read_size = 64 * 1024;
// After this many reads of one connection the others get their turn.
constexpr int reads_per_turn = 16;
// How long a connection that sent its last byte waits for the peer to close: a close with unread
// input would turn into a TCP reset, and that destroys a GOAWAY that the peer has not read yet.
constexpr std::chrono::milliseconds linger_time{500};
// A peer that is still busy with what was sent gets more of it, until it takes nothing so often.
constexpr int end_stalls_max = 10;

/// The first bytes of a TLS record: an alert or a handshake, of a version from 3.0 on.
bool looks_like_tls(codec::const_bytes bytes) {
  return bytes.size() >= 3 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 3;
}

/// What is behind `reason`: the end of the byte stream that followed a GOAWAY, and its error code.
std::vector<std::string> causes_of(std::error_code error, std::string_view reason,
                                   std::string_view why) {
  std::vector<std::string> causes;
  if (why != reason && !why.empty()) causes.emplace_back(why);
  const std::error_code known = comparable(error);
  if (known == transport_errc::closed_by_peer) {
    if (causes.empty()) causes.emplace_back("its end of file came without a GOAWAY");
  } else if (known && known.category() == std::generic_category()) {
    causes.push_back("the socket reported errno " + std::to_string(known.value()) + " (" +
                     known.message() + ")");
  }
  return causes;
}

}  // namespace

connection::connection(std::unique_ptr<byte_stream> stream, role r,
                       const session_settings& settings, connection_owner& owner, trace_sink* trace)
    : stream_(std::move(stream)),
      session_(r, settings, trace),
      owner_(&owner),
      timer_(stream_->executor()) {}

void connection::start() {
  read_more();
  wake();
}

void connection::wake() {
  if (pumping_ || wake_posted_ || closed_) return;
  wake_posted_ = true;
  asio::post(stream_->executor(), [self = shared_from_this()] {
    self->wake_posted_ = false;
    self->pump();
  });
}

void connection::read_more() {
  stream_->read(first_read_, shared_from_this());
}

void connection::on_read(std::error_code error, std::size_t size) {
  if (closed_ || forked_) return;
  if (lingering_) {
    if (error) return close(end_error_, session_.failure_text());
    return read_more();
  }
  if (error) return stop_reading(error);
  if (size == first_read_.size()) {
    drain_socket();
  } else {
    take({first_read_.data(), size});
  }
  if (closed_ || ending_) return;
  read_more();
}

/// There is more than the small buffer holds. What it holds goes before the rest, in one turn with
/// it, so that its answers do too.
void connection::drain_socket() {
  std::array<std::uint8_t, read_size> borrowed;
  codec::const_bytes before = first_read_;
  for (int i = 0; i < reads_per_turn; ++i) {
    codec::input_block* const block = session_.input_room();
    const std::span<std::uint8_t> buffer = block != nullptr ? block->bytes : borrowed;
    std::copy(before.begin(), before.end(), buffer.begin());
    std::error_code error;
    const std::size_t size = stream_->try_read(buffer.subspan(before.size()), error);
    const std::size_t whole = before.size() + size;
    before = {};
    if (whole != 0 && !take(buffer.first(whole), block)) return;
    if (error) {
      if (!would_block(error)) stop_reading(error);
      return;
    }
    if (whole < buffer.size()) return;
  }
}

/// False when the connection takes no more input.
bool connection::take(codec::const_bytes bytes, codec::input_block* block) {
  if (!heard_) {
    heard_ = true;
    // No frame that may come first looks like this: it would be a megabyte long.
    if (looks_like_tls(bytes)) {
      end_error_ = transport_errc::peer_speaks_tls;
      ending_ = true;
      // By our SETTINGS a client sees that this is no TLS. A reset would overtake them.
      if (session_.own_role() == role::server) {
        flush();
        linger();
      } else {
        close(end_error_, {});
      }
      return false;
    }
  }
  // Raised by actions since the last turn; receive() wants none of them left.
  if (session_.has_events()) pump();
  if (closed_) return false;
  const std::error_code error = session_.receive(bytes, std::chrono::steady_clock::now(), block);
  if (error) {
    end_error_ = error;
    ending_ = true;
  }
  pump();
  return !closed_ && !ending_;
}

/// The byte stream ended or broke: what was received counts, then all streams end.
void connection::stop_reading(std::error_code error) {
  if (is_end_of_file(error)) {
    end_error_ = transport_errc::closed_by_peer;
    return close(end_error_, "the peer closed the connection");
  }
  end_error_ = error;
  const std::string story = stream_->failure().text;
  close(error, story.empty() ? error.message() : story);
}

void connection::pump() {
  if (pumping_ || closed_) return;
  const auto self = shared_from_this();  // the owner may let go of it in a call
  pumping_ = true;
  bool again = true;
  while (again && !closed_) {
    while (const event* e = session_.poll_event()) {
      if (owner_ != nullptr) owner_->on_event(*e);
    }
    flush();
    if (closed_) break;
    const bool asks_time = session_.next_timeout() == at_once;
    if (asks_time) pass_time();
    again = asks_time || session_.has_events();
  }
  pumping_ = false;
  if (closed_) return;
  session_.end_turn();
  arm_timer();
  if (session_.finished()) {
    linger();
  } else if (ending_) {
    limit_end();  // the peer may never read what is left to say
  }
}

void connection::flush() {
  while (!waiting_writable_ && !closed_ && !forked_) {
    const auto blocks = session_.output();
    if (session_.wants_more_data()) return;
    if (blocks.empty()) return;
    std::error_code error;
    const std::size_t size = stream_->try_write(blocks, error);
    session_.consume_output(size);
    if (!error) {
      if (session_.more_output()) continue;
      return;
    }
    if (would_block(error)) {
      waiting_writable_ = true;
      stream_->wait_writable(shared_from_this());
    } else {
      close(error, "writing failed: " + error.message());
    }
    return;
  }
}

void connection::on_writable(std::error_code error) {
  waiting_writable_ = false;
  if (closed_ || forked_) return;
  if (error) return close(error, error.message());
  pump();
}

void connection::arm_timer() {
  const auto next = session_.next_timeout();
  // A timer that fires too early is asked again; nothing is done for each call.
  if (!next || *next >= timer_at_ || end_limited_) return;
  timer_at_ = *next;
  timer_.expires_at(*next);
  timer_.async_wait([self = shared_from_this()](std::error_code error) { self->on_timer(error); });
}

void connection::on_timer(std::error_code error) {
  if (error || closed_) return;  // aborted: another wait took its place
  timer_at_ = time_point::max();
  if (end_limited_) return end_if_stalled();
  pass_time();
  pump();
}

void connection::pass_time() {
  const std::error_code dead = session_.on_timeout(std::chrono::steady_clock::now());
  if (!dead) return;
  flush();
  close(dead, session_.failure_text());
}

/// Everything is said. The peer gets the time to read it and to close its side.
void connection::linger() {
  if (lingering_) return;
  lingering_ = true;
  if (!end_error_) end_error_ = transport_errc::shut_down;
  stream_->shut_down_writing();
  limit_end();
  if (ending_) read_more();
}

void connection::limit_end() {
  if (!std::exchange(end_limited_, true)) time_end();
}

/// What a client has not acknowledged of its responses would be lost with a TCP reset, the answer
/// to whatever it sends to a closed socket. One that broke a rule gets only the time to read which
/// one.
void connection::end_if_stalled() {
  const bool patient = session_.own_role() == role::server && !ending_;
  const std::size_t left = patient ? stream_->unacknowledged() : 0;
  end_stalls_ = left < end_left_ ? 0 : end_stalls_ + 1;
  end_left_ = left;
  if (left == 0 || end_stalls_ == end_stalls_max) return close(end_error_, session_.failure_text());
  time_end();
}

void connection::time_end() {
  timer_at_ = std::chrono::steady_clock::now() + linger_time;
  timer_.expires_at(timer_at_);
  timer_.async_wait([self = shared_from_this()](std::error_code error) { self->on_timer(error); });
}

void connection::close(std::error_code error, std::string_view why) {
  if (closed_) return;
  const auto self = shared_from_this();
  closed_ = true;
  std::string reason = session_.failure_text();
  if (reason.empty()) reason = why;
  if (reason.empty()) reason = error.message();
  end_causes_ = causes_of(error, reason, why);
  session_.connection_lost(reason);
  timer_.cancel();
  stream_->close();
  while (const event* e = session_.poll_event()) {
    if (owner_ != nullptr) owner_->on_event(*e);
  }
  session_.end_turn();
  if (connection_owner* owner = std::exchange(owner_, nullptr)) owner->on_closed(error, reason);
}

std::string connection::advice() const {
  if (end_error_ == transport_errc::peer_speaks_tls) {
    return session_.own_role() == role::client
               ? "the server expects TLS on this port: give the channel credentials"
               : "give this server credentials, or let the client use plaintext";
  }
  if (session_.abused()) return "if it means no harm, raise that limit of session_settings::abuse";
  return stream_->failure().advice;
}

void connection::forked() {
  if (closed_ || std::exchange(forked_, true)) return;
  stream_->close_silently();
  asio::post(stream_->executor(), [self = shared_from_this()] {
    self->close(transport_errc::shut_down, "the connection stayed with the parent of a fork");
  });
}

void connection::abandon() {
  owner_ = nullptr;
  close(transport_errc::shut_down, "this side closed the connection");
}

}  // namespace grpcwire::transport::io
