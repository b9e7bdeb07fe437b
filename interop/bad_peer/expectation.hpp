// What a bad case expects of the peer, in a small language, and what was seen of it.
//
//   expectation = alternative *(" | " alternative)
//   alternative = term *(", " term)          all of them must hold
//   term        = "status" NUMBER            grpc-status
//               | "http" NUMBER              the HTTP status, when it is not 200
//               | "reset" CODE               RST_STREAM with this HTTP/2 error, or `any`
//               | "goaway" CODE              GOAWAY with this error, or `any`, and then the end
//               | "closed"                   the connection ends without a GOAWAY
//               | "silence"                  no answer
//
// `status 0` means that the call is unharmed. When the connection ended, only alternatives with
// `goaway` or `closed` hold: a fault of one call should end one call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grpcwire::bad_peer {

struct observation {
  std::optional<int> status{};
  std::optional<int> http{};              ///< when it is not 200
  std::optional<std::uint32_t> reset{};   ///< of the call's stream, before its end
  std::optional<std::uint32_t> goaway{};  ///< with an error other than NO_ERROR
  bool closed = false;                    ///< the connection ended
  std::string says{};                     ///< the status message, for people
};

/// `status 13, reset CANCEL`: the same words, without `says`.
std::string text(const observation& seen);

bool matches(std::string_view expectation, const observation& seen);

/// Why this is no expectation; nothing when it is one.
std::optional<std::string> mistake_in(std::string_view expectation);

}  // namespace grpcwire::bad_peer
