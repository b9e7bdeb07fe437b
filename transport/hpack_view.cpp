#include "hpack_view.hpp"

#include <new>
#include <string_view>
#include <utility>

#include <nghttp2/nghttp2.h>

namespace grpcwire::transport {
namespace {

using codec::const_bytes;

// nghttp2 refuses longer names and values; said here, so that it can be said in words.
constexpr std::uint64_t string_length_max = 65536;
constexpr std::size_t static_entries = 61;

// Reads one representation without decoding it. Any problem ends the reading; `at` stays there.
class walker {
 public:
  walker(const_bytes block, std::size_t at) : block_(block), at_(at) {}

  std::size_t at() const { return at_; }
  std::optional<hpack_problem>& problem() { return problem_; }

  // RFC 7541 §5.1. More than 32 bits are nobody's index, length or size.
  std::uint64_t integer(unsigned prefix_bits) {
    const std::size_t start = at_;
    if (at_ == block_.size()) return fail(start, "the block ends where a length should be");
    const std::uint64_t mask = (1U << prefix_bits) - 1;
    std::uint64_t value = block_[at_++] & mask;
    if (value < mask) return value;
    for (unsigned shift = 0;; shift += 7) {
      if (at_ == block_.size()) return fail(start, "the block ends inside an integer");
      const std::uint64_t byte = block_[at_++];
      value += (byte & 0x7f) << shift;
      if (value > 0xffffffff || shift > 28) return fail(start, "an integer is larger than 32 bits");
      if ((byte & 0x80) == 0) return value;
    }
  }

  // RFC 7541 §5.2; returns the Huffman bit.
  bool string() {
    const std::size_t start = at_;
    const bool huffman = at_ < block_.size() && (block_[at_] & 0x80) != 0;
    const std::uint64_t length = integer(7);
    if (problem_) return false;
    if (length > string_length_max) {
      fail(start, "a string of " + std::to_string(length) + " bytes is longer than 65536");
    } else if (length > block_.size() - at_) {
      fail(start, "a string of " + std::to_string(length) + " bytes goes beyond the block");
    } else {
      at_ += static_cast<std::size_t>(length);
    }
    return huffman;
  }

 private:
  std::uint64_t fail(std::size_t offset, std::string text) {
    problem_ = hpack_problem{offset, std::move(text)};
    return 0;
  }

  const_bytes block_;
  std::size_t at_;
  std::optional<hpack_problem> problem_;
};

struct representation {
  bool size_update = false;
  hpack_form form = hpack_form::indexed;
  std::uint32_t number = 0;  // index, or the size of a size update
  bool name_huffman = false;
  bool value_huffman = false;
};

representation read_representation(walker& walk, std::uint8_t first) {
  representation r;
  unsigned prefix_bits = 4;
  if ((first & 0x80) != 0) {
    prefix_bits = 7;
  } else if ((first & 0x40) != 0) {
    r.form = hpack_form::incremental_indexing;
    prefix_bits = 6;
  } else if ((first & 0x20) != 0) {
    r.size_update = true;
    prefix_bits = 5;
  } else {
    r.form = (first & 0x10) != 0 ? hpack_form::never_indexed : hpack_form::without_indexing;
  }
  r.number = static_cast<std::uint32_t>(walk.integer(prefix_bits));
  if (r.size_update || r.form == hpack_form::indexed) return r;
  if (r.number == 0 && !walk.problem()) r.name_huffman = walk.string();
  if (!walk.problem()) r.value_huffman = walk.string();
  return r;
}

std::string why_refused(const representation& r, std::size_t table_entries, bool after_field,
                        bool update_expected) {
  if (update_expected && !r.size_update) {
    return "a table size update must come first, because the allowed size was lowered";
  }
  if (r.size_update) {
    if (after_field) return "a table size update must come before the first field";
    return "a table size update to " + std::to_string(r.number) + " is more than was allowed";
  }
  if (r.form == hpack_form::indexed && r.number == 0) return "index 0 does not exist";
  if (r.number > table_entries) {
    return "index " + std::to_string(r.number) + " is beyond the table, which ends at " +
           std::to_string(table_entries);
  }
  return "the Huffman code is invalid";
}

std::string text_of(const std::uint8_t* data, std::size_t size) {
  return std::string(codec::as_text({data, size}));
}

}  // namespace

void hpack_view::inflater_delete::operator()(nghttp2_hd_inflater* inflater) const noexcept {
  nghttp2_hd_inflate_del(inflater);
}

hpack_view::hpack_view(hpack_view_settings settings)
    : decoded_size_max_(settings.decoded_size_max) {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) != 0) throw std::bad_alloc();
  inflater_.reset(inflater);
  if (settings.table_size_max != NGHTTP2_DEFAULT_HEADER_TABLE_SIZE) {
    set_table_size_max(settings.table_size_max);
  }
}

