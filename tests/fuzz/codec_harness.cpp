// Calls, messages, frames and metadata under fuzzed input.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/server_call.hpp>
#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/frame_payloads.hpp>
#include <grpcwire/transport/hpack_view.hpp>

#include "tests/fuzz/harness.hpp"

namespace grpcwire::fuzz {
namespace {

/// Takes an input apart; zeros when it is used up.
class reader {
 public:
  explicit reader(codec::const_bytes bytes) : rest_(bytes) {}
  bool empty() const noexcept { return rest_.empty(); }
  std::uint8_t byte() noexcept {
    if (rest_.empty()) return 0;
    const std::uint8_t b = rest_[0];
    rest_ = rest_.subspan(1);
    return b;
  }
  codec::const_bytes take(std::size_t size) noexcept {
    const codec::const_bytes part = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(part.size());
    return part;
  }

 private:
  codec::const_bytes rest_;
};

constexpr std::array<std::string_view, 16> names = {":status",
                                                    ":path",
                                                    ":method",
                                                    ":authority",
                                                    "content-type",
                                                    "grpc-status",
                                                    "grpc-message",
                                                    "grpc-status-details-bin",
                                                    "grpc-timeout",
                                                    "grpc-encoding",
                                                    "host",
                                                    "te",
                                                    "x-bin",
                                                    "x",
                                                    "grpc-accept-encoding",
                                                    "user-agent"};
constexpr std::array<std::string_view, 12> values = {
    "200", "103", "application/grpc", "application/grpc+proto", "0", "5", "gzip", "POST", "1S",
    "AAE", "503", "text/html"};

/// Fields from the tables, or of the input's own making.
std::vector<codec::header_view> fields_from(reader& in) {
  std::vector<codec::header_view> fields;
  const std::size_t count = in.byte() % 8;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t which = in.byte();
    const std::string_view name = names[which % names.size()];
    const std::string_view value = (which & 0x80) != 0 ? codec::as_text(in.take(in.byte() % 32))
                                                       : values[in.byte() % values.size()];
    fields.push_back({name, value});
  }
  return fields;
}

/// An ordinary head now and then, so that inputs get past it.
std::vector<codec::header_view> head_from(reader& in, bool request) {
  std::vector<codec::header_view> fields;
  if (request) {
    fields = {{":method", "POST"}, {":path", "/a/b"}, {"content-type", "application/grpc"}};
  } else {
    fields = {{":status", "200"}, {"content-type", "application/grpc"}};
  }
  for (const codec::header_view& more : fields_from(in)) fields.push_back(more);
  return fields;
}

template <class Call, class OtherInput, class Drain>
void drive(reader& in, Call& call, bool request, OtherInput other, Drain drain) {
  while (!in.empty()) {
    const std::uint8_t what = in.byte();
    const bool end = (what & 0x40) != 0;
    switch (what % 8) {
      case 0:
        call.headers_received(head_from(in, request), end, false);
        break;
      case 1:
        call.headers_received(fields_from(in), end, (what & 0x80) != 0);
        break;
      case 2:
      case 3:
      case 4:
        call.data_received(in.take(in.byte()), end);
        break;
      default:
        other(what);
    }
    drain();
  }
}

codec::stream_end end_from(std::uint8_t what) {
  return static_cast<codec::stream_end>((what >> 4) % 4);
}

struct cut_messages {
  std::vector<std::string> messages;
  codec::framer_result result{};
  bool mid_message = false;
  friend bool operator==(const cut_messages&, const cut_messages&) = default;
};

cut_messages cut(codec::const_bytes bytes, std::size_t piece) {
  cut_messages all;
  codec::message_framer framer(500);
  do {
    const codec::const_bytes part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    framer.feed(part);
    while ((all.result = framer.next()) == codec::framer_result::message) {
      all.messages.push_back((framer.compressed() ? "1" : "0") +
                             std::string(codec::as_text(framer.payload())));
    }
  } while (!bytes.empty());
  all.mid_message = framer.mid_message();
  return all;
}

}  // namespace

