#include <array>
#include <bit>
#include <cstddef>
#include <utility>

#include <grpcwire/rpc/xxh64_internal.hpp>

namespace grpcwire::detail {
namespace {

constexpr std::uint64_t prime_1 = 0x9E3779B185EBCA87U;
constexpr std::uint64_t prime_2 = 0xC2B2AE3D27D4EB4FU;
constexpr std::uint64_t prime_3 = 0x165667B19E3779F9U;
constexpr std::uint64_t prime_4 = 0x85EBCA77C2B2AE63U;
constexpr std::uint64_t prime_5 = 0x27D4EB2F165667C5U;

/// Takes `size` octets from the front, as a little-endian number.
std::uint64_t take(std::string_view& bytes, std::size_t size) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = size; i-- > 0;) {
    number = number << 8U | static_cast<unsigned char>(bytes[i]);
  }
  bytes.remove_prefix(size);
  return number;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) noexcept {
  return std::rotl(lane + input * prime_2, 31) * prime_1;
}

/// Steps 1 to 3 of the specification: stripes of 32 octets into four lanes, lanes into one.
std::uint64_t stripes(std::string_view& bytes, std::uint64_t seed) noexcept {
  std::array<std::uint64_t, 4> lanes{seed + prime_1 + prime_2, seed + prime_2, seed,
                                     seed - prime_1};
  while (bytes.size() >= 32) {
    for (std::uint64_t& lane : lanes) lane = round(lane, take(bytes, 8));
  }
  std::uint64_t hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
                       std::rotl(lanes[3], 18);
  for (const std::uint64_t lane : lanes) hash = (hash ^ round(0, lane)) * prime_1 + prime_4;
  return hash;
}

}  // namespace

std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed) noexcept {
  const std::size_t size = bytes.size();
  std::uint64_t hash = size >= 32 ? stripes(bytes, seed) : seed + prime_5;
  hash += size;
  while (bytes.size() >= 8) {
    hash = std::rotl(hash ^ round(0, take(bytes, 8)), 27) * prime_1 + prime_4;
  }
  if (bytes.size() >= 4) {
    hash = std::rotl(hash ^ take(bytes, 4) * prime_1, 23) * prime_2 + prime_3;
  }
  while (!bytes.empty()) hash = std::rotl(hash ^ take(bytes, 1) * prime_5, 11) * prime_1;
  hash = (hash ^ hash >> 33U) * prime_2;
  hash = (hash ^ hash >> 29U) * prime_3;
  return hash ^ hash >> 32U;
}

}  // namespace grpcwire::detail
