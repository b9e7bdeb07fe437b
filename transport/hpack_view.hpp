// Decodes the header blocks of one direction of a connection and tells how each field was encoded
// (RFC 7541), for tools that show it. nghttp2's inflater does the decoding; a walk of our own over
// the same bytes, one representation ahead of it, finds out the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

struct nghttp2_hd_inflater;

namespace grpcwire::transport {

/// The representations of a field (RFC 7541 §6.1, §6.2).
enum class hpack_form : std::uint8_t {
  indexed,               ///< name and value come from a table
  incremental_indexing,  ///< literal, and added to the dynamic table
  without_indexing,      ///< literal, not added
  never_indexed,         ///< literal, and no intermediary may add it either
};

struct hpack_field {
  std::string name;
  std::string value;
  hpack_form form = hpack_form::indexed;
  /// `indexed`: of the entry; otherwise of the name, or 0 when the name is spelled out. 1 to 61 is
  /// the static table, 62 and up the dynamic one as it was before this field.
  std::uint32_t index = 0;
  bool name_huffman = false;   ///< a name that is spelled out is Huffman-coded
  bool value_huffman = false;  ///< a value that is spelled out is Huffman-coded
  std::size_t offset = 0;      ///< of the first byte in the block
  std::size_t size = 0;        ///< bytes in the block
};

/// A dynamic table size update (RFC 7541 §6.3).
struct hpack_size_update {
  std::uint32_t table_size_max = 0;
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct hpack_problem {
  std::size_t offset = 0;  ///< in the block, of the representation or integer that is at fault
  std::string text;
};

struct hpack_block {
  std::vector<hpack_field> fields;  ///< up to the problem, if there is one
  std::vector<hpack_size_update> size_updates;
  std::size_t fields_left_out = 0;  ///< decoded but not kept: they passed decoded_size_max
  std::optional<hpack_problem> problem;
};

struct hpack_entry {
  std::string name;
  std::string value;
};

struct hpack_table {
  std::vector<hpack_entry> entries;  ///< newest first; the first one has index 62
  std::size_t size = 0;              ///< bytes, each entry counted with 32 more (RFC 7541 §4.1)
  std::size_t size_max = 0;          ///< what the encoder chose last
};

struct hpack_view_settings {
  /// What the decoding side announced as SETTINGS_HEADER_TABLE_SIZE; a size update above is an
  /// error. 4096 is what HTTP/2 starts with.
  std::uint32_t table_size_max = 4096;
  /// Names and values kept per block, in bytes: a small block can stand for very many of them.
  std::size_t decoded_size_max = std::size_t{1} << 20;
};

class hpack_view {
 public:
  explicit hpack_view(hpack_view_settings settings = {});

  /// One whole block: HEADERS or PUSH_PROMISE with all its CONTINUATION frames joined. After a
  /// problem the tables of encoder and decoder differ, so every later block is a problem as well.
  hpack_block decode(codec::const_bytes block);

  /// The decoding side's SETTINGS_HEADER_TABLE_SIZE changed and the encoder has acknowledged it.
  void set_table_size_max(std::uint32_t size);

  hpack_table dynamic_table() const;

 private:
  struct inflater_delete {
    void operator()(nghttp2_hd_inflater* inflater) const noexcept;
  };

  std::unique_ptr<nghttp2_hd_inflater, inflater_delete> inflater_;
  std::size_t decoded_size_max_;
  bool broken_ = false;
  bool update_expected_ = false;  // set_table_size_max() went below what the encoder uses
};

}  // namespace grpcwire::transport
