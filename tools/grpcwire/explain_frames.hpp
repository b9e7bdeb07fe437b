// Explains a connection frame by frame, in words for somebody who sees HTTP/2 for the first time.
// Bytes of both directions in, text out; the same bytes in the same order make the same text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/frame_payloads.hpp>
#include <grpcwire/transport/hpack_view.hpp>

#include "explain_data.hpp"
#include "explain_fields.hpp"

namespace grpcwire::tools {

struct explain_options {
  bool hex = false;     ///< a dump of each frame's bytes below its explanation
  bool colour = false;  ///< ANSI colours: one for each direction, red for what is wrong
  std::string label;    ///< in front of each frame's line, to tell connections apart; may be empty
};

/// One connection. Everything the peers sent is shown, secrets such as `authorization` included;
/// control characters are escaped. Memory is bounded: one unfinished frame and one header block of
/// 1 MiB for each direction, and the state of 4096 calls; what goes beyond is said, not followed.
class frame_explainer {
 public:
  explicit frame_explainer(explain_options options = {});

  /// Text for every frame that these bytes complete; often empty, for bytes may be split anywhere.
  /// Lines end with a newline.
  std::string feed(side sender, codec::const_bytes bytes);
  std::string from_client(codec::const_bytes bytes) { return feed(side::client, bytes); }
  std::string from_server(codec::const_bytes bytes) { return feed(side::server, bytes); }

  /// The connection is over: says what is missing of a frame that was begun.
  std::string finish();

  /// Lines about broken rules so far: they begin with an exclamation mark.
  std::size_t problems() const noexcept { return problems_; }

 private:
  // One side's part in a call.
  struct half {
    bool headers_seen = false;
    bool ended = false;
    bool grpc = true;  // until a content-type says otherwise
    message_follower messages;
  };
  struct call {
    half client;
    half server;
    half& of(side s) { return s == side::client ? client : server; }
  };
  // A header block whose CONTINUATION frames are still to come.
  struct open_block {
    std::uint32_t stream_id = 0;
    bool end_stream = false;
    bool promise = false;
    std::uint32_t promised_stream_id = 0;
    std::vector<std::uint8_t> bytes;
  };
  struct lane {
    explicit lane(transport::first_byte first);
    transport::frame_parser parser;
    transport::hpack_view hpack;
    bool preface_shown = false;
    bool problem_shown = false;
    bool hpack_lost = false;  // a block could not be collected, so the table is out of step
    std::optional<open_block> block;
    std::uint32_t last_opened = 0;  // the highest stream this side opened
  };

  lane& of(side s) noexcept { return s == side::client ? client_ : server_; }
  call* find_call(std::uint32_t id);
  call* open_call(side sender, std::uint32_t id);
  void end_half(side sender, std::uint32_t id);

  void explain(side sender, const transport::frame& f);
  void explain_payload(side sender, const transport::frame& f);
  void explain_data(side sender, const transport::frame& f);
  void explain_headers(side sender, const transport::frame& f);
  void explain_continuation(side sender, const transport::frame& f);
  void explain_block(side sender, const open_block& block);
  void begin_half(side sender, const open_block& block, call& c,
                  const transport::hpack_block& decoded);
  void lose_block(side sender, std::string_view why);

  void headline(side sender, std::string_view text);
  void detail(std::string_view text);
  void problem(std::string_view text);

  explain_options options_;
  lane client_;
  lane server_;
  std::map<std::uint32_t, call> calls_;
  std::size_t problems_ = 0;
  std::string out_;
};

}  // namespace grpcwire::tools
