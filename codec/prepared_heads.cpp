#include "prepared_heads.hpp"

#include <cstring>

namespace grpcwire::codec {

prepared_heads::prepared::prepared(const request_head& head) {
  texts.reserve(head.path.size() + head.authority.size() + head.scheme.size() +
                head.user_agent.size() + head.message_encoding.size() +
                head.accept_encoding.size());
  const auto copy = [this](std::string_view text) {
    const std::size_t at = texts.size();
    texts.append(text);
    return std::string_view(texts).substr(at);
  };
  same.channel = head.channel;
  same.path = copy(head.path);
  same.authority = copy(head.authority);
  same.scheme = copy(head.scheme);
  same.user_agent = copy(head.user_agent);
  same.message_encoding = copy(head.message_encoding);
  same.accept_encoding = copy(head.accept_encoding);
  header_fields part;
  write_request_begin(part, same);
  all.append_constant(part.view());
  end = all.view().size();
  part.clear();
  write_request_end(part, same);
  all.append_constant(part.view());
}

bool prepared_heads::prepared::is_for(const request_head& head) const noexcept {
  // Nearly always equal, so the calls of operator== that g++ does not inline would add up.
  const auto equal = [](std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
  };
  return same.channel == head.channel && equal(same.path, head.path) &&
         equal(same.authority, head.authority) &&
         equal(same.message_encoding, head.message_encoding);
}

const prepared_heads::prepared* prepared_heads::find(const request_head& head) {
  if (count_ != 0 && all_[last_]->is_for(head)) return all_[last_].get();
  for (std::size_t i = 0; i != count_; ++i) {
    if (!all_[i]->is_for(head)) continue;
    last_ = i;
    return all_[i].get();
  }
  if (count_ == count_max) return nullptr;
  last_ = count_++;
  all_[last_] = std::make_unique<const prepared>(head);
  return all_[last_].get();
}

header_list_view prepared_heads::write(header_fields& scratch, const request_head& head) {
  const prepared* const known = find(head);
  const bool has_metadata = head.custom != nullptr && !head.custom->empty();
  if (known != nullptr && !head.timeout && !has_metadata) return known->all.view();
  scratch.clear();
  if (known == nullptr) {
    write_request(scratch, head);
    return scratch.view();
  }
  scratch.append_constant(known->all.view().first(known->end));
  write_timeout(scratch, head);
  scratch.append_constant(known->all.view().subspan(known->end));
  if (has_metadata) scratch.add(*head.custom);
  return scratch.view();
}

}  // namespace grpcwire::codec
