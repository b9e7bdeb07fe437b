#include "recording.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "../explain_frames.hpp"
#include "../plausible_order.hpp"
#include "../text_forms.hpp"
#include "tls_decryption.hpp"
#include "tls_records.hpp"

namespace grpcwire::tools {
namespace {

constexpr std::string_view indent = "    ";

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Headlines begin in the first column, the details below them do not.
void add_explained(std::string_view text, const explained_frame& like,
                   std::vector<explained_frame>& to) {
  for (const std::string_view line : lines_of(text)) {
    if (line.substr(0, indent.size()) == indent && !to.empty()) {
      to.back().details.emplace_back(line.substr(indent.size()));
      continue;
    }
    explained_frame& f = to.emplace_back(like);
    f.headline = line;
    if (line.substr(0, name(side::client).size()) == name(side::client)) f.sender = side::client;
    if (line.substr(0, name(side::server).size()) == name(side::server)) f.sender = side::server;
  }
}

void add_records(tls_record_parser& parser, codec::const_bytes bytes, const explained_frame& like,
                 std::vector<explained_frame>& to) {
  parser.feed(bytes);
  while (const std::optional<tls_record> record = parser.next()) {
    explained_frame& f = to.emplace_back(like);
    f.headline = fmt::format("{} → {}  TLS  length {}  {}", name(like.sender),
                             name(other(like.sender)), record->fragment().size(), words(*record));
    if (const auto alert = alert_name(*record); alert && *alert != "close_notify") {
      f.details.push_back(fmt::format("! the {} gives up: {}", name(like.sender), *alert));
    }
  }
}

void add_connection(const recorded_connection& c, std::vector<explained_frame>& to) {
  frame_explainer explainer;
  std::array<tls_record_parser, 2> records;
  const std::array<bool, 2> tls{sends_tls(c, side::client), sends_tls(c, side::server)};
  explained_frame like;
  like.connection = c.number;
  for (const recorded_chunk& chunk : c.chunks) {
    like.chunk = static_cast<std::size_t>(&chunk - c.chunks.data());
    like.time_ns = chunk.time_ns - c.opened_ns;
    like.sender = chunk.sender;
    const std::size_t s = chunk.sender == side::client ? 0 : 1;
    if (tls[s]) {
      add_records(records[s], chunk.bytes, like, to);
    } else {
      add_explained(explainer.feed(chunk.sender, chunk.bytes), like, to);
    }
  }
  like.chunk = c.chunks.size();
  // Whatever the recording cut off is not the sender's fault.
  if (c.dropped() == 0) add_explained(explainer.finish(), like, to);
}

std::string frame_text(const explained_frame& f, std::size_t number) {
  std::string text =
      fmt::format("{:>4}  +{:.6f}  #{}  {}", number, seconds(f.time_ns), f.connection, f.headline);
  for (const std::string& line : f.details) text += fmt::format("\n{}{}", indent, line);
  return text;
}

std::string sent(const recorded_connection& c, side sender) {
  std::string bytes;
  for (const recorded_chunk& chunk : c.chunks) {
    if (chunk.sender == sender) bytes += codec::as_text(chunk.bytes);
  }
  return bytes;
}

std::string title(const recorded_connection& c, const std::string& server) {
  return fmt::format("#{}  connection from port {} to {}", c.number, c.client_port, server);
}

}  // namespace

std::vector<explained_frame> explained(const recording& r) {
  std::vector<explained_frame> frames;
  for (const recorded_connection& c : r.connections) add_connection(c, frames);
  return frames;
}

std::string end_words(const recorded_connection& c) {
  const std::string after = fmt::format("after {:.6f} s", seconds(c.ended_ns - c.opened_ns));
  const std::string why = c.error.empty() ? "" : ": " + c.error;
  switch (c.end) {
    case connection_end::client_closed:
      return fmt::format("the client closed its end first, {}", after);
    case connection_end::server_closed:
      return fmt::format("the server closed its end first, {}", after);
    case connection_end::client_broke:
      return fmt::format("the connection of the client broke {}{}", after, why);
    case connection_end::server_broke:
      return fmt::format("the connection of the server broke {}{}", after, why);
    case connection_end::not_connected:
      return fmt::format("the tap could not connect to the server{}", why);
    case connection_end::open:
      break;
  }
  return fmt::format("nobody had closed it {}, when the tap stopped", after);
}

std::string frames_as_text(const recording& r) {
  std::string text;
  const std::vector<explained_frame> frames = explained(r);
  std::size_t number = 0;
  for (const recorded_connection& c : r.connections) {
    text += title(c, r.server) + "\n";
    for (; number < frames.size() && frames[number].connection == c.number; ++number) {
      text += frame_text(frames[number], number) + "\n";
    }
    if (c.dropped() != 0) {
      text += fmt::format(
          "#{}  not recorded, because there was too much: {} of the client, {} of the server\n",
          c.number, bytes_count(c.client_bytes_dropped), bytes_count(c.server_bytes_dropped));
    }
    if (r.timed) text += fmt::format("#{}  {}\n", c.number, end_words(c));
  }
  if (r.connections.empty()) text = "no connection was made\n";
  return text;
}

std::vector<std::string> frame_lines(const recording& r, std::size_t limit,
                                     std::optional<std::size_t> fault) {
  std::vector<std::string> texts;
  for (const explained_frame& f : explained(r)) texts.push_back(frame_text(f, texts.size()));
  return shortened(std::move(texts), limit, fault);
}

std::vector<std::string> shortened(std::vector<std::string> texts, std::size_t limit,
                                   std::optional<std::size_t> fault) {
  if (texts.size() <= limit) return texts;
  const std::size_t ends = fault ? limit / 4 : limit / 2;
  std::vector<std::string> kept;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool near = fault && (i < *fault ? *fault - i : i - *fault) <= limit / 4;
    if (i >= ends && i + ends < texts.size() && !near) {
      ++left_out;
      continue;
    }
    if (left_out != 0) kept.push_back(fmt::format("      … {} frames left out …", left_out));
    left_out = 0;
    kept.push_back(std::move(texts[i]));
  }
  return kept;
}

recording recording_of_files(const std::string& client, const std::string& server,
                             std::string_view key_log) {
  recording r;
  r.server = "the server";
  r.timed = false;
  recorded_connection c;
  c.server_port = 50051;  // gRPC's habit; the files do not say
  c.client_port = 40001;
  std::int64_t time = 0;
  for (const sent_bytes& part : plausible_order(codec::as_bytes(client), codec::as_bytes(server))) {
    time += 1000;
    c.chunks.push_back({time, part.sender, {part.bytes.begin(), part.bytes.end()}});
  }
  c.ended_ns = time;
  r.connections.push_back(std::move(c));
  if (key_log.empty()) return r;
  // The order of encrypted bytes says nothing about what is in them.
  const recording plain = decrypted(r, key_log);
  return recording_of_files(sent(plain.connections[0], side::client),
                            sent(plain.connections[0], side::server));
}

}  // namespace grpcwire::tools