std::string client_call(codec::const_bytes input) {
  reader in(input);
  codec::client_call call({.max_message_size = 100, .single_response = (in.byte() & 1) != 0});
  std::size_t ends = 0;
  bool late = false;
  const auto drain = [&] {
    while (const auto e = call.poll()) {
      late |= ends != 0;
      if (e->kind == codec::client_event_kind::ended) {
        ++ends;
        (void)codec::describe(e->outcome);
      }
    }
  };
  call.request_sent();
  drive(
      in, call, false,
      [&](std::uint8_t what) {
        switch (what % 8) {
          case 5:
            return call.stream_closed(end_from(what), what, "x", (what & 0x80) != 0);
          case 6:
            return (what & 0x40) != 0 ? call.deadline_expired() : call.half_closed();
          default:
            if ((what & 0xc0) != 0) return;  // rare, or few inputs would live long
            call.cancel(codec::status(codec::status_code::cancelled));
        }
      },
      drain);
  call.stream_closed(codec::stream_end::lost, 0, "", false);
  drain();
  if (ends != 1) return "ended " + std::to_string(ends) + " times";
  if (late) return "an event behind the end";
  return call.ended() ? "" : "does not know that it has ended";
}

std::string server_call(codec::const_bytes input) {
  reader in(input);
  codec::server_call call({.max_message_size = 100, .single_request = (in.byte() & 1) != 0});
  codec::header_fields fields;
  std::size_t ends = 0;
  std::size_t finishes = 0;
  const auto finish = [&](const codec::status& s, int http_status) {
    if (call.finish(fields, s, nullptr, http_status) != codec::server_call::finish_kind::nothing) {
      ++finishes;
    }
  };
  const auto drain = [&] {
    while (const auto e = call.poll()) {
      if (e->kind == codec::server_event_kind::rejected) finish(e->why, e->http_status);
      ends += e->kind == codec::server_event_kind::rejected ||
              e->kind == codec::server_event_kind::cancelled;
    }
  };
  drive(
      in, call, true,
      [&](std::uint8_t what) {
        switch (what % 8) {
          case 5:
            return call.stream_closed(end_from(what), what, "x");
          case 6:
            return (what & 0x40) != 0 ? call.deadline_expired() : call.respond(fields, nullptr);
          default:
            if ((what & 0xc0) == 0) finish(codec::status(), 200);
        }
      },
      drain);
  call.stream_closed(codec::stream_end::lost, 0, "");
  drain();
  finish(codec::status(), 200);
  if (ends > 1) return "ended " + std::to_string(ends) + " times";
  if (finishes > 1) return "finished " + std::to_string(finishes) + " times";
  return ends + finishes == 0 ? "neither finished nor cancelled" : "";
}

std::string message_framer(codec::const_bytes input) {
  if (input.empty()) return {};
  const std::size_t piece = 1 + input[0] % 64U;
  input = input.subspan(1);
  return cut(input, input.size() + 1) == cut(input, piece) ? "" : "pieces give other messages";
}

std::string frames(codec::const_bytes input) {
  transport::frame_parser parser(transport::first_byte::of_a_frame, 100'000);
  transport::hpack_view hpack({.decoded_size_max = 10'000});
  std::uint64_t length = 0;
  parser.feed(input);
  while (const auto f = parser.next()) {
    if (f->offset != length) return "a frame is not where the last one ended";
    length += f->bytes.size();
    (void)transport::misplaced(*f);
    switch (f->type) {
      case 0:
        (void)transport::decode_data(*f);
        break;
      case 1:
      case 5:
      case 9: {
        const auto fragment = transport::decode_header_fragment(*f);
        if (!fragment) break;
        const auto block = hpack.decode(fragment->fragment);
        if (block.fields.size() > fragment->fragment.size()) return "fields out of nothing";
        (void)hpack.dynamic_table();
        break;
      }
      case 2:
        (void)transport::decode_priority(*f);
        break;
      case 3:
        (void)transport::decode_rst_stream(*f);
        break;
      case 4:
        (void)transport::decode_settings(*f);
        break;
      case 6:
        (void)transport::decode_ping(*f);
        break;
      case 7:
        (void)transport::decode_goaway(*f);
        break;
      case 8:
        (void)transport::decode_window_update(*f);
        break;
      default:
        break;
    }
  }
  return length + parser.pending() <= input.size() ? "" : "more bytes than came";
}

std::string metadata(codec::const_bytes input) {
  reader in(input);
  codec::metadata first;
  while (!in.empty()) {
    const std::uint8_t which = in.byte();
    const std::string_view name = (which & 0x80) != 0 ? "k" : "k-bin";
    const codec::metadata before = first;
    if (!codec::add_received(first, name, codec::as_text(in.take(which & 0x7f)))) {
      if (!(before == first)) return "changed by a value that it refused";
    }
  }
  codec::metadata second;
  for (const auto& [name, value] : first) {
    std::string wire;
    codec::append_wire_value(wire, name, value);
    if (!codec::add_received(second, name, wire)) return "refuses what it has written";
  }
  const auto bins = first.get_all("k-bin");
  return bins == second.get_all("k-bin") ? "" : "binary values change on their way";
}

}  // namespace grpcwire::fuzz
