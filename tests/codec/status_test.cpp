// Status codes, the tables that lead to them, and how a status tells its story.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {
namespace {

// In the order of their numbers, as the specification writes them.
const std::vector<std::string_view> names = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

TEST(status_code, has_seventeen_names_and_numbers) {
  ASSERT_EQ(names.size(), 17U);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto code = static_cast<status_code>(i);
    EXPECT_EQ(name(code), names[i]);
    EXPECT_EQ(status_code_from_name(names[i]), code);
    EXPECT_EQ(decimal(code), std::to_string(i));
    EXPECT_EQ(parse_status_code(std::to_string(i)), code);
  }
  EXPECT_EQ(name(static_cast<status_code>(17)), "UNKNOWN");
  EXPECT_EQ(decimal(static_cast<status_code>(17)), "2");
}

TEST(status_code, has_the_numbers_of_the_specification) {
  EXPECT_EQ(decimal(status_code::cancelled), "1");
  EXPECT_EQ(decimal(status_code::deadline_exceeded), "4");
  EXPECT_EQ(decimal(status_code::resource_exhausted), "8");
  EXPECT_EQ(decimal(status_code::internal), "13");
  EXPECT_EQ(decimal(status_code::unavailable), "14");
  EXPECT_EQ(decimal(status_code::unauthenticated), "16");
}

TEST(status_code, does_not_know_other_names) {
  for (const std::string_view text : {"", "ok", "CANCELED", "OK ", "INTERNAL_ERROR", "0"}) {
    EXPECT_EQ(status_code_from_name(text), std::nullopt) << text;
  }
}

TEST(status_code, is_not_read_from_anything_but_a_plain_number) {
  for (const std::string_view text :
       {"",   "00", "01",  "000", "013", "+1", "-1", "17", "18", "99", "100",
        " 1", "1 ", "0x1", "1.0", "a",   "1a", "a1", "/",  ":",  "OK"}) {
    EXPECT_EQ(parse_status_code(text), std::nullopt) << text;
  }
}

TEST(status_code, follows_from_an_http_status) {
  const std::vector<std::pair<int, status_code>> table = {
      {400, status_code::internal},          {401, status_code::unauthenticated},
      {403, status_code::permission_denied}, {404, status_code::unimplemented},
      {429, status_code::unavailable},       {502, status_code::unavailable},
      {503, status_code::unavailable},       {504, status_code::unavailable},
  };
  for (const auto& [http, code] : table) EXPECT_EQ(status_code_from_http(http), code) << http;
  for (const int http :
       {0, 100, 200, 204, 301, 402, 405, 409, 412, 413, 415, 418, 431, 500, 501, 505, 800, -1}) {
    EXPECT_EQ(status_code_from_http(http), status_code::unknown) << http;
  }
}

TEST(status_code, follows_from_an_http2_error) {
  const std::vector<std::pair<std::string_view, status_code>> table = {
      {"NO_ERROR", status_code::internal},
      {"PROTOCOL_ERROR", status_code::internal},
      {"INTERNAL_ERROR", status_code::internal},
      {"FLOW_CONTROL_ERROR", status_code::internal},
      {"SETTINGS_TIMEOUT", status_code::internal},
      {"STREAM_CLOSED", status_code::internal},
      {"FRAME_SIZE_ERROR", status_code::internal},
      {"REFUSED_STREAM", status_code::unavailable},
      {"CANCEL", status_code::cancelled},
      {"COMPRESSION_ERROR", status_code::internal},
      {"CONNECT_ERROR", status_code::internal},
      {"ENHANCE_YOUR_CALM", status_code::resource_exhausted},
      {"INADEQUATE_SECURITY", status_code::permission_denied},
      {"HTTP_1_1_REQUIRED", status_code::internal},
  };
  for (std::uint32_t error = 0; error < table.size(); ++error) {
    EXPECT_EQ(http2_error_name(error), table[error].first);
    EXPECT_EQ(status_code_from_http2_error(error), table[error].second) << error;
  }
  for (const std::uint32_t error : {14U, 0xfe03U, 0xffffffffU}) {
    EXPECT_EQ(http2_error_name(error), "unknown error code");
    EXPECT_EQ(status_code_from_http2_error(error), status_code::unknown);
  }
}

TEST(status, is_ok_by_default) {
  const status fine;
  EXPECT_TRUE(fine.ok());
  EXPECT_EQ(fine.code(), status_code::ok);
  EXPECT_EQ(fine.message(), "");
  EXPECT_EQ(fine.details().phase, call_phase::finished);
  EXPECT_EQ(to_string(fine), "OK");
  EXPECT_EQ(describe(fine), "OK");
}

TEST(status, carries_code_and_message) {
  const status lost(status_code::unavailable, "connection refused");
  EXPECT_FALSE(lost.ok());
  EXPECT_EQ(lost.code(), status_code::unavailable);
  EXPECT_EQ(lost.message(), "connection refused");
  EXPECT_EQ(to_string(lost), "UNAVAILABLE: connection refused");
  EXPECT_EQ(to_string(status(status_code::aborted)), "ABORTED");
  EXPECT_EQ(to_string(status(status_code::aborted, "")), "ABORTED");
}

