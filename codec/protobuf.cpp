#include "protobuf.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/message_lite.h>

#include <grpcwire/codec/message_coding.hpp>
#include <grpcwire/codec/message_framer.hpp>

namespace grpcwire::codec {
namespace {

/// Lets protobuf read a message where it lies.
class piece_stream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit piece_stream(std::span<const const_bytes> pieces) noexcept : pieces_(pieces) {}

  bool Next(const void** data, int* size) override {
    if (at_ == pieces_.size()) return false;
    const const_bytes rest = pieces_[at_++].subspan(std::exchange(skipped_, 0));
    *data = rest.data();
    *size = static_cast<int>(rest.size());
    count_ += *size;
    return true;
  }
  void BackUp(int count) override {
    --at_;
    skipped_ = pieces_[at_].size() - static_cast<std::size_t>(count);
    count_ -= count;
  }
  bool Skip(int count) override {
    const void* data = nullptr;
    int size = 0;
    while (count > 0 && Next(&data, &size)) {
      if (size > count) BackUp(size - count);
      count -= size;
    }
    return count <= 0;
  }
  std::int64_t ByteCount() const override { return count_; }

 private:
  std::span<const const_bytes> pieces_;
  std::size_t at_ = 0;
  std::size_t skipped_ = 0;  // of that piece
  std::int64_t count_ = 0;
};

}  // namespace

result<buffer, status> encode_message(const google::protobuf::MessageLite& message,
                                      std::size_t max_size, encoding coding, const codings& own,
                                      buffer_source* room) {
  if (!message.IsInitialized()) {
    return unexpected{status(
        status_code::internal,
        message.GetTypeName() + " lacks required fields: " + message.InitializationErrorString())};
  }
  const std::size_t size = message.ByteSizeLong();
  if (size > max_size || size > std::numeric_limits<std::int32_t>::max()) {
    return unexpected{status(status_code::resource_exhausted,
                             message.GetTypeName() + " has " + std::to_string(size) +
                                 " bytes, the limit for sending is " + std::to_string(max_size))};
  }
  buffer framed;
  if (room != nullptr && size >= spare_buffers::size_min) {
    framed = room->take(message_prefix_size + size);
  }
  framed.resize(message_prefix_size + size);
  message.SerializeWithCachedSizesToArray(framed.data() + message_prefix_size);
  if (coding != encoding::identity) {
    auto packed = compress_message(framed.view().subspan(message_prefix_size), coding, own);
    if (packed) return *std::move(packed);
  }
  write_prefix(framed.data(), false, static_cast<std::uint32_t>(size));
  return framed;
}

status decode_message(google::protobuf::MessageLite& to, const message_view& payload,
                      encoding coding, std::size_t max_size, const codings& own) {
  bool parsed = false;
  if (coding != encoding::identity) {
    buffer room;
    auto plain = inflate_message(gathered(payload, room), coding, max_size, own);
    if (!plain) return std::move(plain.error());
    parsed = to.ParseFromArray(plain->data(), static_cast<int>(plain->size()));
  } else if (!payload.pieces.empty()) {
    piece_stream pieces(payload.pieces);
    parsed = to.ParseFromZeroCopyStream(&pieces);
  } else {
    parsed = to.ParseFromArray(payload.whole.data(), static_cast<int>(payload.whole.size()));
  }
  if (parsed) return {};
  std::string why = "the bytes are no " + to.GetTypeName();
  if (!to.IsInitialized()) why += "; missing: " + to.InitializationErrorString();
  return status(status_code::internal, std::move(why));
}

}  // namespace grpcwire::codec
