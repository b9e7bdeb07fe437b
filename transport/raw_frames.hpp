// Writes any frame, right or wrong, for tests and scripts: nothing is checked, every field may be
// out of range on purpose. Sessions never use it; nghttp2 writes what they send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>
#include <grpcwire/transport/frame_payloads.hpp>
#include <grpcwire/transport/http2_names.hpp>

namespace grpcwire::transport {

/// An HPACK block of literals without indexing and without Huffman coding (RFC 7541 §6.2.2); a
/// sensitive field becomes a literal never indexed (§6.2.3). It needs no table on either side, and
/// names that no encoder would let through stay as they are.
std::string literal_header_block(codec::header_list_view fields);

/// Frames one after the other:
///   frames().preface().settings({{4, 65535}}).headers(1, {{":method", "POST"}}).data(1, "x", true)
/// Stream ids are written with all 32 bits, the reserved one included.
class raw_frames {
 public:
  raw_frames& preface();

  /// Any frame at all. `length` is what the header says, and may lie about `payload`.
  raw_frames& raw(std::uint32_t length, std::uint8_t type, std::uint8_t flags, std::uint32_t id,
                  std::string_view payload);
  /// The same with the true length.
  raw_frames& raw(std::uint8_t type, std::uint8_t flags, std::uint32_t id,
                  std::string_view payload);
  /// Bytes that are no frame.
  raw_frames& garbage(std::string_view bytes);

  raw_frames& data(std::uint32_t id, std::string_view payload, bool end_stream = false);
  /// `padding` zero bytes behind the payload.
  raw_frames& data_padded(std::uint32_t id, std::string_view payload, std::uint8_t padding,
                          bool end_stream = false);

  raw_frames& headers(std::uint32_t id, codec::header_list_view fields,
                      std::uint8_t flags = http2::flag::end_headers);
  raw_frames& headers(std::uint32_t id, std::initializer_list<codec::header_view> fields,
                      std::uint8_t flags = http2::flag::end_headers);
  /// HEADERS and as many CONTINUATION frames as it takes to carry the block in pieces of at most
  /// `piece_size` bytes. END_HEADERS goes onto the last one and nowhere else.
  raw_frames& headers_in_pieces(std::uint32_t id, codec::header_list_view fields,
                                std::size_t piece_size, std::uint8_t flags = http2::flag::none);
  raw_frames& headers_in_pieces(std::uint32_t id, std::initializer_list<codec::header_view> fields,
                                std::size_t piece_size, std::uint8_t flags = http2::flag::none);
  /// Adds PADDED and PRIORITY to the flags.
  raw_frames& headers_padded(std::uint32_t id, std::initializer_list<codec::header_view> fields,
                             std::uint8_t padding, std::uint8_t flags = http2::flag::end_headers);
  raw_frames& headers_with_priority(std::uint32_t id,
                                    std::initializer_list<codec::header_view> fields,
                                    priority_fields dependency,
                                    std::uint8_t flags = http2::flag::end_headers);
  /// `bytes` instead of an encoded block: HPACK made by somebody else, or by nobody.
  raw_frames& headers_block_raw(std::uint32_t id, std::string_view bytes,
                                std::uint8_t flags = http2::flag::end_headers);
  raw_frames& continuation(std::uint32_t id, std::initializer_list<codec::header_view> fields,
                           std::uint8_t flags = http2::flag::end_headers);
  raw_frames& continuation_block_raw(std::uint32_t id, std::string_view bytes,
                                     std::uint8_t flags = http2::flag::end_headers);
  raw_frames& push_promise(std::uint32_t id, std::uint32_t promised_id,
                           std::initializer_list<codec::header_view> fields,
                           std::uint8_t flags = http2::flag::end_headers);

  raw_frames& priority(std::uint32_t id, priority_fields fields);
  raw_frames& rst_stream(std::uint32_t id, std::uint32_t error_code);
  raw_frames& settings(std::initializer_list<settings_entry> entries = {});
  raw_frames& settings_ack();
  /// Eight bytes make it a legal one.
  raw_frames& ping(std::string_view payload = "12345678", bool ack = false);
  raw_frames& goaway(std::uint32_t last_stream_id, std::uint32_t error_code,
                     std::string_view debug_data = {});
  raw_frames& window_update(std::uint32_t id, std::uint32_t increment);

  /// A copy, so that it outlives a chain of calls on a temporary.
  std::vector<std::uint8_t> bytes() const { return bytes_; }
  std::string text() const { return std::string(codec::as_text(bytes_)); }
  std::size_t size() const noexcept { return bytes_.size(); }
  /// Valid until the next call that adds, and no longer than this object.
  operator codec::const_bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

inline raw_frames frames() {
  return {};
}

}  // namespace grpcwire::transport
