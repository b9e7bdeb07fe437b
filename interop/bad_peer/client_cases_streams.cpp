// Streams in a wrong state: ids, frames before the beginning and behind the end, resets, windows.
#include <array>
#include <string>

#include "client_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace error = transport::http2::error;
using transport::frames;

constexpr std::string_view rfc_states = "RFC 9113 §5.1";
constexpr std::string_view rfc_ids = "RFC 9113 §5.1.1";
constexpr std::string_view rfc_limit = "RFC 9113 §5.1.2";
constexpr std::string_view rfc_windows = "RFC 9113 §6.9.1";
constexpr std::string_view rfc_priority = "RFC 9113 §5.3";
constexpr std::string_view broken = "goaway PROTOCOL_ERROR";

/// The head of a call whose body is still to come.
transport::raw_frames open_call(std::uint32_t stream) {
  return frames().headers(stream, call_to(empty_call));
}

constexpr std::array cases{
    client_case{"even_stream", "opens stream 2", broken, rfc_ids,
                [](bad_client& c) {
                  c.watched = 2;
                  c.send(good_request(2));
                }},
    client_case{"headers_on_stream_0", "sends HEADERS on stream 0", broken, "RFC 9113 §6.2",
                [](bad_client& c) { c.send(frames().headers(0, call_to(empty_call), whole)); }},
    client_case{"smaller_stream", "opens stream 3 after stream 5",
                "goaway PROTOCOL_ERROR | goaway STREAM_CLOSED", rfc_ids,
                [](bad_client& c) {
                  c.watched = 3;
                  c.send(good_request(5));
                  c.send(good_request(3));
                }},
    client_case{"stream_twice", "opens stream 1 again when its call is over",
                "goaway PROTOCOL_ERROR | goaway STREAM_CLOSED", rfc_ids,
                [](bad_client& c) {
                  c.watched = 3;  // the second call on stream 1 has nothing to answer on
                  c.send(good_request(1));
                  c.send(good_request(1));
                  c.send(good_request(3));
                }},
    client_case{"data_on_stream_0", "sends DATA on stream 0", broken, "RFC 9113 §6.1",
                [](bad_client& c) { c.send(frames().data(0, message())); }},
    client_case{"data_on_idle_stream", "sends DATA on a stream that was not opened", broken,
                rfc_states, [](bad_client& c) { c.send(frames().data(1, message(), true)); }},
    client_case{"reset_of_idle_stream", "resets a stream that was not opened", broken, rfc_states,
                [](bad_client& c) { c.send(frames().rst_stream(1, error::cancel)); }},
    client_case{"window_update_of_idle_stream", "opens the window of a stream that was not opened",
                broken, rfc_states, [](bad_client& c) { c.send(frames().window_update(1, 1)); }},
    client_case{"reset_of_stream_0", "sends RST_STREAM on stream 0", broken, "RFC 9113 §6.4",
                [](bad_client& c) { c.send(frames().rst_stream(0, error::cancel)); }},
    client_case{"window_update_after_end", "sends WINDOW_UPDATE behind the end of the request",
                "status 0", rfc_states,
                [](bad_client& c) { c.send(good_request(1).window_update(1, 1)); }},
    client_case{"headers_after_end_stream", "sends HEADERS behind the end of the request",
                "status 0 | reset STREAM_CLOSED | goaway STREAM_CLOSED | goaway PROTOCOL_ERROR",
                rfc_states,
                [](bad_client& c) {
                  c.send(good_request(1).headers(1, {{"x-late", "1"}}, whole));
                }},
    client_case{"data_after_reset", "sends DATA on a stream that it has reset",
                "status 0 | goaway STREAM_CLOSED", rfc_states,
                [](bad_client& c) {
                  c.watched = 3;
                  c.send(open_call(1).rst_stream(1, error::cancel).data(1, message(), true));
                  c.send(good_request(3));
                }},
    client_case{"reset_with_every_code", "resets sixteen calls with the codes 0 to 15", "status 0",
                "RFC 9113 §7",
                [](bad_client& c) {
                  c.watched = 101;
                  for (std::uint32_t code = 0; code < 16; ++code) {
                    c.send(open_call(1 + 2 * code).rst_stream(1 + 2 * code, code));
                  }
                  c.send(good_request(101));
                }},
    client_case{"more_streams_than_allowed", "opens one stream more than MAX_CONCURRENT_STREAMS",
                "status 0 | reset REFUSED_STREAM | goaway PROTOCOL_ERROR", rfc_limit,
                [](bad_client& c) {
                  // Who announces no limit cannot be asked for too much.
                  const std::uint32_t limit =
                      c.max_concurrent_streams == 0xffff'ffff ? 0 : c.max_concurrent_streams;
                  auto out = frames();
                  for (std::uint32_t n = 0; n < limit; ++n) {
                    out.headers(1 + 2 * n, call_to(empty_call));
                  }
                  c.watched = 1 + 2 * limit;
                  c.send(out);
                  c.send(good_request(c.watched));
                  // Room again for the good call that follows.
                  auto resets = frames();
                  for (std::uint32_t n = 0; n < limit; ++n) {
                    resets.rst_stream(1 + 2 * n, error::cancel);
                  }
                  c.send(resets);
                }},
    client_case{
        "beyond_the_stream_window",
        "sends more DATA than the stream's window has, to a handler that does not read",
        "reset FLOW_CONTROL_ERROR | goaway FLOW_CONTROL_ERROR", rfc_windows,
        [](bad_client& c) {
          // FullDuplexCall, one response of one byte after 5 s: nothing is read until then.
          auto out = frames()
                         .headers(1, call_to("/grpc.testing.TestService/FullDuplexCall"))
                         .data(1, message("\x12\x07\x08\x01\x10\xc0\x96\xb1\x02"));
          const std::string small = message("\x1a\xea\x07\x12\xe7\x07" + std::string(999, 'x'));
          std::string piece;
          while (piece.size() + small.size() <= 16'384) piece += small;
          for (std::size_t sent = 0; sent < c.stream_window + 200'000U; sent += piece.size()) {
            out.data(1, piece);
          }
          c.send(out);
        }},
    client_case{"window_overflow", "opens the connection's window beyond 2^31 - 1",
                "goaway FLOW_CONTROL_ERROR", rfc_windows,
                [](bad_client& c) { c.send(frames().window_update(0, 0x7fff'ffff)); }},
    client_case{"stream_window_overflow", "opens a stream's window beyond 2^31 - 1",
                "reset FLOW_CONTROL_ERROR", rfc_windows,
                [](bad_client& c) { c.send(open_call(1).window_update(1, 0x7fff'ffff)); }},
    client_case{"window_update_of_zero", "opens the connection's window by nothing", broken,
                "RFC 9113 §6.9", [](bad_client& c) { c.send(frames().window_update(0, 0)); }},
    client_case{"stream_window_update_of_zero", "opens a stream's window by nothing",
                "reset PROTOCOL_ERROR | goaway PROTOCOL_ERROR", "RFC 9113 §6.9",
                [](bad_client& c) { c.send(open_call(1).window_update(1, 0)); }},
    client_case{"priority_of_itself", "makes a stream depend on itself",
                "status 0 | reset PROTOCOL_ERROR | goaway PROTOCOL_ERROR", rfc_priority,
                [](bad_client& c) {
                  c.send(open_call(1).priority(1, {.depends_on = 1}).data(1, message(), true));
                }},
    client_case{"priority_of_idle_streams", "sends PRIORITY for streams that were not opened",
                "status 0", rfc_priority,
                [](bad_client& c) {
                  auto out = frames();
                  for (std::uint32_t id = 101; id < 121; id += 2) out.priority(id, {});
                  c.send(out);
                  c.send(good_request(1));
                }},
    client_case{"goaway_of_the_client", "sends GOAWAY(NO_ERROR) in the middle of a call",
                "status 0 | status 0, closed", "RFC 9113 §6.8",
                [](bad_client& c) {
                  c.send(open_call(1).goaway(0, error::no_error).data(1, message(), true));
                }},
};

}  // namespace

std::span<const client_case> client_stream_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
