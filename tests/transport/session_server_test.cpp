// A server session: requests in, responses out, and how its streams end.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"
#include "tests/support/trace_recorder.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::play;
using tests::request_fields;
using tests::response_fields;
using tests::trailer_fields;
namespace flag = http2::flag;

constexpr std::string_view request_head =
    " :method=POST :scheme=http :path=/a.B/C :authority=localhost te=trailers "
    "content-type=application/grpc";

std::string head_line(int id, std::string_view end = "") {
  return "headers_received " + std::to_string(id) + std::string(end) + std::string(request_head);
}

TEST(session_server, says_its_settings_first) {
  dialogue d(role::server);
  d.expect_sent(
       "SETTINGS MAX_CONCURRENT_STREAMS=256 INITIAL_WINDOW_SIZE=1048576 "
       "MAX_HEADER_LIST_SIZE=16384")
      .expect_sent("WINDOW_UPDATE 0 +")
      .expect_nothing_sent()
      .receive(frames().preface().settings())
      .expect_event("settings_received")
      .expect_sent("SETTINGS ACK")
      .expect_nothing_sent();
  EXPECT_TRUE(d.session().ready());
}

TEST(session_server, serves_a_unary_call) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).data(1, "hello", true))
        .expect_event(head_line(1))
        .expect_event("data_received 1 end \"hello\"")
        .expect_no_event()
        .act([&](session& s) {
          s.send_headers(d.stream(0), response_fields(), false);
          s.send_data(d.stream(0), codec::buffer(codec::as_bytes("world")), false);
          s.send_trailers(d.stream(0), trailer_fields());
        })
        .expect_sent("HEADERS 1 :status=200 content-type=application/grpc")
        .expect_sent("DATA 1 \"world\"")
        .expect_sent("HEADERS 1 end grpc-status=0")
        .expect_event("stream_closed 1 finished NO_ERROR")
        .expect_no_event()
        .expect_nothing_sent();
  });
}

TEST(session_server, takes_a_half_close_in_an_empty_data_frame) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).data(1, "x").data(1, "", true))
        .expect_event(head_line(1))
        .expect_event("data_received 1 end \"x\"")
        .expect_no_event();
  });
}

TEST(session_server, takes_a_request_without_data) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields(), flag::end_headers | flag::end_stream))
        .expect_event(head_line(1, " end"))
        .expect_no_event()
        .send_headers(0, {{":status", "200"}, {"grpc-status", "12"}}, true)
        .expect_sent("HEADERS 1 end :status=200 grpc-status=12")
        .expect_nothing_sent()
        .expect_event("stream_closed 1 finished");
  });
}

TEST(session_server, keeps_all_fields_of_a_header_block_that_comes_in_pieces) {
  // A block that is split over several receive() calls lost its first fields.
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers_in_pieces(1, request_fields(), 25, flag::end_stream))
        .expect_event(head_line(1, " end"))
        .receive(frames().headers_in_pieces(3, request_fields(), 40).data(3, "x"))
        .expect_event(head_line(3))
        .expect_event("data_received 3 \"x\"");
  });
}

TEST(session_server, sends_messages_as_they_come_and_no_empty_data_before_trailers) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).data(1, "q", true))
        .skip_events()
        .send_headers(0, response_fields())
        .expect_sent("HEADERS 1 :status=200")
        .send_data(0, "one")
        .expect_sent("DATA 1 \"one\"")
        .send_data(0, "two")
        .expect_sent("DATA 1 \"two\"")
        .send_trailers(0, trailer_fields())
        .expect_sent("HEADERS 1 end grpc-status=0")
        .expect_nothing_sent()
        .expect_event("stream_closed 1 finished");
  });
}

TEST(session_server, sends_trailers_without_any_data) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).data(1, "", true))
        .skip_events()
        .act([&](session& s) {
          s.send_headers(d.stream(0), response_fields(), false);
          s.send_trailers(d.stream(0), trailer_fields());
        })
        .expect_sent("HEADERS 1 :status=200")
        .expect_sent("HEADERS 1 end grpc-status=0")
        .expect_nothing_sent()
        .expect_event("stream_closed 1 finished");
  });
}

