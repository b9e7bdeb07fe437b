// Message compression: the codings of `grpc-encoding` and `grpc-accept-encoding` (gRPC
// doc/compression.md). Each message is compressed by itself, no state goes from one to the next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/result.hpp>

namespace grpcwire::codec {

/// Further values are those that codings::add() has given out.
enum class encoding : std::uint8_t {
  identity,
  gzip,     ///< RFC 1952
  deflate,  ///< the zlib format, RFC 1950, as in HTTP; not bare RFC 1951
};

/// The name that goes over the wire, such as `gzip`; of the built-in ones.
std::string_view name(encoding coding) noexcept;

/// The coding with this name; nothing for `snappy` and others this library does not have.
std::optional<encoding> encoding_from_name(std::string_view text) noexcept;

/// Calls `each` with every name of a comma list, without the optional space around it.
template <class Each>
void for_each_coding(std::string_view list, Each each) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = list.substr(0, comma);
    const std::size_t first = std::min(item.find_first_not_of(" \t"), item.size());
    each(item.substr(first, item.find_last_not_of(" \t") + 1 - first));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Which codings one side can read. Every side can read identity, whether the set names it or not.
class encoding_set {
 public:
  constexpr encoding_set() noexcept = default;
  constexpr encoding_set(std::initializer_list<encoding> codings) noexcept {
    for (const encoding coding : codings) insert(coding);
  }

  /// Reads the value of `grpc-accept-encoding`: a comma list with optional space around each name.
  /// Names that are not known, and empty ones, are passed over.
  static encoding_set parse(std::string_view list) noexcept;

  constexpr void insert(encoding coding) noexcept {
    bits_ = static_cast<std::uint8_t>(bits_ | bit(coding));
  }
  constexpr void erase(encoding coding) noexcept {
    bits_ = static_cast<std::uint8_t>(bits_ & ~bit(coding));
  }
  constexpr bool contains(encoding coding) const noexcept { return (bits_ & bit(coding)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }

  /// The names joined by commas, in the order of the enumeration.
  std::string text() const;

  friend constexpr bool operator==(encoding_set, encoding_set) noexcept = default;

 private:
  static constexpr unsigned bit(encoding coding) noexcept {
    return 1U << static_cast<unsigned>(coding);
  }

  std::uint8_t bits_ = 0;
};

enum class compression_error : std::uint8_t {
  corrupt,    ///< not of this format, cut off, or followed by something else: INTERNAL
  too_large,  ///< the message is above the limit: RESOURCE_EXHAUSTED
  bad_level,  ///< compress() was asked for a level outside -1 … 9
};
std::string_view describe(compression_error error) noexcept;

/// `level` is zlib's: 0 stores, 1 is fast, 9 is small, -1 is its default. Identity copies.
/// Throws std::bad_alloc like any allocation.
result<buffer, compression_error> compress(encoding coding, const_bytes message, int level = -1);

/// Undoes compress(). Stops as soon as the message exceeds `max_size` bytes; its memory grows with
/// what was really produced, by doubling, whatever the input promises. Several gzip members in a
/// row are one message (RFC 1952 §2.2). Throws std::bad_alloc like any allocation.
result<buffer, compression_error> decompress(encoding coding, const_bytes data,
                                             std::size_t max_size);

}  // namespace grpcwire::codec
