// A client session: opening streams, waiting for the peer's limit, responses, resets.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::end_flags;
using tests::play;
using tests::request_fields;
using tests::response_fields;
using tests::trailer_fields;
namespace flag = http2::flag;

TEST(session_client, says_preface_and_settings_first) {
  dialogue d(role::client);
  d.expect_sent("SETTINGS ENABLE_PUSH=0 INITIAL_WINDOW_SIZE=1048576 MAX_HEADER_LIST_SIZE=16384")
      .expect_sent("WINDOW_UPDATE 0 +4128769")
      .expect_nothing_sent();
  EXPECT_FALSE(d.session().ready());
  EXPECT_EQ(d.session().peer_max_concurrent_streams(), 100U);
}

TEST(session_client, makes_a_unary_call) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .open()
        .expect_no_event()
        .act([&](session& s) {
          s.send_headers(d.stream(0), request_fields(), false);
          s.send_data(d.stream(0), codec::buffer(codec::as_bytes("hello")), true);
        })
        .expect_sent("HEADERS 1 :method=POST :scheme=http :path=/a.B/C")
        .expect_sent("DATA 1 end \"hello\"")
        .expect_nothing_sent()
        .receive(frames()
                     .headers(1, response_fields())
                     .data(1, "world")
                     .headers(1, trailer_fields(), end_flags))
        .expect_event("headers_received 1 :status=200 content-type=application/grpc")
        .expect_event("data_received 1 \"world\"")
        .expect_event("headers_received 1 end grpc-status=0")
        .expect_event("stream_closed 1 finished NO_ERROR")
        .expect_no_event()
        .expect_nothing_sent();
  });
}

TEST(session_client, says_nothing_of_the_end_of_a_stream_that_its_owner_has_left) {
  session s(role::client, {});
  open_error error{};
  int owner = 0;
  const auto first = s.open_stream(&owner, error);
  ASSERT_TRUE(first);
  s.send_headers(*first, request_fields(), false);
  s.send_data(*first, {}, true);
  std::size_t written = 0;
  for (const codec::const_bytes& block : s.output()) written += block.size();
  s.consume_output(written);
  ASSERT_FALSE(s.receive(frames()
                             .settings()
                             .headers(1, response_fields())
                             .headers(1, trailer_fields(), end_flags)
                             .bytes(),
                         {}));
  std::vector<event_kind> told;
  while (const event* e = s.poll_event()) {
    if (e->stream) told.push_back(e->kind);
    if (e->end_stream) s.forget(e->stream);
  }
  EXPECT_EQ(told, (std::vector{event_kind::headers_received, event_kind::headers_received}));
  EXPECT_EQ(s.open_streams(), 0U);

  // Its slot is free. A stream that is left while it is open has an end of its own, which is told.
  const auto second = s.open_stream(&owner, error);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->slot, first->slot);
  EXPECT_NE(second->generation, first->generation);
  s.forget(*second);
  s.connection_lost("gone");
  const event* const closed = s.poll_event();
  ASSERT_NE(closed, nullptr);
  EXPECT_EQ(closed->kind, event_kind::stream_closed);
  EXPECT_EQ(closed->owner, nullptr);
  EXPECT_EQ(s.poll_event(), nullptr);
}

TEST(session_client, streams_both_ways) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .open()
        .send_headers(0, request_fields())
        .expect_sent("HEADERS 1")
        .receive(frames().headers(1, response_fields()))
        .expect_event("headers_received 1")
        .send_data(0, "one")
        .expect_sent("DATA 1 \"one\"")
        .receive(frames().data(1, "eno"))
        .expect_event("data_received 1 \"eno\"")
        .send_data(0, "two")
        .expect_sent("DATA 1 \"two\"")
        .send_data(0, "", true)
        .expect_sent("DATA 1 end \"\"")
        .send_data(0, "late")
        .expect_nothing_sent()
        .receive(frames().headers(1, trailer_fields(), end_flags))
        .expect_event("headers_received 1 end grpc-status=0")
        .expect_event("stream_closed 1 finished")
        .expect_no_event();
  });
}

TEST(session_client, keeps_a_stream_open_until_both_sides_have_ended) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .open()
        .send_headers(0, request_fields())
        .skip_sent()
        .receive(frames().headers(1, response_fields(), end_flags))
        .expect_event("headers_received 1 end")
        .expect_no_event()
        .reset(0, 0)
        .expect_sent("RST_STREAM 1 NO_ERROR")
        .expect_event("stream_closed 1 reset_locally NO_ERROR");
  });
}

TEST(session_client, skips_informational_headers_as_events_of_their_own) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake().open().send_headers(0, request_fields()).skip_sent();
    d.receive(
         frames().headers(1, {{":status", "103"}, {"link", "x"}}).headers(1, response_fields()))
        .expect_event("headers_received 1 :status=103 link=x")
        .expect_event("headers_received 1 :status=200")
        .expect_no_event();
  });
}

