// A codec call fed from a list of steps, and what it said, one line for each event. The same list
// runs whole, with its data byte by byte, and cut off after every byte and step.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/server_call.hpp>

namespace grpcwire::tests {

using field_list = std::vector<codec::header_view>;

/// Of client calls.
inline constexpr codec::client_call::settings unary{.max_message_size = 100,
                                                    .single_response = true};
inline constexpr codec::client_call::settings streaming{.max_message_size = 100,
                                                        .single_response = false};

enum class input : std::uint8_t { headers, data, closed, deadline, cancel, half_close };

/// Something that happens to a call.
struct step {
  input kind{};
  field_list fields{};
  std::string data{};
  bool end_stream = false;
  bool too_large = false;
  codec::stream_end how{};
  std::uint32_t error_code = 0;
  bool deadline_passed = false;
};

inline step headers(field_list fields, bool end_stream = false) {
  return {.kind = input::headers, .fields = std::move(fields), .end_stream = end_stream};
}
inline step too_large_headers(bool end_stream = false) {
  return {.kind = input::headers, .end_stream = end_stream, .too_large = true};
}
inline step data(std::string bytes, bool end_stream = false) {
  return {.kind = input::data, .data = std::move(bytes), .end_stream = end_stream};
}
inline step closed(codec::stream_end how, std::uint32_t code = 0, bool deadline_passed = false) {
  return {
      .kind = input::closed, .how = how, .error_code = code, .deadline_passed = deadline_passed};
}
inline step deadline() {
  return {.kind = input::deadline};
}
inline step cancel() {
  return {.kind = input::cancel};
}
inline step half_close() {
  return {.kind = input::half_close};
}

/// A message with its prefix.
inline std::string framed(std::string_view payload, int flag = 0) {
  std::string text(codec::message_prefix_size, '\0');
  codec::write_prefix(reinterpret_cast<std::uint8_t*>(text.data()), false,
                      static_cast<std::uint32_t>(payload.size()));
  text[0] = static_cast<char>(flag);
  return text.append(payload);
}

inline field_list grpc_response(field_list more = {}) {
  field_list all{{":status", "200"}, {"content-type", "application/grpc"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}
inline field_list ok_trailers() {
  return {{"grpc-status", "0"}};
}
inline field_list grpc_request(field_list more = {}) {
  field_list all{{":method", "POST"}, {":scheme", "http"},
                 {":path", "/a.B/C"}, {":authority", "localhost"},
                 {"te", "trailers"},  {"content-type", "application/grpc"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Where a script stops: after so many bytes and steps the connection is lost.
struct script_cut {
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  bool bytewise = false;
};

/// Bytes of data count, and each other step counts one.
inline std::size_t script_size(const std::vector<step>& steps) {
  std::size_t size = 0;
  for (const step& s : steps) size += std::max<std::size_t>(s.data.size(), 1);
  return size;
}

/// Gives data to a call in the pieces that the cut asks for. False: the connection was lost here.
template <class Feed>
bool feed_data(const step& s, const script_cut& cut, std::size_t& used, Feed feed) {
  std::string_view rest = s.data;
  if (rest.empty()) {
    if (used++ == cut.limit) return false;
    feed(rest, s.end_stream);
    return true;
  }
  while (!rest.empty()) {
    const std::size_t room = cut.limit - used;
    if (room == 0) return false;
    const std::size_t size = std::min({rest.size(), room, cut.bytewise ? 1 : rest.size()});
    // A copy of its own, so that a view that lives too long is found.
    const std::string piece(rest.substr(0, size));
    rest.remove_prefix(size);
    used += size;
    feed(piece, rest.empty() && s.end_stream);
  }
  return true;
}

struct played_client {
  std::vector<std::string> events;
  std::vector<codec::status> ends;
};

inline std::string reset_text(const std::optional<std::uint32_t>& code) {
  return code ? " reset " + std::string(codec::http2_error_name(*code)) : "";
}

inline void drain(codec::client_call& call, played_client& to) {
  using kind = codec::client_event_kind;
  while (auto e = call.poll()) {
    if (e->kind == kind::headers_received) to.events.push_back("headers");
    if (e->kind == kind::message_received) {
      to.events.push_back("message " + std::string(codec::as_text(e->message.payload)) +
                          (e->message.compressed ? " compressed" : ""));
    }
    if (e->kind == kind::ended) {
      to.events.push_back("ended " + std::string(name(e->outcome.code())) +
                          reset_text(e->reset_code));
      to.ends.push_back(e->outcome);
    }
  }
}

inline played_client play_client(codec::client_call& call, const std::vector<step>& steps,
                                 script_cut cut = {}) {
  played_client played;
  std::size_t used = 0;
  const auto lose = [&] {
    call.stream_closed(codec::stream_end::lost, 0, "cut off", false);
    drain(call, played);
    return played;
  };
  call.request_sent();
  for (const step& s : steps) {
    if (s.kind == input::data) {
      const auto feed = [&](std::string_view piece, bool end) {
        call.data_received(codec::as_bytes(piece), end);
        drain(call, played);
      };
      if (!feed_data(s, cut, used, feed)) return lose();
      continue;
    }
    if (used++ == cut.limit) return lose();
    switch (s.kind) {
      case input::headers:
        call.headers_received(s.fields, s.end_stream, s.too_large);
        break;
      case input::closed:
        call.stream_closed(s.how, s.error_code, "", s.deadline_passed);
        break;
      case input::deadline:
        call.deadline_expired();
        break;
      case input::cancel:
        call.cancel(codec::status(codec::status_code::cancelled, "by the user"));
        break;
      default:
        call.half_closed();
    }
    drain(call, played);
  }
  return played;
}

/// The events of a script, which are the same byte by byte, and one end wherever it is cut.
inline played_client play_client(const codec::client_call::settings& settings,
                                 const std::vector<step>& steps) {
  codec::client_call whole(settings);
  const played_client played = play_client(whole, steps);
  codec::client_call bytewise(settings);
  EXPECT_EQ(play_client(bytewise, steps, {.bytewise = true}).events, played.events);
  for (std::size_t limit = 0; limit < script_size(steps); ++limit) {
    codec::client_call cut(settings);
    const played_client partly = play_client(cut, steps, {.limit = limit});
    EXPECT_EQ(partly.ends.size(), 1U) << "cut off after " << limit;
    EXPECT_TRUE(cut.ended());
    EXPECT_TRUE(!partly.events.empty() && partly.events.back().starts_with("ended"));
  }
  return played;
}

struct played_server {
  std::vector<std::string> events;
  std::vector<codec::status> ends;  // rejected or cancelled
};

/// `on_event` is what the program above would do.
inline void drain(codec::server_call& call, played_server& to,
                  const std::function<void(const codec::server_event&)>& on_event) {
  using kind = codec::server_event_kind;
  while (auto e = call.poll()) {
    switch (e->kind) {
      case kind::request_received:
        to.events.push_back("request " + std::string(call.head().path));
        break;
      case kind::message_received:
        to.events.push_back("message " + std::string(codec::as_text(e->message.payload)) +
                            (e->message.compressed ? " compressed" : ""));
        break;
      case kind::half_closed:
        to.events.push_back("half_closed");
        break;
      case kind::rejected:
      case kind::cancelled:
        to.events.push_back(
            (e->kind == kind::rejected ? "rejected " : "cancelled ") +
            std::string(name(e->why.code())) +
            (e->http_status != 200 ? " http " + std::to_string(e->http_status) : ""));
        to.ends.push_back(e->why);
    }
    if (on_event) on_event(*e);
  }
}

inline played_server play_server(codec::server_call& call, const std::vector<step>& steps,
                                 script_cut cut = {},
                                 const std::function<void(const codec::server_event&)>& on = {}) {
  played_server played;
  std::size_t used = 0;
  const auto lose = [&] {
    call.stream_closed(codec::stream_end::lost, 0, "cut off");
    drain(call, played, on);
    return played;
  };
  for (const step& s : steps) {
    if (s.kind == input::data) {
      const auto feed = [&](std::string_view piece, bool end) {
        call.data_received(codec::as_bytes(piece), end);
        drain(call, played, on);
      };
      if (!feed_data(s, cut, used, feed)) return lose();
      continue;
    }
    if (used++ == cut.limit) return lose();
    switch (s.kind) {
      case input::headers:
        call.headers_received(s.fields, s.end_stream, s.too_large);
        break;
      case input::closed:
        call.stream_closed(s.how, s.error_code, "");
        break;
      default:
        call.deadline_expired();
    }
    drain(call, played, on);
  }
  return played;
}

/// As play_client(). A method with one request is told so when the request is looked up, and the
/// call is answered with OK when it is half-closed: one answer or one end, never both or none.
inline played_server play_server(bool single_request, const std::vector<step>& steps,
                                 std::size_t max_message_size = 100) {
  const auto run = [&](script_cut cut, std::size_t& finishes) {
    codec::server_call call({.max_message_size = max_message_size});
    codec::header_fields fields;
    return play_server(call, steps, cut, [&](const codec::server_event& e) {
      using kind = codec::server_event_kind;
      if (e.kind == kind::request_received && single_request) call.expect_single_request();
      if (e.kind == kind::half_closed || e.kind == kind::rejected) {
        const auto kind_of_end = call.finish(fields, e.why, nullptr, e.http_status);
        finishes += kind_of_end == codec::server_call::finish_kind::nothing ? 0U : 1U;
      }
      if (e.kind == kind::cancelled) ++finishes;
    });
  };
  std::size_t finishes = 0;
  const played_server played = run({}, finishes);
  EXPECT_LE(finishes, 1U);
  finishes = 0;
  EXPECT_EQ(run({.bytewise = true}, finishes).events, played.events);
  for (std::size_t limit = 0; limit < script_size(steps); ++limit) {
    finishes = 0;
    const played_server partly = run({.limit = limit}, finishes);
    EXPECT_EQ(finishes, 1U) << "cut off after " << limit;
    EXPECT_LE(partly.ends.size(), 1U) << "cut off after " << limit;
  }
  return played;
}

}  // namespace grpcwire::tests
