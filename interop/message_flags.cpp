#include "message_flags.hpp"

#include <cstddef>
#include <utility>

namespace grpcwire::interop {
namespace {
constexpr std::size_t message_size_max = std::size_t{64} << 20;
}

void message_flags::on_bytes(transport::direction way, codec::const_bytes bytes) {
  if (way != transport::direction::received) return;
  parser_.feed(bytes);
  while (const auto frame = parser_.next()) {
    if (frame->type != transport::http2::frame_type::data) continue;
    const auto payload = transport::decode_data(*frame);
    if (!payload) continue;
    auto& framer = framers_.try_emplace(frame->stream_id, message_size_max).first->second;
    framer.feed(payload->data);
    while (framer.next() == codec::framer_result::message) {
      compressed_.push_back(framer.compressed());
    }
  }
}

std::vector<bool> message_flags::take() {
  return std::exchange(compressed_, {});
}

}  // namespace grpcwire::interop
