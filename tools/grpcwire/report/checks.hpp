// The checks behind why(): each looks for one way in which a conversation can go wrong and says
// what it found. They are asked in the order of these tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wire_view.hpp"

namespace grpcwire::tools {

struct finding {
  std::string sentence;              ///< what happened
  std::optional<std::size_t> frame;  ///< the first one that deviates
  std::string rule;                  ///< what should have happened
  std::string section;               ///< where that is written
  std::string hint{};                ///< what to look at
};

/// What all checks may look at.
struct why_subject {
  const recording& recorded;
  const wire_view& view;
  std::string_view case_name;
  std::string_view client_log;
};

/// About a connection or the whole recording.
using connection_check = std::optional<finding> (*)(const why_subject&, const wire_connection&);
/// About one call.
using call_check = std::optional<finding> (*)(const why_subject&, const wire_call&);
/// About the case.
using case_check = std::optional<finding> (*)(const why_subject&);

/// Connections that do not speak HTTP/2 at all, and the rules of HTTP/2.
std::span<const connection_check> connection_checks();
/// How requests and responses are made, whatever the case.
std::span<const call_check> call_checks();
/// The bytes of messages: prefixes, compression, sizes that do not come true.
std::span<const call_check> message_checks();
/// What the case expects of its calls.
std::span<const case_check> case_checks();

/// For when all frames there are keep the rules: who was to speak and did not.
std::optional<finding> silence(const why_subject& subject);

// Words that several checks need.

/// `CANCEL`, `error 0x20`.
std::string error_code_words(std::uint32_t code);
/// `INVALID_ARGUMENT`, or the text itself when it is no status.
std::string status_words(std::string_view grpc_status);
/// `UnaryCall`, or `the call` when its name did not come.
std::string call_words(const wire_call& call);
/// A value in quotes, cut and escaped.
std::string in_quotes(std::string_view value);

}  // namespace grpcwire::tools
