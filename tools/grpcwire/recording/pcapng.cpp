#include "pcapng.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "../text_forms.hpp"
#include "pcapng_blocks.hpp"
#include "tcp_packets.hpp"

namespace grpcwire::tools {
namespace {

struct timed_packet {
  std::int64_t time_ns = 0;
  std::string bytes;
  std::string comment;
};

bool begins_with(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

void add_line(std::string& comment, std::string_view line) {
  if (!comment.empty()) comment += '\n';
  comment += line;
}

// What is worth a remark in a list of packets: calls that begin and end, and what is wrong.
std::string comment_on(const explained_frame& f) {
  std::string comment;
  for (const std::string& line : f.details) {
    const bool method = begins_with(line, ":path");
    if (begins_with(line, "! ")) {
      add_line(comment, fmt::format("{}: {}", f.headline, line.substr(2)));
    } else if (method || begins_with(line, "grpc-status ")) {
      // Without the words about HPACK at the end.
      const std::string text = line.substr(0, line.rfind("  ("));
      add_line(comment, (method ? "a new call: " : "the call ends: ") + text);
    }
  }
  return comment;
}

// By the number of the chunk that completes the frames; one more for what comes at the very end.
using comments = std::map<std::size_t, std::string>;

std::map<std::size_t, comments> comments_of(const recording& r) {
  std::map<std::size_t, comments> found;
  for (const explained_frame& f : explained(r)) {
    const std::string comment = comment_on(f);
    if (!comment.empty()) add_line(found[f.connection][f.chunk], comment);
  }
  return found;
}

class connection_packets {
 public:
  connection_packets(const recorded_connection& c, const std::string& server, comments remarks,
                     std::vector<timed_packet>& to)
      : c_(c),
        server_(server),
        remarks_(std::move(remarks)),
        to_(to),
        tcp_(c.client_port, c.server_port) {}

  void add_all(bool timed) {
    const std::string begin = fmt::format("connection #{}: client port {}, server {} (port {})",
                                          c_.number, c_.client_port, server_, c_.server_port);
    add(c_.opened_ns, side::client, tcp_flag::syn, {}, begin);
    if (c_.end == connection_end::not_connected) {
      add(c_.ended_ns, side::server, tcp_flag::rst | tcp_flag::ack, {}, end_words(c_));
      return;
    }
    add(c_.opened_ns, side::server, tcp_flag::syn | tcp_flag::ack);
    add(c_.opened_ns, side::client, tcp_flag::ack);
    for (std::size_t i = 0; i < c_.chunks.size(); ++i) add_chunk(c_.chunks[i], remarks_[i]);
    if (timed && (c_.end != connection_end::open || c_.dropped() != 0)) add_end();
  }

 private:
  void add(std::int64_t time_ns, side sender, std::uint8_t flags, codec::const_bytes payload = {},
           std::string comment = {}) {
    to_.push_back({time_ns, tcp_.next(sender, flags, payload), std::move(comment)});
  }

  void add_chunk(const recorded_chunk& chunk, const std::string& comment) {
    codec::const_bytes rest = chunk.bytes;
    while (!rest.empty()) {
      const codec::const_bytes part = rest.first(std::min(rest.size(), tcp_packets::payload_max));
      rest = rest.subspan(part.size());
      add(chunk.time_ns, chunk.sender, tcp_flag::psh | tcp_flag::ack, part,
          rest.empty() ? comment : "");
    }
  }

  void add_end() {
    std::string comment = remarks_[c_.chunks.size()];
    if (c_.dropped() != 0) {
      tcp_.skip(side::client, c_.client_bytes_dropped);
      tcp_.skip(side::server, c_.server_bytes_dropped);
      add_line(comment, fmt::format("not recorded, because there was too much: {} of the client, "
                                    "{} of the server",
                                    bytes_count(c_.client_bytes_dropped),
                                    bytes_count(c_.server_bytes_dropped)));
    }
    add_line(comment, end_words(c_));
    const bool by_client =
        c_.end == connection_end::client_closed || c_.end == connection_end::client_broke;
    const side first = by_client || c_.end == connection_end::open ? side::client : side::server;
    if (c_.end == connection_end::client_broke || c_.end == connection_end::server_broke) {
      return add(c_.ended_ns, first, tcp_flag::rst | tcp_flag::ack, {}, std::move(comment));
    }
    if (c_.end == connection_end::open) {
      return add(c_.ended_ns, first, tcp_flag::ack, {}, std::move(comment));
    }
    // When the other side followed is not recorded, so it follows at once, unless it spoke later.
    const std::int64_t last =
        c_.chunks.empty() ? c_.ended_ns : std::max(c_.ended_ns, c_.chunks.back().time_ns);
    add(last, first, tcp_flag::fin | tcp_flag::ack, {}, std::move(comment));
    add(last, other(first), tcp_flag::fin | tcp_flag::ack);
    add(last, first, tcp_flag::ack);
  }

  const recorded_connection& c_;
  const std::string& server_;
  comments remarks_;
  std::vector<timed_packet>& to_;
  tcp_packets tcp_;
};

}  // namespace

std::string pcapng(const recording& r, std::string_view key_log) {
  std::vector<timed_packet> packets;
  std::map<std::size_t, comments> remarks = comments_of(r);
  for (const recorded_connection& c : r.connections) {
    connection_packets(c, r.server, std::move(remarks[c.number]), packets).add_all(r.timed);
  }
  // Connections overlap; the packets of one stay in their order.
  std::stable_sort(
      packets.begin(), packets.end(),
      [](const timed_packet& a, const timed_packet& b) { return a.time_ns < b.time_ns; });
  std::string out = pcapng_block::section_header(
      "grpcwire",
      "Recorded by a proxy: ports, times and payloads are real; Ethernet, IP and TCP are made up. "
      "Both sides' addresses are, too: 192.0.2.1 is the client, 192.0.2.2 the server. For calls "
      "in plaintext tell Wireshark that the server's port is HTTP/2 (Decode As, or "
      "-d tcp.port==PORT,http2).");
  out += pcapng_block::interface_description("grpcwire", "clients of " + r.server);
  out += pcapng_block::name_resolution()
             .add(client_address, "client")
             .add(server_address, "server")
             .block();
  if (!key_log.empty()) out += pcapng_block::tls_secrets(key_log);
  for (const timed_packet& p : packets) {
    out += pcapng_block::packet(p.time_ns, p.bytes, p.comment);
  }
  return out;
}

std::optional<std::string> write_pcapng(const std::filesystem::path& file, const recording& r,
                                        std::string_view key_log) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (out) out << pcapng(r, key_log) << std::flush;
  if (out) return std::nullopt;
  return fmt::format("cannot write {}: {}", file.string(), std::strerror(errno));
}

}  // namespace grpcwire::tools