TEST(session_server, resets_with_no_error_behind_an_early_status) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).data(1, "part"))
        .skip_events()
        .send_headers(0, {{":status", "200"}, {"grpc-status", "12"}}, true)
        .expect_sent("HEADERS 1 end :status=200 grpc-status=12")
        .expect_sent("RST_STREAM 1 NO_ERROR")
        .expect_nothing_sent()
        .expect_event("stream_closed 1 finished NO_ERROR")
        // What the client sent before it knew is no error, and neither is the next call.
        .receive(frames().data(1, "late", true))
        .expect_no_event()
        .receive(frames().headers(3, request_fields()))
        .expect_event(head_line(3))
        .expect_nothing_sent();
  });
}

TEST(session_server, resets_with_no_error_behind_early_trailers) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()))
        .skip_events()
        .send_headers(0, response_fields())
        .send_data(0, "x")
        .send_trailers(0, trailer_fields())
        .expect_sent("HEADERS 1 :status=200")
        .expect_sent("DATA 1 \"x\"")
        .expect_sent("HEADERS 1 end grpc-status=0")
        .expect_sent("RST_STREAM 1 NO_ERROR")
        .expect_event("stream_closed 1 finished")
        .expect_no_event();
  });
}

TEST(session_server, hears_a_cancelled_call) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).rst_stream(1, 8))
        .expect_event(head_line(1))
        .expect_event("stream_closed 1 reset_by_peer CANCEL")
        // Actions on what is gone do nothing.
        .send_headers(0, response_fields())
        .send_data(0, "x")
        .send_trailers(0, trailer_fields())
        .reset(0, 8)
        .consume(0, 100)
        .act([&](session& s) {
          s.expect(d.stream(0), 1 << 20);
          s.set_deadline(d.stream(0), d.clock().now());
        })
        .expect_nothing_sent()
        .expect_no_event();
    if (!d.cut()) {
      EXPECT_FALSE(d.session().next_timeout());
    }
    EXPECT_EQ(d.session().queued_bytes(d.stream(0)), 0U);
    EXPECT_EQ(d.session().id(d.stream(0)), 0);
  });
}

TEST(session_server, resets_a_stream_on_demand) {
  play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).data(1, "x"))
        .skip_events()
        .send_headers(0, response_fields())
        .expect_sent("HEADERS 1")
        .reset(0, 8)
        .reset(0, 2)
        .expect_sent("RST_STREAM 1 CANCEL")
        .expect_nothing_sent()
        .expect_event("stream_closed 1 reset_locally CANCEL")
        .expect_no_event();
  });
}

TEST(session_server, uses_a_slot_again_with_a_new_generation) {
  dialogue d(role::server);
  d.handshake();
  for (std::uint32_t id = 1; id < 20; id += 2) {
    d.receive(frames().headers(id, request_fields()).rst_stream(id, 8)).skip_events();
    EXPECT_EQ(d.stream(id / 2).slot, 0U);
    EXPECT_EQ(d.stream(id / 2).generation, id / 2);
  }
  // The first handle does not touch the stream that lives in its slot now.
  d.receive(frames().headers(21, request_fields())).skip_events().skip_sent();
  d.reset(0, 8).send_headers(0, response_fields()).expect_nothing_sent();
  EXPECT_EQ(d.session().open_streams(), 1U);
}

TEST(session_server, tells_the_owner_of_a_stream) {
  session s(role::server, {});
  const auto input = frames().preface().settings().headers(1, request_fields()).bytes();
  ASSERT_FALSE(s.receive(input, {}));
  int owner = 0;
  const event* head = nullptr;
  while (const event* e = s.poll_event()) {
    if (e->kind == event_kind::headers_received) {
      EXPECT_EQ(e->owner, nullptr);
      s.set_owner(e->stream, &owner);
      head = e;
    }
  }
  ASSERT_NE(head, nullptr);
  s.connection_lost("gone");
  const event* closed = s.poll_event();
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(closed->owner, &owner);
  EXPECT_EQ(closed->reason, close_reason::connection_lost);
  EXPECT_EQ(closed->text, "gone");
  EXPECT_EQ(s.poll_event(), nullptr);
}

TEST(session_server, takes_actions_while_an_event_is_handled) {
  session s(role::server, {});
  const auto input = frames()
                         .preface()
                         .settings()
                         .headers(1, request_fields())
                         .data(1, "one")
                         .headers(3, request_fields())
                         .data(3, "two", true)
                         .bytes();
  ASSERT_FALSE(s.receive(input, {}));
  std::string seen;
  while (const event* e = s.poll_event()) {
    if (e->kind == event_kind::headers_received) {
      // These add events to the list that is being polled.
      for (int i = 0; i < 100; ++i) s.set_deadline(e->stream, time_point{});
      s.send_headers(e->stream, response_fields(), false);
      s.send_trailers(e->stream, trailer_fields());
      s.on_timeout(time_point{});
      s.consume_output(0);
      (void)s.output();
    }
    if (e->kind == event_kind::data_received) seen += codec::as_text(e->data);
  }
  // Stream 1 was still open: its end came before its data was looked at, but the data is there.
  EXPECT_EQ(seen, "onetwo");
  EXPECT_EQ(s.open_streams(), 0U);
}

