#include "compression.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>
#include <zlib.h>

namespace grpcwire::codec {
namespace {

constexpr std::array<std::string_view, 3> names = {"identity", "gzip", "deflate"};

/// zlib's way to choose the format: the largest window, and 16 more for a gzip wrapper.
int window_bits(encoding coding) {
  return coding == encoding::gzip ? MAX_WBITS + 16 : MAX_WBITS;
}

/// A z_stream with the end function that belongs to it. zlib keeps a pointer to it: never moved.
template <int (*end)(z_stream*)>
class zlib_stream {
 public:
  zlib_stream() = default;
  zlib_stream(const zlib_stream&) = delete;
  zlib_stream& operator=(const zlib_stream&) = delete;
  ~zlib_stream() { end(&stream_); }

  z_stream* get() noexcept { return &stream_; }

  /// One step from `input`, which loses what was read, to the end of `out`, which doubles when it
  /// is full but never exceeds `most_out` bytes.
  template <class Function>
  int run(Function function, const_bytes& input, buffer& out, std::size_t most_out, int flush) {
    if (out.size() == out.capacity()) out.reserve(std::min(most_out, 2 * out.capacity()));
    // zlib counts in 32 bits and does not write through next_in.
    const auto most = [](std::size_t size) {
      return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
    };
    const uInt offered = most(input.size());
    const uInt room = most(out.capacity() - out.size());
    stream_.next_in = const_cast<Bytef*>(input.data());
    stream_.avail_in = offered;
    stream_.next_out = out.data() + out.size();
    stream_.avail_out = room;
    const int code = function(&stream_, offered == input.size() ? flush : Z_NO_FLUSH);
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    input = input.subspan(offered - stream_.avail_in);
    out.resize(out.size() + (room - stream_.avail_out));
    return code;
  }

 private:
  z_stream stream_{};
};

buffer deflated(encoding coding, const_bytes message, int level) {
  zlib_stream<&deflateEnd> stream;
  constexpr int default_memory = 8;
  if (deflateInit2(stream.get(), level, Z_DEFLATED, window_bits(coding), default_memory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  buffer out;
  out.reserve(deflateBound(stream.get(), message.size()));
  while (stream.run(&deflate, message, out, unlimited, Z_FINISH) != Z_STREAM_END) {
  }
  return out;
}

result<buffer, compression_error> inflated(encoding coding, const_bytes data,
                                           std::size_t max_size) {
  zlib_stream<&inflateEnd> stream;
  if (inflateInit2(stream.get(), window_bits(coding)) != Z_OK) throw std::bad_alloc();

  // One byte above the limit tells "too large" from "just fits".
  const std::size_t enough = std::max(max_size, max_size + 1);
  buffer out;
  out.reserve(std::min(enough, std::clamp<std::size_t>(4 * data.size(), 256, 64 * 1024)));
  for (;;) {
    const int code = stream.run(&inflate, data, out, enough, Z_NO_FLUSH);
    if (out.size() > max_size) return compression_error::too_large;
    if (code == Z_STREAM_END) {
      if (data.empty()) return out;
      if (coding != encoding::gzip) return compression_error::corrupt;
      inflateReset(stream.get());  // the next member
    } else if (code != Z_OK) {
      return compression_error::corrupt;  // Z_BUF_ERROR, no progress: cut off
    }
  }
}

}  // namespace

std::string_view name(encoding coding) noexcept {
  const auto index = static_cast<std::size_t>(coding);
  return index < names.size() ? names[index] : "?";
}

std::optional<encoding> encoding_from_name(std::string_view text) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<encoding>(i);
  }
  return std::nullopt;
}

encoding_set encoding_set::parse(std::string_view list) noexcept {
  encoding_set set;
  for_each_coding(list, [&](std::string_view name) {
    if (const auto coding = encoding_from_name(name)) set.insert(*coding);
  });
  return set;
}

std::string encoding_set::text() const {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!contains(static_cast<encoding>(i))) continue;
    if (!list.empty()) list.push_back(',');
    list.append(names[i]);
  }
  return list;
}

std::string_view describe(compression_error error) noexcept {
  switch (error) {
    case compression_error::corrupt:
      return "the compressed message is corrupt or cut off";
    case compression_error::too_large:
      return "the decompressed message is larger than allowed";
    case compression_error::bad_level:
      return "the compression level is not between -1 and 9";
  }
  return "?";
}

result<buffer, compression_error> compress(encoding coding, const_bytes message, int level) {
  if (level < Z_DEFAULT_COMPRESSION || level > Z_BEST_COMPRESSION) {
    return compression_error::bad_level;
  }
  if (coding == encoding::identity) return buffer(message);
  return deflated(coding, message, level);
}

result<buffer, compression_error> decompress(encoding coding, const_bytes data,
                                             std::size_t max_size) {
  if (coding != encoding::identity) return inflated(coding, data, max_size);
  if (data.size() > max_size) return compression_error::too_large;
  return buffer(data);
}

}  // namespace grpcwire::codec
