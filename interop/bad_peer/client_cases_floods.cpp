// Attacks: much of what is legal once. The server may end the connection, and must go on serving
// others.
#include <array>
#include <string>

#include "client_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace error = transport::http2::error;
namespace flag = transport::http2::flag;
using transport::frames;

constexpr int many = 10'000;

/// The call that tells whether the connection has survived.
void call_afterwards(bad_client& c, std::uint32_t stream) {
  c.watched = stream;
  c.send(good_request(stream));
}

/// One field that goes into the HPACK table, and then references to it.
std::string hpack_bomb(std::size_t references) {
  std::string block = transport::literal_header_block(call_to(empty_call));
  const std::string value(4'000, 'x');
  block += "\x40\x01y\x7f\xa1\x1e" + value;  // 127 + 0x21 + (0x1e << 7) = 4,000 bytes
  return block + std::string(references, '\xbe');
}

constexpr std::array cases{
    client_case{"six_pings", "sends six PINGs on an idle connection", "goaway ENHANCE_YOUR_CALM",
                "gRFC A8",
                [](bad_client& c) {
                  auto out = frames();
                  for (int n = 0; n < 6; ++n) out.ping();
                  c.send(out);
                }},
    client_case{"ping_flood", "sends 10,000 PINGs", "goaway ENHANCE_YOUR_CALM", "CVE-2019-9512",
                [](bad_client& c) {
                  auto out = frames();
                  for (int n = 0; n < many; ++n) out.ping();
                  c.send(out);
                }},
    client_case{"settings_flood", "sends 10,000 SETTINGS",
                "goaway ENHANCE_YOUR_CALM | goaway INTERNAL_ERROR | closed | status 0",
                "CVE-2019-9515",
                [](bad_client& c) {
                  auto out = frames();
                  for (int n = 0; n < many; ++n) out.settings();
                  c.send(out);
                  call_afterwards(c, 1);
                }},
    client_case{
        "rapid_reset", "opens and resets 10,000 calls",
        "goaway ENHANCE_YOUR_CALM | goaway INTERNAL_ERROR | status 0", "CVE-2023-44487",
        [](bad_client& c) {
          auto out = frames();
          for (std::uint32_t n = 0; n < many; ++n) {
            out.headers(1 + 2 * n, call_to(empty_call)).rst_stream(1 + 2 * n, error::cancel);
          }
          c.send(out);
          call_afterwards(c, 1 + 2 * many);
        }},
    client_case{
        "made_you_reset", "makes the server reset 10,000 calls",
        "goaway ENHANCE_YOUR_CALM | goaway INTERNAL_ERROR | goaway PROTOCOL_ERROR | status 0",
        "CVE-2025-8671",
        [](bad_client& c) {
          auto out = frames();
          for (std::uint32_t n = 0; n < many; ++n) {
            out.headers(1 + 2 * n, call_to(empty_call)).window_update(1 + 2 * n, 0x7fff'ffff);
          }
          c.send(out);
          call_afterwards(c, 1 + 2 * many);
        }},
    client_case{"empty_data_flood", "sends 10,000 empty DATA frames in one call",
                "goaway ENHANCE_YOUR_CALM | goaway PROTOCOL_ERROR | status 0", "CVE-2019-9518",
                [](bad_client& c) {
                  auto out = frames().headers(1, call_to(empty_call));
                  for (int n = 0; n < many; ++n) out.data(1, "");
                  c.send(out.data(1, message(), true));
                }},
    client_case{"priority_flood", "sends 10,000 PRIORITY frames",
                "goaway ENHANCE_YOUR_CALM | status 0", "CVE-2019-9513",
                [](bad_client& c) {
                  auto out = frames();
                  for (std::uint32_t n = 0; n < many; ++n) out.priority(1 + 2 * n, {});
                  c.send(out);
                  call_afterwards(c, 1);
                }},
    client_case{"window_update_flood", "sends 100,000 WINDOW_UPDATEs of one byte",
                "goaway ENHANCE_YOUR_CALM | status 0", "CVE-2019-9511",
                [](bad_client& c) {
                  auto out = frames();
                  for (int n = 0; n < 10 * many; ++n) out.window_update(0, 1);
                  c.send(out);
                  call_afterwards(c, 1);
                }},
    client_case{"continuation_flood", "sends 10,000 CONTINUATION frames",
                "goaway ENHANCE_YOUR_CALM | goaway INTERNAL_ERROR | goaway PROTOCOL_ERROR | closed",
                "CVE-2024-28182",
                [](bad_client& c) {
                  auto out = frames().headers(1, call_to(empty_call), flag::none);
                  for (int n = 0; n < many; ++n) out.continuation(1, {{"x", "1"}}, flag::none);
                  c.send(out);
                }},
    client_case{"hpack_bomb", "sends 7 KB of headers that unfold to 12 MB",
                "goaway ENHANCE_YOUR_CALM | goaway COMPRESSION_ERROR | status 8 | http 431 | "
                "reset any",
                "CVE-2016-6581",
                [](bad_client& c) {
                  c.send(frames().headers_block_raw(1, hpack_bomb(3'000)).data(1, message(), true));
                }},
    client_case{"unknown_frame_flood", "sends 10,000 frames of an unknown type",
                "goaway ENHANCE_YOUR_CALM | status 0", "RFC 9113 §10.5",
                [](bad_client& c) {
                  auto out = frames();
                  for (int n = 0; n < many; ++n) out.raw(0x42, 0, 0, "x");
                  c.send(out);
                  call_afterwards(c, 1);
                }},
};

}  // namespace

std::span<const client_case> client_flood_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
