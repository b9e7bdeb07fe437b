#include "session.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "memory_pool.hpp"
#include "nghttp2_callbacks.hpp"
#include "spare_parts.hpp"

namespace grpcwire::transport {
namespace {

using option_owner =
    std::unique_ptr<nghttp2_option, decltype([](nghttp2_option* o) { nghttp2_option_del(o); })>;

option_owner make_options(const session_settings& settings) {
  nghttp2_option* o = nullptr;
  nghttp2_option_new(&o);
  option_owner options(o);
  nghttp2_option_set_no_closed_streams(o, 1);      // stream_rules remember them
  nghttp2_option_set_no_auto_window_update(o, 1);  // credit returns when the application takes data
  nghttp2_option_set_no_http_messaging(o, 1);      // message_rules looks after that
  nghttp2_option_set_max_send_header_block_length(o, 1U << 20);
#ifdef GRPCWIRE_HAS_RESET_RATE_LIMIT
  // Ours counts with the time it is told and with text for the peer; nghttp2 reads a clock.
  nghttp2_option_set_stream_reset_rate_limit(o, ~std::uint64_t{0} >> 1, 1U << 30);
#endif
#ifdef GRPCWIRE_HAS_MAX_CONTINUATIONS
  // Ours counts frames; nghttp2 counts looks at their heads, and each of the nine bytes may come
  // alone.
  nghttp2_option_set_max_continuations(o, 9 * (std::size_t{settings.abuse.continuations} + 1));
#else
  (void)settings;
#endif
  return options;
}

memory_pool& pool(void* user) {
  return *static_cast<memory_pool*>(user);
}

/// nghttp2 copies it.
nghttp2_mem memory_of(memory_pool& from) {
  return {
      .mem_user_data = &from,
      .malloc = [](std::size_t size, void* user) { return pool(user).allocate(size); },
      .free = [](void* block, void* user) { pool(user).release(block); },
      .calloc = [](std::size_t count, std::size_t size, void* user) -> void* {
        return pool(user).allocate_zeroed(count, size);
      },
      .realloc = [](void* block, std::size_t size,
                    void* user) { return pool(user).resize(block, size); },
  };
}

/// Quotes the status line, as far as it came and is text.
std::string http1_answer(std::string_view answer) {
  constexpr std::size_t line_max = 80;
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  const auto end = std::find_if_not(answer.begin(), answer.end(), printable);
  const std::string_view line(answer.data(), static_cast<std::size_t>(end - answer.begin()));
  return "the answer came in HTTP/1: \"" + std::string(line.substr(0, line_max)) + "\"";
}

}  // namespace

void session::nghttp2_deleter::operator()(nghttp2_session* s) const noexcept {
  nghttp2_session_del(s);
}

session::session(role r, const session_settings& settings, trace_sink* trace)
    : role_(r),
      settings_(settings),
      trace_(trace),
      memory_(std::make_unique<memory_pool>()),
      limits_(settings.abuse, r == role::server),
      keepalive_(settings.keepalive),
      life_(r == role::server ? settings.life : connection_life_settings{}),
      bdp_(settings.stream_window, settings.window_growth_max) {
  nghttp2_session* http2 = nullptr;
  const option_owner options = make_options(settings_);
  nghttp2_mem memory = memory_of(*memory_);
  const auto create = r == role::server ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  if (create(&http2, session_callbacks(), this, options.get(), &memory) != 0) {
    throw std::bad_alloc();
  }
  http2_.reset(http2);
  send_settings();
}

session::~session() = default;

void session::send_settings() {
  std::array<nghttp2_settings_entry, 5> entries;
  std::size_t count = 0;
  const auto add = [&](std::int32_t setting, std::uint32_t value) {
    entries[count++] = {setting, value};
  };
  if (role_ == role::client) {
    add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  } else {
    add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings_.max_concurrent_streams);
  }
  add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings_.stream_window);
  if (settings_.max_frame_size != 16384) {
    add(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, settings_.max_frame_size);
  }
  add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings_.max_header_list_size);
  nghttp2_submit_settings(http2_.get(), NGHTTP2_FLAG_NONE, entries.data(), count);
  ++unacknowledged_settings_;
  nghttp2_session_set_local_window_size(http2_.get(), NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings_.connection_window));
}

// ---- bytes and time

