#include "stream.hpp"

#include <utility>

namespace grpcwire::transport {

void header_block::assign(codec::header_list_view fields) {
  clear();
  std::size_t size = 0;
  for (const codec::header_view& field : fields) size += field.name.size() + field.value.size();
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
    const std::string_view name = keep(field.name);
    const std::string_view value = keep(field.value);
    fields_.push_back({name, value, field.sensitive});
  }
}

void stream::recycle() noexcept {
  const stream_handle kept = handle;
  header_block kept_head = std::move(head);
  header_block kept_trailers = std::move(trailers);
  std::vector<codec::buffer> kept_data = std::move(data);
  kept_head.clear();
  kept_trailers.clear();
  kept_data.clear();
  *this = stream{};
  handle = kept;
  head = std::move(kept_head);
  trailers = std::move(kept_trailers);
  data = std::move(kept_data);
}

}  // namespace grpcwire::transport