TEST(session_server, raises_deadlines_when_their_time_has_come) {
  using namespace std::chrono_literals;
  play(role::server, {}, [](dialogue& d) {
    const time_point start = d.clock().now();
    d.handshake()
        .receive(frames().headers(1, request_fields()).headers(3, request_fields()))
        .skip_events()
        .act([&](session& s) {
          s.set_deadline(d.stream(0), start + 20ms);
          s.set_deadline(d.stream(1), start + 10ms);
        });
    if (!d.cut()) {
      EXPECT_EQ(d.session().next_timeout(), start + 10ms);
    }
    d.pass(9ms)
        .expect_no_event()
        .pass(1ms)
        .expect_event("deadline_expired 3")
        .expect_no_event()
        .reset(1, 8)
        .expect_event("stream_closed 3 reset_locally")
        .act([&](session& s) { s.clear_deadline(d.stream(0)); })
        .pass(1h)
        .expect_no_event()
        .act([&](session& s) { s.set_deadline(d.stream(0), d.clock().now() + 1s); })
        .reset(0, 8)
        .expect_event("stream_closed 1 reset_locally");
    EXPECT_FALSE(d.session().next_timeout());
  });
}

TEST(session_server, refuses_streams_above_the_limit_before_the_client_knows_it) {
  play(role::server, {.max_concurrent_streams = 1}, [](dialogue& d) {
    d.receive(frames().preface().settings().headers(1, request_fields()))
        .receive(frames().headers(3, request_fields()))
        .skip_sent()
        .expect_event("settings_received")
        .expect_event(head_line(1))
        .expect_no_event();
    if (!d.cut()) {
      EXPECT_EQ(d.sent().back(), "RST_STREAM 3 REFUSED_STREAM");
    }
  });
}

TEST(session_server, resets_a_stream_whose_response_headers_are_too_large_to_send) {
  const std::string value(400'000, 'x');
  dialogue d(role::server);
  d.handshake().receive(
      frames().headers(1, request_fields(), flag::end_headers | flag::end_stream));
  d.skip_events().send_headers(0, {{":status", "200"}, {"a", value}, {"b", value}, {"c", value}});
  d.expect_sent("RST_STREAM 1 INTERNAL_ERROR").expect_event("stream_closed 1 reset_locally");
  d.end();
}

TEST(session_server, resets_a_stream_whose_trailers_are_too_large_to_send) {
  const std::string value(400'000, 'x');
  dialogue d(role::server);
  d.handshake().receive(
      frames().headers(1, request_fields(), flag::end_headers | flag::end_stream));
  d.skip_events().send_headers(0, response_fields()).expect_sent("HEADERS 1");
  d.send_trailers(0, {{"grpc-status", "0"}, {"a", value}, {"b", value}, {"c", value}});
  d.expect_sent("RST_STREAM 1 INTERNAL_ERROR").expect_event("stream_closed 1 reset_locally");
  d.end();
}

TEST(session_server, shows_everything_to_a_trace_sink) {
  tests::trace_recorder trace;
  dialogue d(role::server, {}, {}, &trace);
  const auto input = frames().preface().settings().headers(1, request_fields()).bytes();
  d.receive(input).send_headers(0, response_fields()).send_trailers(0, trailer_fields());
  EXPECT_EQ(trace.received, codec::as_text(input));
  tests::frame_log sent;
  sent.feed(codec::as_bytes(trace.sent));
  EXPECT_EQ(sent.lines(), d.sent());
  const auto has = [&](std::string_view line) {
    return std::count(trace.lines.begin(), trace.lines.end(), line);
  };
  EXPECT_EQ(has("< SETTINGS 0 0"), 1);
  EXPECT_EQ(has("< block 1 :method :scheme :path :authority te content-type"), 1);
  EXPECT_EQ(has("send_headers 1 "), 1);
  EXPECT_EQ(has("> block 1 end grpc-status"), 1);
  EXPECT_EQ(has("> RST_STREAM 1 4"), 1);
  EXPECT_EQ(has("> window 0 4128769 4194304"), 1);
}

}  // namespace
}  // namespace grpcwire::transport