void hpack_view::set_table_size_max(std::uint32_t size) {
  if (broken_) return;
  if (size < nghttp2_hd_inflate_get_max_dynamic_table_size(inflater_.get())) {
    update_expected_ = true;
  }
  nghttp2_hd_inflate_change_table_size(inflater_.get(), size);
}

hpack_block hpack_view::decode(const_bytes block) {
  hpack_block result;
  const auto fail = [&](hpack_problem problem) {
    broken_ = true;
    result.problem = std::move(problem);
    return std::move(result);
  };
  if (broken_) return fail({0, "an earlier block could not be decoded, so this one cannot either"});

  std::size_t kept = 0;
  bool after_field = false;
  for (std::size_t at = 0; at < block.size();) {
    walker walk(block, at);
    const representation r = read_representation(walk, block[at]);
    if (walk.problem()) return fail(std::move(*walk.problem()));
    const const_bytes piece = block.subspan(at, walk.at() - at);

    nghttp2_nv nv{};
    int flags = 0;
    const std::size_t table_entries = nghttp2_hd_inflate_get_num_table_entries(inflater_.get());
    const auto used =
        nghttp2_hd_inflate_hd2(inflater_.get(), &nv, &flags, piece.data(), piece.size(), 0);
    if (used < 0) return fail({at, why_refused(r, table_entries, after_field, update_expected_)});
    const bool emitted = (flags & NGHTTP2_HD_INFLATE_EMIT) != 0;
    if (static_cast<std::size_t>(used) != piece.size() || emitted == r.size_update) {
      return fail({at, "the decoder reads this representation differently"});
    }

    if (r.size_update) {
      update_expected_ = false;
      result.size_updates.push_back({r.number, at, piece.size()});
    } else if (kept + nv.namelen + nv.valuelen > decoded_size_max_) {
      ++result.fields_left_out;
    } else {
      kept += nv.namelen + nv.valuelen;
      result.fields.push_back({text_of(nv.name, nv.namelen), text_of(nv.value, nv.valuelen), r.form,
                               r.number, r.name_huffman, r.value_huffman, at, piece.size()});
    }
    after_field = after_field || emitted;
    at = walk.at();
  }
  nghttp2_nv nv{};
  int flags = 0;
  const std::uint8_t nothing = 0;
  if (nghttp2_hd_inflate_hd2(inflater_.get(), &nv, &flags, &nothing, 0, 1) < 0) {
    return fail({block.size(), "the decoder expects more bytes"});
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  return result;
}

hpack_table hpack_view::dynamic_table() const {
  hpack_table table;
  table.size = nghttp2_hd_inflate_get_dynamic_table_size(inflater_.get());
  table.size_max = nghttp2_hd_inflate_get_max_dynamic_table_size(inflater_.get());
  const std::size_t last = nghttp2_hd_inflate_get_num_table_entries(inflater_.get());
  for (std::size_t index = static_entries + 1; index <= last; ++index) {
    const nghttp2_nv* entry = nghttp2_hd_inflate_get_table_entry(inflater_.get(), index);
    if (entry == nullptr) break;
    table.entries.push_back(
        {text_of(entry->name, entry->namelen), text_of(entry->value, entry->valuelen)});
  }
  return table;
}

}  // namespace grpcwire::transport
