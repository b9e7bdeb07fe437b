// Sessions under fuzzed input, with an owner that answers as a program would.
#include <algorithm>
#include <deque>
#include <vector>

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/server_call.hpp>
#include <grpcwire/rpc/stream_end.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/fuzz/harness.hpp"
#include "tests/support/event_log.hpp"

namespace grpcwire::fuzz {
namespace {

using transport::event;
using transport::event_kind;

using detail::stream_end_of;

/// The limits are low, so that short inputs reach them.
constexpr transport::session_settings settings{
    .max_concurrent_streams = 5,
    .stream_window = 1000,
    .connection_window = 66'000,
    .max_header_list_size = 2000,
    .max_queued_streams = 3,
    .output_high_water = 1000,
};

class owner {
 public:
  explicit owner(transport::role r) : session_(r, settings) {}
  virtual ~owner() = default;

  std::string feed(codec::const_bytes input) {
    if (input.empty()) return {};
    const std::size_t size = std::size_t{1} << (input[0] % 12);
    const bool slow_output = (input[0] & 0x80) != 0;
    input = input.subspan(1);
    transport::time_point now{std::chrono::hours(1)};
    start();
    pump(~std::size_t{0});
    while (!input.empty()) {
      const codec::const_bytes piece = input.first(std::min(size, input.size()));
      input = input.subspan(piece.size());
      const std::vector<std::uint8_t> copy(piece.begin(), piece.end());
      now += std::chrono::milliseconds(1);
      const std::error_code error = session_.receive(copy, now);
      pump(slow_output ? 100 : ~std::size_t{0});
      session_.on_timeout(now);
      pump(slow_output ? 100 : ~std::size_t{0});
      if (error || session_.finished()) break;
    }
    session_.connection_lost("end of input");
    pump(~std::size_t{0});
    if (!log_.all_closed_once()) return "a stream did not end exactly once";
    if (session_.open_streams() != 0) return "a stream is still open";
    if (session_.queued_streams() != 0) return "a stream is still in the queue";
    return end_of_calls();
  }

 protected:
  virtual void start() {}
  virtual void on_event(const event& e) = 0;
  virtual std::string end_of_calls() = 0;

  transport::session session_;
  tests::event_log log_;

 private:
  void pump(std::size_t most) {
    do {
      while (const event* e = session_.poll_event()) {
        log_.add(*e);
        on_event(*e);
      }
      for (auto blocks = session_.output(); !blocks.empty() && most != 0;
           blocks = session_.output()) {
        // Reads each byte, as a system call would.
        volatile std::uint8_t sink = 0;
        std::size_t size = 0;
        for (const codec::const_bytes block : blocks) {
          for (const std::uint8_t byte : block) sink = static_cast<std::uint8_t>(sink ^ byte);
          size += block.size();
        }
        size = std::min(size, most);
        most -= size;
        session_.consume_output(size);
      }
    } while (session_.has_events());
    session_.end_turn();
  }
};

class server_owner final : public owner {
 public:
  server_owner() : owner(transport::role::server) {}

 private:
  struct one {
    transport::stream_handle stream;
    codec::server_call call{{.max_message_size = 3000}};
    std::size_t ends = 0;
  };

  void on_event(const event& e) override {
    if (!e.stream) return;
    auto* to = static_cast<one*>(e.owner);
    if (to == nullptr) {
      to = &calls_.emplace_back();
      to->stream = e.stream;
      session_.set_owner(e.stream, to);
    }
    switch (e.kind) {
      case event_kind::headers_received:
        to->call.headers_received(e.headers, e.end_stream, e.headers_too_large);
        break;
      case event_kind::data_received:
        to->call.data_received(e.data, e.end_stream);
        break;
      case event_kind::deadline_expired:
        to->call.deadline_expired();
        break;
      case event_kind::stream_closed:
        to->call.stream_closed(stream_end_of(e.reason), e.error_code, e.text);
        break;
      default:
        return;
    }
    while (const auto said = to->call.poll()) answer(*to, *said);
    if (to->call.expected_bytes() != 0) session_.expect(e.stream, to->call.expected_bytes() + 5);
  }

