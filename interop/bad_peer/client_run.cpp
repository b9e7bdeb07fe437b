#include "client_run.hpp"

#include <array>
#include <charconv>

#include "payloads.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
using transport::frames;

constexpr std::uint32_t stream_afterwards = 1'000'001;  // no case goes so far
constexpr std::string_view all_told = "all told";       // a PING

std::optional<int> number_in(const std::optional<std::string_view>& field) {
  int number = 0;
  if (!field || field->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(field->data(), field->data() + field->size(), number);
  if (error != std::errc() || end != field->data() + field->size()) return std::nullopt;
  return number;
}

/// Reads what the server says about one stream, and about the connection as a whole.
class answer_reader {
 public:
  answer_reader(frame_link& link, std::uint32_t stream) : link_(link), stream_(stream) {}

  /// Until the stream has ended and the server has said all it had to say about it, or the
  /// connection has ended, or nothing comes any more.
  const observation& read() {
    while (!told_) {
      const auto frame = link_.next();
      if (!frame) break;
      note(*frame);
      if (over_ && !asked_) {
        asked_ = true;
        (void)link_.send(frames().ping(all_told));
      }
    }
    seen_.closed = link_.ended();
    return seen_;
  }

 private:
  void note(const received_frame& frame) {
    if (frame.is(type::goaway)) return note_goaway(frame);
    if (frame.is(type::ping)) {
      if ((frame.flags & flag::ack) == 0) {
        (void)link_.send(frames().ping(frame.payload, true));
      } else {
        told_ = told_ || (frame.payload == all_told && !seen_.goaway);
      }
    }
    if (frame.is(type::settings) && (frame.flags & flag::ack) == 0) {
      (void)link_.send(frames().settings_ack());
    }
    if (frame.stream != stream_ || over_) return;
    if (frame.is(type::headers)) note_headers(frame);
    if (frame.is(type::rst_stream)) note_reset(frame);
    over_ = over_ || frame.ends_stream();
  }

  void note_headers(const received_frame& frame) {
    if (const auto http = number_in(frame.field(":status")); http && *http != 200) {
      seen_.http = http;
    }
    if (!frame.ends_stream()) return;
    seen_.status = number_in(frame.field("grpc-status"));
    seen_.says = readable_message(frame.field("grpc-message").value_or(""));
  }

  void note_reset(const received_frame& frame) {
    seen_.reset = reset_code_of(frame);
    over_ = true;
  }

  void note_goaway(const received_frame& frame) {
    const auto [code, debug] = goaway_of(frame);
    if (code != transport::http2::error::no_error) seen_.goaway = code;
    if (!debug.empty()) seen_.says = debug;
    told_ = false;
  }

  frame_link& link_;
  std::uint32_t stream_;
  observation seen_;
  bool over_ = false;   // the stream has ended
  bool asked_ = false;  // for everything else
  bool told_ = false;
};

bool succeeds(frame_link& link, std::uint32_t stream) {
  if (!link.send(good_request(stream))) return false;
  return answer_reader(link, stream).read().status == 0;
}

bool new_connection_works(const std::string& host, std::uint16_t port) {
  frame_link link(connect_to(host, port), transport::first_byte::of_a_server);
  return link.send(frames().preface().settings()) && succeeds(link, 1);
}

}  // namespace

bool bad_client::begin(const transport::raw_frames& settings) {
  return link_.send(frames().preface()) && link_.send(settings);
}

bool bad_client::read_settings() {
  const auto frame = link_.next();
  if (!frame || !frame->is(type::settings)) return false;
  for (const auto& [id, value] : settings_of(*frame)) {
    if (id == transport::http2::setting::max_concurrent_streams) max_concurrent_streams = value;
    if (id == transport::http2::setting::initial_window_size) stream_window = value;
    if (id == transport::http2::setting::max_frame_size) max_frame_size = value;
  }
  return true;
}

client_verdict run_case(const client_case& which, const std::string& host, std::uint16_t port) {
  client_verdict verdict;
  frame_link link(connect_to(host, port), transport::first_byte::of_a_server);
  bad_client client(link);
  if (which.greets) {
    client.begin(frames().settings());
    if (!client.read_settings()) {
      verdict.remark = "the server did not begin with SETTINGS";
      return verdict;
    }
    client.acknowledge_settings();
  }
  which.run(client);
  verdict.seen = answer_reader(link, client.watched).read();
  verdict.good = matches(which.expectation, verdict.seen);
  const bool alive = !verdict.seen.closed && !verdict.seen.goaway;
  if (alive && !succeeds(link, stream_afterwards)) {
    verdict.good = false;
    verdict.remark = "a good call on the same connection fails afterwards";
  }
  link.close();
  if (!new_connection_works(host, port)) {
    verdict.good = false;
    verdict.remark = "a good call on a new connection fails afterwards";
  }
  return verdict;
}

std::span<const client_theme> client_themes() {
  static const std::array themes{
      client_theme{"headers", client_header_cases()},
      client_theme{"fields", client_field_cases()},
      client_theme{"messages", client_message_cases()},
      client_theme{"streams", client_stream_cases()},
      client_theme{"frames", client_frame_cases()},
      client_theme{"floods", client_flood_cases()},
  };
  return themes;
}

}  // namespace grpcwire::bad_peer
