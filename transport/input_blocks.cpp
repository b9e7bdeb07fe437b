#include "input_blocks.hpp"

#include <algorithm>

namespace grpcwire::transport {

codec::input_block* input_blocks::take() {
  // They come free in the order in which they were read to, or nearly so.
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (last_ >= blocks_.size()) last_ = 0;
    if (blocks_[last_].alone()) return blocks_[last_].get();
    ++last_;
  }
  if (blocks_.size() == count_max) return nullptr;
  blocks_.push_back(codec::input_block_ref::make());
  last_ = blocks_.size() - 1;
  return blocks_[last_].get();
}

void input_blocks::clear() noexcept {
  std::erase_if(blocks_, [](const codec::input_block_ref& b) { return b.alone(); });
  if (blocks_.empty()) blocks_.shrink_to_fit();
  last_ = 0;
}

}  // namespace grpcwire::transport
