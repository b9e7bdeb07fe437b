#include "stream.hpp"

#include <utility>

namespace grpcwire::transport {

void header_block::assign(codec::header_list_view fields) {
  clear();
  std::size_t size = 0;
  for (const codec::header_view& field : fields) {
    if (!field.constant) size += field.name.size() + field.value.size();
  }
  text_.resize(size);
  fields_.reserve(fields.size());
  auto* to = reinterpret_cast<char*>(text_.data());
  const auto keep = [&](std::string_view text) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    const std::string_view kept{to, text.size()};
    to += text.size();
    return kept;
  };
  for (const codec::header_view& field : fields) {
    codec::header_view kept = field;
    if (!field.constant) {
      kept.name = keep(field.name);
      kept.value = keep(field.value);
    }
    fields_.push_back(kept);
  }
}

void stream::recycle() noexcept {
  static_cast<stream_past&>(*this) = {};
  head.clear();
  trailers.clear();
  data.clear();
}

}  // namespace grpcwire::transport
