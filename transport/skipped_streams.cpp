#include "skipped_streams.hpp"

#include <algorithm>

namespace grpcwire::transport {

bool skipped_streams::accept_out_of_turn(stream_id id) {
  if (id % 2 == 0) return true;
  if (id > newest_) {
    if (ranges_.size() == ranges_max) ranges_.erase(ranges_.begin());
    ranges_.push_back({newest_ + 2, id - 2});
    newest_ = id;
    return true;
  }
  return std::none_of(ranges_.begin(), ranges_.end(),
                      [id](const range& r) { return r.first <= id && id <= r.last; });
}

}  // namespace grpcwire::transport
