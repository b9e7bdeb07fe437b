#include "explain_frames.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "explain_payloads.hpp"
#include "text_forms.hpp"

namespace grpcwire::tools {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
using transport::frame;
using transport::hpack_field;

// Nobody's headers are this long; it keeps a hostile peer from filling the memory.
constexpr std::size_t block_size_max = std::size_t{1} << 20;
constexpr std::size_t calls_max = 4096;
// The view must follow whatever table size the two sides have agreed upon, and cannot know when an
// acknowledgement took effect, so it allows more than any of them will.
constexpr std::uint32_t table_size_max = 1U << 24;

constexpr std::string_view indent = "    ";
constexpr std::string_view colour_off = "\x1b[0m";
constexpr std::string_view red = "\x1b[31m";

constexpr std::string_view colour_of(side s) {
  return s == side::client ? "\x1b[36m" : "\x1b[33m";
}

const hpack_field* find(const std::vector<hpack_field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const hpack_field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

bool is_interim(const std::vector<hpack_field>& fields) {
  const hpack_field* status = find(fields, ":status");
  return status != nullptr && status->value.size() == 3 && status->value[0] == '1';
}

std::string type_label(std::uint8_t t) {
  const std::string_view known = transport::http2::frame_type_name(t);
  return known == "UNKNOWN" ? fmt::format("type {:#04x}", t) : std::string(known);
}

}  // namespace

frame_explainer::lane::lane(transport::first_byte first)
    : parser(first), hpack({.table_size_max = table_size_max}) {}

frame_explainer::frame_explainer(explain_options options)
    : options_(std::move(options)),
      client_(transport::first_byte::of_a_client),
      server_(transport::first_byte::of_a_server) {}

std::string frame_explainer::feed(side sender, codec::const_bytes bytes) {
  lane& l = of(sender);
  l.parser.feed(bytes);
  if (l.parser.preface_seen() && !l.preface_shown) {
    l.preface_shown = true;
    headline(sender,
             fmt::format("PREFACE  {}", bytes_count(transport::http2::client_preface.size())));
    detail("PRI * HTTP/2.0: the client says that it speaks HTTP/2");
  }
  while (const std::optional<frame> f = l.parser.next()) explain(sender, *f);
  if (l.parser.problem() && !l.problem_shown) {
    l.problem_shown = true;
    headline(sender, fmt::format("at byte {}", l.parser.problem()->offset));
    problem(l.parser.problem()->text);
  }
  return std::exchange(out_, {});
}

std::string frame_explainer::finish() {
  for (const side s : {side::client, side::server}) {
    lane& l = of(s);
    if (l.parser.pending() != 0) {
      headline(s, fmt::format("at byte {}", l.parser.offset()));
      problem(fmt::format("the bytes end inside a frame or preface, after {} of it",
                          bytes_count(l.parser.pending())));
    }
    if (l.block) {
      headline(s, "at the end");
      problem(fmt::format("the header block of stream {} has no end", l.block->stream_id));
    }
  }
  return std::exchange(out_, {});
}

void frame_explainer::headline(side sender, std::string_view text) {
  if (!options_.label.empty()) out_ += options_.label + "  ";
  const std::string who = fmt::format("{} → {}", name(sender), name(other(sender)));
  out_ += options_.colour ? fmt::format("{}{}{}", colour_of(sender), who, colour_off) : who;
  out_ += fmt::format("  {}\n", text);
}

void frame_explainer::detail(std::string_view text) {
  out_.append(indent).append(text).append("\n");
}

void frame_explainer::problem(std::string_view text) {
  ++problems_;
  detail(options_.colour ? fmt::format("{}! {}{}", red, text, colour_off)
                         : fmt::format("! {}", text));
}

frame_explainer::call* frame_explainer::find_call(std::uint32_t id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

// Streams count upwards for each side, so an id that is not higher belongs to a call that is over.
frame_explainer::call* frame_explainer::open_call(side sender, std::uint32_t id) {
  if (call* known = find_call(id)) return known;
  std::uint32_t& last = of(id % 2 == 1 ? side::client : sender).last_opened;
  if (id <= last || calls_.size() >= calls_max) return nullptr;
  last = id;
  return &calls_[id];
}

void frame_explainer::end_half(side sender, std::uint32_t id) {
  call* c = find_call(id);
  if (c == nullptr) return;
  c->of(sender).ended = true;
  if (c->client.ended && c->server.ended) calls_.erase(id);
}

void frame_explainer::explain(side sender, const frame& f) {
  const std::string flags = transport::http2::flag_names(f.type, f.flags);
  headline(sender, fmt::format("{}  stream {}  length {}  {}", type_label(f.type), f.stream_id,
                               f.length, flags.empty() ? "no flags" : "flags " + flags));
  if (const auto misplaced = transport::misplaced(f)) problem(misplaced->text);
  lane& l = of(sender);
  if (l.block && (f.type != type::continuation || f.stream_id != l.block->stream_id)) {
    problem(
        fmt::format("the header block of stream {} must be finished first", l.block->stream_id));
  }
  explain_payload(sender, f);
  if (options_.hex) out_ += hex_dump(f.bytes, f.offset, indent);
}

void frame_explainer::explain_payload(side sender, const frame& f) {
  const auto each = [this](const auto& value, auto show) {
    if (value) {
      show(*value);
    } else {
      problem(value.problem().text);
    }
  };
  const auto all = [this](const std::vector<std::string>& lines) {
    for (const std::string& line : lines) detail(line);
  };
  switch (f.type) {
    case type::data:
      return explain_data(sender, f);
    case type::headers:
    case type::push_promise:
      return explain_headers(sender, f);
    case type::continuation:
      return explain_continuation(sender, f);
    case type::priority:
      return each(decode_priority(f), [&](const auto& p) { detail(priority_line(p)); });
    case type::rst_stream:
      each(decode_rst_stream(f), [&](auto code) { detail(rst_stream_line(code, sender)); });
      calls_.erase(f.stream_id);
      return;
    case type::settings:
      return each(decode_settings(f), [&](const auto& entries) {
        if (f.has(flag::ack)) {
          detail(fmt::format("the {} has taken over the settings of the {}", name(sender),
                             name(other(sender))));
        } else if (entries.empty()) {
          detail(fmt::format("the {} keeps to what HTTP/2 starts with", name(sender)));
        } else {
          all(settings_lines(entries, sender));
        }
      });
    case type::ping:
      return each(decode_ping(f),
                  [&](const auto& opaque) { detail(ping_line(opaque, f.has(flag::ack), sender)); });
    case type::goaway:
      return each(decode_goaway(f), [&](const auto& g) { all(goaway_lines(g, sender)); });
    case type::window_update:
      return each(decode_window_update(f), [&](auto increment) {
        detail(window_update_line(f.stream_id, increment, sender));
      });
    default:
      detail("not a frame of RFC 9113; receivers ignore what they do not know");
      return;
  }
}

void frame_explainer::explain_data(side sender, const frame& f) {
  const auto payload = decode_data(f);
  if (!payload) return problem(payload.problem().text);
  if (payload->pad_length) {
    detail(fmt::format("{} of padding, which count as sent", bytes_count(*payload->pad_length)));
  }
  call* c = find_call(f.stream_id);
  if (c == nullptr) {
    if (!payload->data.empty()) {
      detail(fmt::format("{} of a stream whose start was not seen, or that is over",
                         bytes_count(payload->data.size())));
    }
  } else {
    half& h = c->of(sender);
    if (h.grpc) {
      const bool was_lost = h.messages.lost();
      const std::vector<std::string> lines = h.messages.explain(payload->data);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool breaks = i + 1 == lines.size() && h.messages.lost() && !was_lost;
        breaks ? problem(lines[i]) : detail(lines[i]);
      }
    } else if (!payload->data.empty()) {
      detail(fmt::format("{} of content that is not gRPC: {}", bytes_count(payload->data.size()),
                         printable(codec::as_text(payload->data), false, 60)));
    }
    if (f.has(flag::end_stream) && h.grpc && !h.messages.unfinished().empty()) {
      problem(h.messages.unfinished());
    }
  }
  if (!f.has(flag::end_stream)) return;
  if (sender == side::client) {
    detail("END_STREAM: the client has sent all of its request");
  } else if (c != nullptr && c->server.grpc) {
    problem("END_STREAM without trailers: the client never learns how the call ended");
  } else {
    detail("END_STREAM: the response is complete");
  }
  end_half(sender, f.stream_id);
}

void frame_explainer::lose_block(side sender, std::string_view why) {
  of(sender).block.reset();
  of(sender).hpack_lost = true;
  problem(why);
}

void frame_explainer::explain_headers(side sender, const frame& f) {
  const auto payload = decode_header_fragment(f);
  if (!payload) return lose_block(sender, payload.problem().text);
  if (payload->pad_length) detail(fmt::format("{} of padding", bytes_count(*payload->pad_length)));
  if (payload->priority) detail(priority_line(*payload->priority));
  if (of(sender).block) lose_block(sender, "the unfinished header block is lost");
  open_block block;
  block.stream_id = f.stream_id;
  block.promise = f.type == type::push_promise;
  block.end_stream = !block.promise && f.has(flag::end_stream);
  block.promised_stream_id = payload->promised_stream_id;
  block.bytes.assign(payload->fragment.begin(), payload->fragment.end());
  if (f.has(flag::end_headers)) return explain_block(sender, block);
  detail(fmt::format("{} of a header block that goes on in CONTINUATION",
                     bytes_count(block.bytes.size())));
  of(sender).block = std::move(block);
}

void frame_explainer::explain_continuation(side sender, const frame& f) {
  std::optional<open_block>& open = of(sender).block;
  if (!open || open->stream_id != f.stream_id) {
    return problem("there is no header block on this stream to continue");
  }
  if (open->bytes.size() + f.payload.size() > block_size_max) {
    return lose_block(sender, "the header block is too long to be followed");
  }
  open->bytes.insert(open->bytes.end(), f.payload.begin(), f.payload.end());
  if (!f.has(flag::end_headers)) {
    return detail(fmt::format("{} more of the header block", bytes_count(f.payload.size())));
  }
  const open_block block = *std::exchange(open, std::nullopt);
  explain_block(sender, block);
}

// Says which header block of the call this is, and learns from it what the half is about.
void frame_explainer::begin_half(side sender, const open_block& block, call& c,
                                 const transport::hpack_block& decoded) {
  half& h = c.of(sender);
  const bool first = !h.headers_seen;
  if (sender == side::server && first && is_interim(decoded.fields)) {
    return detail("interim response headers: the real ones follow");
  }
  h.headers_seen = true;
  if (first && !decoded.problem) {
    const hpack_field* content_type = find(decoded.fields, "content-type");
    h.grpc = content_type != nullptr && is_grpc_content_type(content_type->value);
    const hpack_field* encoding = find(decoded.fields, "grpc-encoding");
    if (encoding != nullptr && encoding->value != "identity") {
      h.messages.set_encoding(encoding->value);
    }
  }
  if (!first && !block.end_stream) problem("trailers must carry END_STREAM");
  if (sender == side::client && first) {
    detail(h.grpc ? "request headers: a new call" : "request headers, not of gRPC");
  } else if (sender == side::client) {
    detail("request trailers, which gRPC never sends");
  } else if (!h.grpc) {
    detail(first ? "response headers, not of gRPC" : "trailers");
  } else if (!first) {
    detail("trailers: how the call ended");
  } else {
    detail(block.end_stream ? "trailers-only: the call ended without any message"
                            : "response headers");
  }
}

void frame_explainer::explain_block(side sender, const open_block& block) {
  lane& l = of(sender);
  transport::hpack_block decoded;
  if (l.hpack_lost) {
    decoded.problem = {0, "an earlier block was lost, so this one cannot be decoded"};
  } else {
    decoded = l.hpack.decode(block.bytes);
  }
  bool grpc = true;
  call* c = nullptr;
  if (block.promise) {
    detail(fmt::format("the server promises stream {}, which gRPC has no use for",
                       block.promised_stream_id));
  } else if ((c = open_call(sender, block.stream_id)) != nullptr) {
    begin_half(sender, block, *c, decoded);
    grpc = c->of(sender).grpc;
  } else {
    detail("headers of a stream that is over, or of more calls at once than are followed");
  }
  for (const transport::hpack_size_update& update : decoded.size_updates) {
    detail(fmt::format("the header table of the {} now holds {} ({})", name(sender),
                       bytes_count(update.table_size_max), bytes_count(update.size)));
  }
  for (const std::string& line : field_lines(decoded.fields, sender, grpc)) detail(line);
  if (decoded.fields_left_out != 0) {
    detail(fmt::format("… and {} more, too long to be shown", decoded.fields_left_out));
  }
  if (decoded.problem) {
    problem(fmt::format("byte {} of the header block: {}", decoded.problem->offset,
                        decoded.problem->text));
  }
  if (!block.end_stream) return;
  if (c != nullptr && grpc && !c->of(sender).messages.unfinished().empty()) {
    problem(c->of(sender).messages.unfinished());
  }
  detail(sender == side::client ? "END_STREAM: the client has sent all of its request"
                                : "END_STREAM: the call is over");
  end_half(sender, block.stream_id);
}

}  // namespace grpcwire::tools