std::error_code session::receive(codec::const_bytes bytes, time_point now,
                                 codec::input_block* block) {
  assert(!has_events() && "poll all events before receive()");
  if (block_open_) {
    // The rest of a header block is still to come: what it has so far stays, and so does its text.
    auto& fields = turn_->fields;
    fields.erase(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(block_first_field_));
    block_first_field_ = 0;
  } else if (turn_) {
    turn_->forget_fields();
  } else {
    lend();
  }
  input_block_ = block;
  if (large_message_) {
    large_message_ = false;  // until somebody expects more
    watch_spares();
  }
  now_ = now;
  const bool first = std::exchange(last_received_, now) == never;
  if (failed_) return http2_errc::internal_error;
  if (first) begin_upkeep();
  if (trace_ != nullptr) trace_->on_bytes(direction::received, bytes);
  // An old server or a proxy answers a preface it does not know in HTTP/1.
  if (role_ == role::client && !peer_settings_seen_ &&
      codec::as_text(bytes).starts_with("HTTP/1")) {
    return not_http2(http1_answer(codec::as_text(bytes)));
  }
  // After the last GOAWAY nghttp2 has no use for input.
  if (draining_ && nghttp2_session_want_read(http2_.get()) == 0) return {};
  if (role_ == role::server) bytes = bytes.first(stream_rules_.check(bytes));
  const std::size_t withheld_before = withheld_;
  const ssize_t taken = nghttp2_session_mem_recv(http2_.get(), bytes.data(), bytes.size());
  if (taken < 0) return failed_receive(static_cast<int>(taken));
  const std::size_t came = withheld_ - withheld_before;
  return_connection_credit();
  if (came != 0) sample_bandwidth(came);
  if (abuse_) {
    fail(http2_errc::enhance_your_calm, *abuse_);
    answer_first_ = true;
    return http2_errc::enhance_your_calm;
  }
  if (const auto& broken = stream_rules_.broken()) {
    fail(broken->code, broken->text);
    answer_first_ = true;
    return broken->code;
  }
  return {};
}

/// No GOAWAY: whoever is there does not read HTTP/2.
std::error_code session::not_http2(std::string why) {
  failed_ = true;
  failure_text_ = std::move(why);
  return transport_errc::not_http2;
}

std::error_code session::failed_receive(int nghttp2_error) {
  if (abuse_) {
    fail(http2_errc::enhance_your_calm, *abuse_);
    return http2_errc::enhance_your_calm;
  }
  if (nghttp2_error == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
    return not_http2("the first bytes are no HTTP/2 connection preface");
  }
  const bool flood = nghttp2_error == NGHTTP2_ERR_FLOODED || nghttp2_error == -905;
  const http2_errc code = flood ? http2_errc::enhance_your_calm : http2_errc::protocol_error;
  fail(code,
       nghttp2_error == -905 ? "too many CONTINUATION frames" : nghttp2_strerror(nghttp2_error));
  return code;
}

/// nghttp2 must not be used after a fatal error, so the GOAWAY is written by hand (RFC 9113 §6.8).
void session::fail(http2_errc code, std::string_view debug) {
  if (failed_) return;
  failed_ = true;
  upkeep_due_ = never;
  note_goaway("this side", static_cast<std::uint32_t>(code), debug);
  last_goaway_.assign(17, '\0');
  const auto put32 = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      last_goaway_[at + i] = static_cast<char>(value >> (24 - 8 * i));
    }
  };
  put32(0, static_cast<std::uint32_t>(8 + debug.size()) << 8);
  last_goaway_[3] = NGHTTP2_GOAWAY;
  put32(9, static_cast<std::uint32_t>(nghttp2_session_get_last_proc_stream_id(http2_.get())));
  put32(13, static_cast<std::uint32_t>(code));
  last_goaway_.append(debug);
  if (trace_ != nullptr) trace_->on_action("end_connection", 0, debug);
}

/// The first one with an error is what ends the session.
void session::note_goaway(std::string_view whose, std::uint32_t code, std::string_view debug) {
  if (fault_) return;
  failure_text_ = whose;
  failure_text_.append(" sent GOAWAY ").append(nghttp2_http2_strerror(code));
  if (!debug.empty()) failure_text_.append(" \"").append(debug).append("\"");
  if (code != NGHTTP2_NO_ERROR) fault_ = static_cast<http2_errc>(code);
}

void session::connection_lost(std::string_view why) {
  failed_ = true;
  upkeep_due_ = never;
  // Text of the events must outlive this call; a GOAWAY says more than the loss that follows it.
  if (failure_text_.empty()) failure_text_ = why;
  for (const auto& s : streams_) {
    if (s && s->state != stream_state::closed) {
      close(*s, close_reason::connection_lost, 0, failure_text_);
    }
  }
  waiting_.clear();
}