  void answer(one& c, const codec::server_event& e) {
    using kind = codec::server_event_kind;
    codec::header_fields fields;
    switch (e.kind) {
      case kind::request_received:
        if (c.call.head().timeout) {
          session_.set_deadline(c.stream, transport::time_point{std::chrono::hours(1)} +
                                              std::chrono::milliseconds(3));
        }
        return;
      case kind::message_received:
        session_.consume(c.stream, e.message.wire_size());
        c.call.respond(fields, nullptr);
        if (!fields.view().empty()) session_.send_headers(c.stream, fields.view(), false);
        session_.send_data(c.stream, codec::buffer(std::size_t{5000}), false, true);
        return;
      case kind::cancelled:
        ++c.ends;
        return session_.reset(c.stream, 8);
      case kind::half_closed:
      case kind::rejected:
        break;
    }
    using finish = codec::server_call::finish_kind;
    const finish how = c.call.finish(fields, e.why, nullptr, e.http_status);
    if (how == finish::nothing) return;
    ++c.ends;
    if (how == finish::trailers) {
      session_.send_trailers(c.stream, fields.view());
    } else {
      session_.send_headers(c.stream, fields.view(), how != finish::plain_text);
      if (how == finish::plain_text) {
        session_.send_data(c.stream, codec::buffer(codec::as_bytes("no")), true);
      }
    }
  }

  std::string end_of_calls() override {
    for (const one& c : calls_) {
      if (c.ends != 1) return "a call ended " + std::to_string(c.ends) + " times";
    }
    return {};
  }

  std::deque<one> calls_;
};

class client_owner final : public owner {
 public:
  client_owner() : owner(transport::role::client) {}

 private:
  struct one {
    transport::stream_handle stream;
    codec::client_call call{{.max_message_size = 3000, .single_response = false}};
    std::size_t ends = 0;
  };

  void start() override {
    for (int i = 0; i < 4; ++i) {
      one& c = calls_.emplace_back();
      transport::open_error error{};
      if (const auto handle = session_.open_stream(&c, error)) {
        c.stream = *handle;
        log_.opened(c.stream);
        if (session_.granted(c.stream)) send(c, i % 2 == 0);
      }
    }
    session_.set_deadline(calls_[3].stream, transport::time_point{std::chrono::hours(1)} +
                                                std::chrono::milliseconds(9));
  }

  void send(one& c, bool half_close) {
    codec::header_fields fields;
    codec::write_request(fields, {.path = "/a.B/C", .authority = "fuzz"});
    c.call.request_sent();
    session_.send_headers(c.stream, fields.view(), false);
    session_.send_data(c.stream, codec::buffer(std::size_t{50}), half_close, true);
    if (half_close) c.call.half_closed();
  }

  void on_event(const event& e) override {
    auto* to = static_cast<one*>(e.owner);
    if (to == nullptr) return;
    switch (e.kind) {
      case event_kind::stream_granted:
        return send(*to, true);
      case event_kind::headers_received:
        to->call.headers_received(e.headers, e.end_stream, e.headers_too_large);
        break;
      case event_kind::data_received:
        to->call.data_received(e.data, e.end_stream);
        break;
      case event_kind::deadline_expired:
        to->call.deadline_expired();
        break;
      case event_kind::stream_closed:
        to->call.stream_closed(stream_end_of(e.reason), e.error_code, e.text, false);
        break;
      default:
        return;
    }
    while (const auto said = to->call.poll()) {
      if (said->kind == codec::client_event_kind::message_received) {
        session_.consume(to->stream, said->message.wire_size());
      }
      if (said->kind != codec::client_event_kind::ended) continue;
      ++to->ends;
      if (said->reset_code) session_.reset(to->stream, *said->reset_code);
    }
    if (to->call.expected_bytes() != 0) session_.expect(e.stream, to->call.expected_bytes() + 5);
  }

  std::string end_of_calls() override {
    for (const one& c : calls_) {
      if (c.stream && c.ends != 1) return "a call ended " + std::to_string(c.ends) + " times";
    }
    return {};
  }

  std::deque<one> calls_;
};

}  // namespace

std::string session_server(codec::const_bytes input) {
  return server_owner().feed(input);
}

std::string session_client(codec::const_bytes input) {
  return client_owner().feed(input);
}

}  // namespace grpcwire::fuzz