TEST(session_client, reports_data_that_flow_control_has_taken) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake({{http2::setting::initial_window_size, 5}})
        .open()
        .send_headers(0, request_fields())
        .skip_sent()
        .send_data(0, "12345678", false, true)
        .expect_sent("DATA 1 \"12345\"")
        .expect_nothing_sent()
        .expect_no_event();
    if (!d.cut()) {
      EXPECT_EQ(d.session().queued_bytes(d.stream(0)), 3U);
    }
    d.receive(frames().window_update(1, 2))
        .expect_sent("DATA 1 \"67\"")
        .expect_no_event()
        .receive(frames().window_update(1, 2))
        .expect_sent("DATA 1 \"8\"")
        .expect_event("data_sent 1")
        .expect_no_event()
        .send_data(0, "9", true, true)
        .expect_sent("DATA 1 end \"9\"")
        .expect_event("data_sent 1")
        .expect_no_event();
  });
}

TEST(session_client, hears_resets_of_the_peer) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake().open().open().open().open();
    for (std::size_t i = 0; i < 4; ++i) d.send_headers(i, request_fields());
    d.receive(frames().rst_stream(1, 7).rst_stream(3, 8).rst_stream(5, 0).rst_stream(7, 99))
        .expect_event("stream_closed 1 refused REFUSED_STREAM")
        .expect_event("stream_closed 3 reset_by_peer CANCEL")
        .expect_event("stream_closed 5 reset_by_peer NO_ERROR")
        .expect_event("stream_closed 7 reset_by_peer UNKNOWN")
        .expect_no_event();
  });
}

TEST(session_client, cancels_before_and_after_the_headers) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .open()
        .reset(0, 8)  // nothing was sent, and nothing will be
        .expect_nothing_sent()
        .expect_event("stream_closed 0 reset_locally CANCEL")
        .open()
        .act([&](session& s) {
          s.send_headers(d.stream(1), request_fields(), false);
          s.reset(d.stream(1), 8);  // before output(): the request never leaves
        })
        .expect_nothing_sent()
        .expect_event("stream_closed 1 reset_locally CANCEL")
        .open()
        .send_headers(2, request_fields())
        .expect_sent("HEADERS 3")
        .send_data(2, "x")
        .expect_sent("DATA 3")
        .reset(2, 8)
        .expect_sent("RST_STREAM 3 CANCEL")
        .expect_event("stream_closed 3 reset_locally CANCEL")
        .expect_no_event();
    EXPECT_EQ(d.session().open_streams(), 0U);
  });
}

TEST(session_client, waits_for_free_streams_in_order) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake({{http2::setting::max_concurrent_streams, 1}});
    for (int i = 0; i < 4; ++i) d.open();
    if (!d.cut()) {
      EXPECT_TRUE(d.session().granted(d.stream(0)));
      EXPECT_FALSE(d.session().granted(d.stream(1)));
      EXPECT_EQ(d.session().queued_streams(), 3U);
    }
    d.expect_no_event()
        .send_headers(1, request_fields())  // not its turn
        .expect_nothing_sent()
        .send_headers(0, request_fields())
        .expect_sent("HEADERS 1")
        .reset(2, 8)  // cancelled in the queue
        .expect_event("stream_closed 0 reset_locally CANCEL");
    if (!d.cut()) {
      EXPECT_EQ(d.session().queued_streams(), 2U);
    }
    d.reset(0, 8)
        .expect_sent("RST_STREAM 1")
        .expect_event("stream_closed 1 reset_locally")
        .expect_event("stream_granted 0")
        .expect_no_event();
    if (!d.cut()) {
      EXPECT_TRUE(d.session().granted(d.stream(1)));
      EXPECT_FALSE(d.session().granted(d.stream(3)));
    }
    // A second SETTINGS raises the limit.
    d.receive(frames().settings({{http2::setting::max_concurrent_streams, 2}}))
        .expect_event("stream_granted 0")
        .expect_no_event()
        .skip_sent()
        .send_headers(3, request_fields())
        .expect_sent("HEADERS 3")
        .send_headers(1, request_fields())
        .expect_sent("HEADERS 5");
  });
}

TEST(session_client, gives_back_the_first_of_those_that_wait) {
  dialogue d(role::client);
  d.handshake({{http2::setting::max_concurrent_streams, 1}}).open().open().open().open();
  d.act([](session& s) { s.refuse_waiting(2); })
      .expect_event("stream_closed 0 refused REFUSED_STREAM")
      .expect_event("stream_closed 0 refused REFUSED_STREAM")
      .expect_no_event();
  EXPECT_TRUE(d.session().granted(d.stream(0)));
  EXPECT_EQ(d.session().queued_streams(), 1U);
  d.send_headers(0, request_fields())
      .receive(frames().headers(1, {{":status", "200"}, {"grpc-status", "0"}}, end_flags))
      .reset(0, 8);
  d.skip_events();
  EXPECT_TRUE(d.session().granted(d.stream(3))) << "the others keep their places";
  d.act([](session& s) { s.refuse_waiting(100); }).expect_no_event();
}

