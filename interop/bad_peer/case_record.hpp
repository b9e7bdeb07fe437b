// What a client did in one case of the bad server, over all of its connections.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "expectation.hpp"

namespace grpcwire::bad_peer {

struct server_verdict {
  bool tried = false;  ///< a client came
  bool good = false;
  observation seen;
  std::string remark;  ///< why it is not good, when what was seen does not say it
};

/// Safe from any thread.
class case_record {
 public:
  /// How many since the last good call, this one included.
  unsigned connection_began();
  unsigned call_began();
  void reset_received(std::uint32_t code);
  void goaway_received(std::uint32_t code, std::string_view text);
  /// A good call has come, with what became of the bad one: its status code in decimal, or words.
  void good_call(std::string_view outcome, std::string_view says);
  /// What the client must not do.
  void complain(std::string_view about);

  /// `official`: without a good call. `connections`: that there have to be; 0: any number.
  server_verdict verdict(std::string_view expectation, bool official, unsigned connections) const;

 private:
  mutable std::mutex mutex_;
  unsigned connections_ = 0;
  unsigned all_connections_ = 0;
  unsigned calls_ = 0;
  bool finished_ = false;
  observation seen_;
  std::string remark_;
};

}  // namespace grpcwire::bad_peer