std::error_code session::on_timeout(time_point now) {
  now_ = now;
  while (const auto slot = deadlines_.pop_expired(now)) {
    push(event_kind::deadline_expired, *streams_[*slot]);
  }
  return now >= upkeep_due_ ? upkeep() : std::error_code{};
}

const event* session::poll_event() {
  if (closing_) {
    release(*streams_[closing_.slot]);
    closing_ = {};
  }
  if (!turn_) return nullptr;
  turn_memory& t = *turn_;
  for (;;) {
    while (!t.batch_polled()) {
      event_record& r = *t.next++;
      if (r.field_count != 0) r.what.headers = {t.fields.data() + r.first_field, r.field_count};
      if (!r.what.stream) return &r.what;
      stream* const s = find(r.what.stream);
      if (s == nullptr) continue;
      if (r.what.kind == event_kind::stream_closed) {
        if (s->forgotten) {
          release(*s);
          continue;
        }
        closing_ = r.what.stream;
      }
      r.what.owner = s->owner;
      r.what.id = s->id;
      return &r.what;
    }
    if (t.raised.empty()) break;
    t.next_batch();
  }
  data_sent_pending_ = false;
  return nullptr;
}

void session::lend() {
  turn_ = take_turn_memory();
}

void session::give_turn_back() noexcept {
  // What has come of a header block stays.
  if (!block_open_ && !turn_->has_events()) give_back(std::move(turn_));
}

std::span<const codec::const_bytes> session::output() {
  output_stopped_ = false;
  while (!failed_ || answer_first_) {
    if (output_.size() >= settings_.output_high_water) {
      output_stopped_ = true;
      break;
    }
    // Behind the last GOAWAY nghttp2 may have frames that nobody waits for.
    if (draining_ && nghttp2_session_want_write(http2_.get()) == 0) break;
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(http2_.get(), &data);
    if (size < 0) {
      answer_first_ = false;
      fail(http2_errc::internal_error, nghttp2_strerror(static_cast<int>(size)));
      break;
    }
    if (size == 0) {
      output_stopped_ = output_.size() >= settings_.output_high_water;
      break;
    }
    output_.append({data, static_cast<std::size_t>(size)});
  }
  answer_first_ = false;
  if (abuse_ && !failed_) fail(http2_errc::enhance_your_calm, *abuse_);
  output_.append(codec::as_bytes(last_goaway_));
  last_goaway_.clear();
  return output_.blocks();
}

void session::consume_output(std::size_t size) {
  if (trace_ != nullptr) {
    std::size_t rest = size;
    for (const codec::const_bytes& block : output_.blocks()) {
      const std::size_t part = std::min(rest, block.size());
      if (part != 0) trace_->on_bytes(direction::sent, block.first(part));
      rest -= part;
    }
  }
  output_.consume(size, &spares_);
  if (!spares_.empty()) watch_spares();
}

bool session::finished() const {
  if (!output_.empty() || !last_goaway_.empty()) return false;
  // Before a GOAWAY nghttp2 always wants to read.
  return failed_ || (draining_ && nghttp2_session_want_read(http2_.get()) == 0 &&
                     nghttp2_session_want_write(http2_.get()) == 0);
}

// ---- connection

void session::ping(std::uint64_t opaque) {
  if (failed_) return;
  if (notice_pending_) {
    // nghttp2 would let it overtake the GOAWAY, but its acknowledgement must mean: GOAWAY was read.
    ping_behind_notice_ = opaque;
    return;
  }
  submit_ping(opaque);
}

void session::announce_shutdown() {
  if (failed_) return;
  if (trace_ != nullptr) trace_->on_action("announce_shutdown", 0, {});
  // nghttp2 says nothing to a peer that has sent GOAWAY itself.
  notice_pending_ = !draining_ && nghttp2_submit_shutdown_notice(http2_.get()) == 0;
}

void session::shutdown(http2_errc code, std::string_view debug) {
  if (failed_) return;
  if (trace_ != nullptr) trace_->on_action("shutdown", 0, debug);
  draining_ = drain_begun_ = true;
  nghttp2_submit_goaway(
      http2_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(http2_.get()),
      static_cast<std::uint32_t>(code), codec::as_bytes(debug).data(), debug.size());
  refuse_waiting();
}

std::uint32_t session::peer_max_concurrent_streams() const noexcept {
  // 100 until the first SETTINGS of the peer (nghttp2's and everybody's assumption).
  return nghttp2_session_get_remote_settings(http2_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

std::uint32_t session::peer_max_header_list_size() const noexcept {
  return nghttp2_session_get_remote_settings(http2_.get(), NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
}

}  // namespace grpcwire::transport
