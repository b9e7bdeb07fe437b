#include "case_record.hpp"

#include <charconv>

namespace grpcwire::bad_peer {

unsigned case_record::connection_began() {
  const std::scoped_lock lock(mutex_);
  ++all_connections_;
  return ++connections_;
}

unsigned case_record::call_began() {
  const std::scoped_lock lock(mutex_);
  return ++calls_;
}

void case_record::reset_received(std::uint32_t code) {
  const std::scoped_lock lock(mutex_);
  if (!finished_ && !seen_.reset) seen_.reset = code;
}

void case_record::goaway_received(std::uint32_t code, std::string_view text) {
  const std::scoped_lock lock(mutex_);
  if (code == 0 || seen_.goaway) return;
  seen_.goaway = code;
  seen_.closed = true;  // by whom does not matter: it ends
  if (seen_.says.empty()) seen_.says = text;
}

void case_record::good_call(std::string_view outcome, std::string_view says) {
  const std::scoped_lock lock(mutex_);
  finished_ = true;
  connections_ = 0;
  calls_ = 0;
  int code = 0;
  const auto [end, error] = std::from_chars(outcome.data(), outcome.data() + outcome.size(), code);
  if (error == std::errc() && end == outcome.data() + outcome.size()) {
    seen_.status = code;
  } else {
    remark_ = outcome;
  }
  if (!says.empty()) seen_.says = says;
}

void case_record::complain(std::string_view about) {
  const std::scoped_lock lock(mutex_);
  if (remark_.empty()) remark_ = about;
}

server_verdict case_record::verdict(std::string_view expectation, bool official,
                                    unsigned connections) const {
  const std::scoped_lock lock(mutex_);
  server_verdict verdict{.tried = all_connections_ != 0, .seen = seen_, .remark = remark_};
  if (official) {
    if (verdict.remark.empty() && connections != 0 && all_connections_ != connections) {
      verdict.remark = "the client made " + std::to_string(all_connections_) +
                       " connections instead of " + std::to_string(connections);
    }
    verdict.good = verdict.remark.empty();
    return verdict;
  }
  if (!finished_) {
    verdict.remark = "no good call came afterwards";
    return verdict;
  }
  verdict.good = remark_.empty() && matches(expectation, seen_);
  return verdict;
}

}  // namespace grpcwire::bad_peer
