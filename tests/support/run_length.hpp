// A coding that no library has: pairs of a count and the byte that comes so often.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <grpcwire/codec/codings.hpp>

namespace grpcwire::tests {

class run_length final : public codec::compressor {
 public:
  explicit run_length(std::string name = "x-rle") : name_(std::move(name)) {}

  std::string_view name() const noexcept override { return name_; }
  bool compress(codec::const_bytes message, codec::buffer& out) const override {
    for (std::size_t at = 0; at < message.size();) {
      std::size_t end = at;
      while (end < message.size() && end - at < 255 && message[end] == message[at]) ++end;
      const std::uint8_t pair[2] = {static_cast<std::uint8_t>(end - at), message[at]};
      out.append(codec::const_bytes(pair));
      at = end;
    }
    return true;
  }
  bool decompress(codec::const_bytes data, codec::capped_buffer& out) const override {
    if (data.size() % 2 != 0) return false;
    for (std::size_t at = 0; at < data.size(); at += 2) {
      const std::vector<std::uint8_t> run(data[at], data[at + 1]);
      if (!out.append(run)) return true;
    }
    return true;
  }

 private:
  std::string name_;
};

}  // namespace grpcwire::tests
