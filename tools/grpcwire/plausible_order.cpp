#include "plausible_order.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <grpcwire/transport/frame_parser.hpp>

namespace grpcwire::tools {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;

struct piece {
  codec::const_bytes bytes;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream_id = 0;

  bool has(std::uint8_t f) const { return (flags & f) != 0; }
  bool is_ack() const { return (type == type::settings || type == type::ping) && has(flag::ack); }
  bool ends_a_stream() const {
    return type == type::rst_stream ||
           ((type == type::data || type == type::headers) && has(flag::end_stream));
  }
};

struct lane {
  std::vector<piece> pieces;
  codec::const_bytes rest;  // what is no whole frame
  std::size_t next = 0;
  std::size_t asked[256] = {};     // SETTINGS and PING sent, by type
  std::size_t answered[256] = {};  // and acknowledged
  std::uint32_t highest_stream = 0;

  bool done() const { return next == pieces.size(); }
};

lane cut(codec::const_bytes bytes, transport::first_byte first) {
  lane l;
  transport::frame_parser parser(first);
  parser.feed(bytes);
  std::size_t at = 0;
  while (const std::optional<transport::frame> f = parser.next()) {
    const std::size_t end = static_cast<std::size_t>(f->offset) + f->bytes.size();
    l.pieces.push_back({bytes.subspan(at, end - at), f->type, f->flags, f->stream_id});
    at = end;  // the preface goes with the first frame
  }
  l.rest = bytes.subspan(at);
  return l;
}

bool may_go(const lane& l, const lane& peer, side sender) {
  if (l.done()) return false;
  const piece& p = l.pieces[l.next];
  if (p.is_ack()) return peer.asked[p.type] > l.answered[p.type];
  return sender == side::client || p.stream_id % 2 == 0 || p.stream_id <= peer.highest_stream;
}

piece take(lane& l) {
  const piece p = l.pieces[l.next++];
  if (p.is_ack()) {
    ++l.answered[p.type];
  } else {
    ++l.asked[p.type];
  }
  if (p.type == type::headers) l.highest_stream = std::max(l.highest_stream, p.stream_id);
  return p;
}

}  // namespace

std::vector<sent_bytes> plausible_order(codec::const_bytes client, codec::const_bytes server) {
  lane lanes[] = {cut(client, transport::first_byte::of_a_client),
                  cut(server, transport::first_byte::of_a_server)};
  const auto of = [&lanes](side s) -> lane& { return lanes[s == side::client ? 0 : 1]; };
  std::vector<sent_bytes> order;
  side turn = side::client;
  while (!of(side::client).done() || !of(side::server).done()) {
    if (!may_go(of(turn), of(other(turn)), turn)) {
      turn = other(turn);
      // Neither may: this is no real conversation, so anybody goes on.
      if (!may_go(of(turn), of(other(turn)), turn) && of(turn).done()) turn = other(turn);
    }
    const piece p = take(of(turn));
    order.push_back({turn, p.bytes});
    if (p.ends_a_stream()) turn = other(turn);
  }
  for (const side s : {side::client, side::server}) {
    if (!of(s).rest.empty()) order.push_back({s, of(s).rest});
  }
  return order;
}

}  // namespace grpcwire::tools
