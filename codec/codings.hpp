// The message codings of one channel or server: the built-in ones, those that the program plugs in,
// and which of them a peer may use (gRPC doc/compression.md). There is no global registry.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/result.hpp>

namespace grpcwire::codec {

/// Where a decompressed message goes. It holds no byte more than it may, whatever the input says.
class capped_buffer {
 public:
  explicit capped_buffer(std::size_t max_size) noexcept : max_size_(max_size) {}

  /// False, and nothing is stored, when the message would exceed its limit: stop then.
  bool append(const_bytes bytes) {
    if (bytes.size() > max_size_ - bytes_.size()) overflowed_ = true;
    if (!overflowed_) bytes_.append(bytes);
    return !overflowed_;
  }
  std::size_t size() const noexcept { return bytes_.size(); }
  std::size_t max_size() const noexcept { return max_size_; }
  bool overflowed() const noexcept { return overflowed_; }
  buffer take() && { return std::move(bytes_); }

 private:
  std::size_t max_size_;
  buffer bytes_;
  bool overflowed_ = false;
};

/// An algorithm of the program's own. Used by several threads at a time: messages are compressed
/// on the thread that writes, and decompressed on the executor of the connection.
class compressor {
 public:
  virtual ~compressor() = default;
  /// As it stands in `grpc-encoding`, such as `zstd`: lower-case letters, digits, `-`, `_`, `.`.
  virtual std::string_view name() const noexcept = 0;
  /// Appends to `out`, which is empty. False: this message goes as it is. It does so too when the
  /// result is not shorter.
  virtual bool compress(const_bytes message, buffer& out) const = 0;
  /// Undoes compress(). False when the data is damaged: the call ends with INTERNAL; with
  /// RESOURCE_EXHAUSTED when `out` has overflowed.
  virtual bool decompress(const_bytes data, capped_buffer& out) const = 0;
};

class codings {
 public:
  /// identity, gzip and deflate, all of them accepted.
  codings();

  /// Adds an algorithm, which is accepted from now on; the result stands for it wherever an
  /// encoding is asked for, on this channel or server. Throws std::invalid_argument when the name
  /// is not legal or not new, std::length_error when there are five already.
  encoding add(std::shared_ptr<const compressor> algorithm);

  /// What peers may send; identity always. Told to them in `grpc-accept-encoding`. A message that
  /// comes in another one ends the call, with UNIMPLEMENTED on a server, INTERNAL on a client.
  void accept_only(encoding_set set);
  encoding_set accepted() const noexcept { return accepted_; }
  /// `identity,gzip,deflate`
  const std::string& accept_text() const noexcept { return accept_text_; }
  /// As the constructor left them.
  bool untouched() const noexcept { return untouched_; }

  bool has(encoding coding) const noexcept;
  std::string_view name(encoding coding) const noexcept;
  std::optional<encoding> find(std::string_view name) const noexcept;
  /// The same, but nothing for those that peers may not send.
  std::optional<encoding> find_accepted(std::string_view name) const noexcept;
  /// Reads a list of names (`grpc-accept-encoding`); passes over those that are not known here.
  encoding_set parse(std::string_view list) const noexcept;

  /// Nothing when the message is to go as it is.
  std::optional<buffer> compress(encoding coding, const_bytes message) const;
  /// At most `max_size` bytes come out.
  result<buffer, compression_error> decompress(encoding coding, const_bytes data,
                                               std::size_t max_size) const;

 private:
  const compressor* plugged_in(encoding coding) const noexcept;
  void write_accept_text();

  std::vector<std::shared_ptr<const compressor>> plugged_in_;
  encoding_set accepted_{encoding::identity, encoding::gzip, encoding::deflate};
  std::string accept_text_;
  bool untouched_ = true;
};

/// What is meant where nothing else was given.
const codings& built_in_codings();

}  // namespace grpcwire::codec