TEST(status, is_equal_by_code_and_message_alone) {
  const status a(status_code::internal, "x");
  EXPECT_EQ(a, a.with([](status_details& d) { d.address = "here"; }));
  EXPECT_NE(a, status(status_code::internal, "y"));
  EXPECT_NE(a, status(status_code::unknown, "x"));
  EXPECT_EQ(status(status_code::internal), status(status_code::internal, std::string()));
}

TEST(status, gives_a_changed_copy_and_stays_as_it_is) {
  const status before(status_code::internal, "x");
  const status copy = before;
  const status after = before.with([](status_details& d) { d.message += "y"; });
  EXPECT_EQ(after.code(), status_code::internal);
  EXPECT_EQ(after.message(), "xy");
  EXPECT_EQ(before.message(), "x");
  EXPECT_EQ(&copy.details(), &before.details()) << "a copy shares the details";
}

TEST(status, describes_everything_it_knows) {
  status_details details;
  details.message = "stream reset";
  details.origin = status_origin::peer;
  details.phase = call_phase::receiving;
  details.address = "[::1]:50051";
  details.advice = "send fewer bytes";
  details.causes = {"RST_STREAM ENHANCE_YOUR_CALM", "the proxy said so"};
  details.last_frames = {"-> HEADERS", "<- RST_STREAM"};
  EXPECT_EQ(
      describe(status(status_code::resource_exhausted, details)),
      "RESOURCE_EXHAUSTED: stream reset. The peer ([::1]:50051) ended the call while the "
      "response was being received. The cause: RST_STREAM ENHANCE_YOUR_CALM. Behind that: the "
      "proxy said so. What to try: send fewer bytes. The last frames of the stream: "
      "-> HEADERS; <- RST_STREAM.");
}

TEST(status, describes_what_little_it_knows) {
  EXPECT_EQ(describe(status(status_code::cancelled)),
            "CANCELLED. This side ended the call with a regular status.");
}

TEST(status, is_described_in_sentences_that_end_once) {
  const status asked(status_code::unavailable, {.message = "Is it up?",
                                                .origin = status_origin::transport,
                                                .phase = call_phase::connecting,
                                                .address = "unix:/tmp/x",
                                                .advice = "start it."});
  EXPECT_EQ(describe(asked),
            "UNAVAILABLE: Is it up? The transport (to unix:/tmp/x) ended the call while it waited "
            "for a connection. What to try: start it.");
}

TEST(status, keeps_the_causes_of_its_cause) {
  const status refused(status_code::unavailable,
                       {.message = "cannot connect",
                        .origin = status_origin::transport,
                        .address = "stock:50051",
                        .causes = {"Connection refused", "the machine is new"}});
  const status own(status_code::internal, "no prices");
  const status failed = own.caused_by(refused);
  EXPECT_EQ(failed, own);
  EXPECT_EQ(describe(failed),
            "INTERNAL: no prices. This side ended the call with a regular status. The cause: "
            "UNAVAILABLE: cannot connect (stock:50051). Behind that: Connection refused. Behind "
            "that: the machine is new.");
  EXPECT_TRUE(own.details().causes.empty());
}

TEST(status, has_words_for_every_origin_and_phase) {
  const std::vector<std::string_view> origins = {"local", "peer", "transport"};
  const std::vector<std::string_view> sides = {"This side", "The peer", "The transport"};
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const auto origin = static_cast<status_origin>(i);
    EXPECT_EQ(name(origin), origins[i]);
    const auto told = status(status_code::internal).with([&](auto& d) { d.origin = origin; });
    EXPECT_NE(describe(told).find(std::string(sides[i]) + " ended"), std::string::npos);
  }
  const std::vector<std::pair<std::string_view, std::string_view>> phases = {
      {"starting", "before it started"},
      {"connecting", "while it waited for a connection"},
      {"queued", "while it waited for a free stream"},
      {"sending", "while the request was being sent"},
      {"waiting", "after the request, before any response"},
      {"receiving", "while the response was being received"},
      {"finished", "with a regular status"},
  };
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto phase = static_cast<call_phase>(i);
    EXPECT_EQ(name(phase), phases[i].first);
    const auto told = status(status_code::internal).with([&](auto& d) { d.phase = phase; });
    EXPECT_NE(describe(told).find(phases[i].second), std::string::npos);
  }
  EXPECT_EQ(name(static_cast<status_origin>(9)), "?");
  EXPECT_EQ(name(static_cast<call_phase>(9)), "?");
  const auto odd = status(status_code::internal).with([](auto& d) {
    d.origin = static_cast<status_origin>(9);
    d.phase = static_cast<call_phase>(9);
  });
  EXPECT_EQ(describe(odd), "INTERNAL. Somebody ended the call.");
}

}  // namespace
}  // namespace grpcwire::codec