TEST(session_client, waits_at_a_limit_of_zero_and_lives_with_a_lowered_one) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .open()
        .open()
        .send_headers(0, request_fields())
        .send_headers(1, request_fields())
        .skip_sent()
        .receive(frames().settings({{http2::setting::max_concurrent_streams, 0}}))
        .open()
        .expect_sent("SETTINGS ACK")
        .expect_no_event()
        .receive(frames().headers(1, response_fields(), end_flags).rst_stream(1, 0))
        .expect_event("headers_received 1 end")
        .expect_event("stream_closed 1 reset_by_peer NO_ERROR")
        .expect_no_event();
    if (!d.cut()) {
      EXPECT_EQ(d.session().queued_streams(), 1U);
    }
    d.receive(frames().settings({{http2::setting::max_concurrent_streams, 2}}))
        .expect_event("stream_granted 0");
  });
}

TEST(session_client, ends_a_call_whose_headers_wait_behind_a_lowered_limit) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake()
        .hold_output(true)
        .open()
        .send_headers(0, request_fields())
        .receive(frames().settings({{http2::setting::max_concurrent_streams, 0}}))
        .hold_output(false)
        .expect_sent("SETTINGS ACK")
        .expect_nothing_sent()
        .reset(0, 8)
        .receive(frames().settings({{http2::setting::max_concurrent_streams, 5}}))
        .expect_event("stream_closed 1 reset_locally CANCEL")
        .expect_no_event()
        .expect_sent("SETTINGS ACK")
        .expect_nothing_sent();
  });
}

TEST(session_client, refuses_to_queue_without_bound) {
  dialogue d(role::client, {.max_queued_streams = 2});
  d.handshake({{http2::setting::max_concurrent_streams, 0}}).open().open();
  open_error error{};
  EXPECT_FALSE(d.session().open_stream(nullptr, error));
  EXPECT_EQ(error, open_error::queue_full);
  // Those that were cancelled in the queue do not count, however many there were.
  for (std::size_t i = 1; i < 1000; ++i) {
    d.reset(i, 8).open();
    ASSERT_EQ(d.session().queued_streams(), 2U);
  }
  d.end();
}

TEST(session_client, reports_a_fault_of_the_peer_on_one_stream) {
  struct bad_response {
    std::string_view what;
    raw_frames input;
  };
  const bad_response cases[] = {
      {"no :status", frames().headers(1, {{"content-type", "application/grpc"}})},
      {"second headers without end",
       frames().headers(1, response_fields()).headers(1, trailer_fields())},
      {":status in trailers",
       frames().headers(1, response_fields()).headers(1, response_fields(), end_flags)},
      {"upper-case name", frames().headers(1, {{":status", "200"}, {"Upper", "x"}})},
      {"connection field", frames().headers(1, {{":status", "200"}, {"connection", "close"}})},
  };
  for (const bad_response& c : cases) {
    SCOPED_TRACE(c.what);
    play(role::client, {}, [&](dialogue& d) {
      d.handshake().open().send_headers(0, request_fields()).skip_sent();
      d.receive(c.input);
      if (d.cut()) return;
      ASSERT_FALSE(d.sent().empty());
      EXPECT_EQ(d.sent().back(), "RST_STREAM 1 PROTOCOL_ERROR");
      ASSERT_FALSE(d.log().events().empty());
      EXPECT_EQ(to_string(d.log().events().back()).substr(0, 45),
                "stream_closed 1 protocol_error PROTOCOL_ERROR");
      d.open().skip_sent().send_headers(1, request_fields()).expect_sent("HEADERS 3");
    });
  }
}

TEST(session_client, ends_the_connection_when_data_comes_before_headers) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake().open().send_headers(0, request_fields()).skip_sent();
    d.receive(frames().data(1, "x")).expect_sent("GOAWAY 0 PROTOCOL_ERROR");
    if (!d.cut()) {
      EXPECT_TRUE(d.session().finished());
    }
  });
}

TEST(session_client, rejects_a_push) {
  play(role::client, {}, [](dialogue& d) {
    d.handshake().open().send_headers(0, request_fields()).skip_sent();
    d.receive(frames().push_promise(1, 2, {{":method", "GET"}}));
    d.expect_sent("GOAWAY 0 PROTOCOL_ERROR");
    if (!d.cut()) {
      EXPECT_TRUE(d.session().finished());
    }
  });
}

TEST(session_client, knows_a_peer_that_speaks_no_http2) {
  const std::pair<std::string_view, std::string_view> answers[] = {
      {"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "\"HTTP/1.1 400 Bad Request\""},
      {"HTTP/1.0 505", "\"HTTP/1.0 505\""},
      {"HTTP/1.1 \x1b[31m\r\n", "\"HTTP/1.1 \""},
  };
  for (const auto& [answer, quoted] : answers) {
    dialogue d(role::client);
    d.receive(codec::as_bytes(answer)).expect_error(transport_errc::not_http2).expect_no_event();
    EXPECT_TRUE(d.session().finished());
    EXPECT_EQ(d.session().failure_text(), "the answer came in HTTP/1: " + std::string(quoted));
    d.end();
  }
}

}  // namespace
}  // namespace grpcwire::transport
