// How a call of a client ends when it does not end regularly: resets, lost connections, deadlines,
// cancellation, in each phase.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/codec/client_call.hpp>

#include "tests/support/call_script.hpp"

namespace grpcwire::codec {
namespace {

using namespace tests;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(client_call_end, maps_the_codes_of_rst_stream) {
  const std::pair<std::uint32_t, status_code> table[] = {
      {0, status_code::internal},           {1, status_code::internal},
      {2, status_code::internal},           {3, status_code::internal},
      {4, status_code::internal},           {5, status_code::internal},
      {6, status_code::internal},           {7, status_code::unavailable},
      {8, status_code::cancelled},          {9, status_code::internal},
      {10, status_code::internal},          {11, status_code::resource_exhausted},
      {12, status_code::permission_denied}, {13, status_code::internal},
      {14, status_code::unknown},           {0xffffffff, status_code::unknown},
  };
  for (const auto& [code, expected] : table) {
    const auto how = code == 7 ? stream_end::refused : stream_end::reset;
    const auto played = play_client(unary, {half_close(), closed(how, code)});
    EXPECT_THAT(played.events, ElementsAre("ended " + std::string(name(expected)))) << code;
    EXPECT_EQ(played.ends[0].details().origin, status_origin::peer);
    EXPECT_EQ(played.ends[0].details().phase, call_phase::waiting);
  }
}

TEST(client_call_end, thinks_of_a_proxy_when_the_peer_resets_for_an_error) {
  for (const std::uint32_t code : {1U, 2U}) {
    const auto played =
        play_client(streaming, {half_close(), headers(grpc_response()), data(framed("a")),
                                closed(stream_end::reset, code)});
    EXPECT_THAT(played.ends[0].details().advice, HasSubstr("a proxy before it"));
  }
}

TEST(client_call_end, takes_a_cancel_behind_the_deadline_for_the_deadline) {
  EXPECT_THAT(play_client(unary, {closed(stream_end::reset, 8, true)}).events,
              ElementsAre("ended DEADLINE_EXCEEDED"));
  EXPECT_THAT(play_client(unary, {closed(stream_end::reset, 2, true)}).events,
              ElementsAre("ended INTERNAL"));
}

TEST(client_call_end, delivers_what_came_before_a_reset) {
  const auto played =
      play_client(streaming, {half_close(), headers(grpc_response()),
                              data(framed("a") + framed("b")), closed(stream_end::reset, 0)});
  EXPECT_THAT(played.events, ElementsAre("headers", "message a", "message b", "ended INTERNAL"));
}

TEST(client_call_end, keeps_its_status_whatever_comes_behind_the_trailers) {
  for (const step& late :
       {closed(stream_end::reset, 0), closed(stream_end::reset, 8), closed(stream_end::lost),
        deadline(), cancel(), data(framed("x")), headers(ok_trailers(), true)}) {
    const auto played =
        play_client(unary, {half_close(), headers(grpc_response()), data(framed("x")),
                            headers({{"grpc-status", "5"}}, true), late});
    EXPECT_THAT(played.events, ElementsAre("headers", "message x", "ended NOT_FOUND"));
  }
}

TEST(client_call_end, says_how_a_stream_ended) {
  struct end {
    stream_end how;
    status_code code;
    status_origin origin;
  };
  const end cases[] = {
      {stream_end::refused, status_code::unavailable, status_origin::peer},
      {stream_end::fault, status_code::internal, status_origin::local},
      {stream_end::lost, status_code::unavailable, status_origin::transport},
  };
  for (const end& c : cases) {
    client_call call(unary);
    call.request_sent();
    call.stream_closed(c.how, 1, "the story", false);
    const auto e = call.poll();
    ASSERT_TRUE(e);
    EXPECT_EQ(e->outcome.code(), c.code);
    EXPECT_EQ(e->outcome.details().origin, c.origin);
    EXPECT_EQ(e->outcome.details().phase, call_phase::sending);
    EXPECT_THAT(e->outcome.message(), HasSubstr("the story"));
    EXPECT_FALSE(e->reset_code);
    EXPECT_FALSE(call.poll());
    EXPECT_TRUE(call.ended());
  }
}

/// A call that was brought to a phase, and its name.
struct phase {
  call_phase is;
  std::function<void(client_call&)> reach;
};

const phase phases[] = {
    {call_phase::starting, [](client_call&) {}},
    {call_phase::connecting, [](client_call& c) { c.connecting(); }},
    {call_phase::queued, [](client_call& c) { c.queued(); }},
    {call_phase::sending, [](client_call& c) { c.request_sent(); }},
    {call_phase::waiting,
     [](client_call& c) {
       c.request_sent();
       c.half_closed();
     }},
    {call_phase::receiving,
     [](client_call& c) {
       c.request_sent();
       c.half_closed();
       c.headers_received(grpc_response(), false, false);
       EXPECT_EQ(c.poll()->kind, client_event_kind::headers_received);
     }},
};

TEST(client_call_end, ends_in_every_phase_by_deadline_cancel_and_loss) {
  for (const phase& p : phases) {
    SCOPED_TRACE(name(p.is));
    const auto end_of = [&](const std::function<void(client_call&)>& act) {
      client_call call(unary);
      p.reach(call);
      EXPECT_EQ(call.phase(), p.is);
      act(call);
      const auto e = call.poll();
      EXPECT_TRUE(e && e->kind == client_event_kind::ended);
      EXPECT_FALSE(call.poll());
      call.deadline_expired();  // nothing more
      call.cancel(status(status_code::cancelled));
      call.headers_received(grpc_response(), true, false);
      call.stream_closed(stream_end::lost, 0, "", false);
      EXPECT_FALSE(call.poll());
      return *e;
    };
    const auto expired = end_of([](client_call& c) { c.deadline_expired(); });
    EXPECT_EQ(expired.outcome.code(), status_code::deadline_exceeded);
    EXPECT_EQ(expired.outcome.details().phase, p.is);
    EXPECT_EQ(expired.reset_code, 8U);
    const auto cancelled =
        end_of([](client_call& c) { c.cancel(status(status_code::cancelled, "enough")); });
    EXPECT_EQ(cancelled.outcome, status(status_code::cancelled, "enough"));
    EXPECT_EQ(cancelled.outcome.details().phase, p.is);
    EXPECT_EQ(cancelled.reset_code, 8U);
    const auto lost =
        end_of([](client_call& c) { c.stream_closed(stream_end::lost, 0, "reset", false); });
    EXPECT_EQ(lost.outcome.code(), status_code::unavailable);
    EXPECT_EQ(lost.outcome.details().phase, p.is);
  }
}

TEST(client_call_end, does_not_wait_for_messages_when_this_side_ends_it) {
  client_call call(streaming);
  call.request_sent();
  call.headers_received(grpc_response(), false, false);
  const std::string bytes = framed("a") + framed("b");
  call.data_received(as_bytes(bytes), false);
  EXPECT_EQ(call.poll()->kind, client_event_kind::headers_received);
  EXPECT_EQ(call.poll()->kind, client_event_kind::message_received);
  call.cancel(status(status_code::cancelled));
  EXPECT_EQ(call.poll()->kind, client_event_kind::ended);
  EXPECT_FALSE(call.poll());
}

TEST(client_call_end, says_how_much_a_message_needs) {
  client_call call(streaming);
  call.request_sent();
  call.headers_received(grpc_response(), false, false);
  (void)call.poll();
  EXPECT_EQ(call.expected_bytes(), 0U);
  const std::string bytes = framed(std::string(90, 'x'));
  call.data_received(as_bytes(bytes).first(20), false);
  EXPECT_FALSE(call.poll());
  EXPECT_EQ(call.expected_bytes(), 90U);  // all of it, whatever has arrived
  call.data_received(as_bytes(bytes).subspan(20), false);
  EXPECT_TRUE(call.poll());
  EXPECT_FALSE(call.poll());
  EXPECT_EQ(call.expected_bytes(), 0U);
}

}  // namespace
}  // namespace grpcwire::codec
