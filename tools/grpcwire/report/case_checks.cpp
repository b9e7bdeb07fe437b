#include <array>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <grpcwire/codec/percent.hpp>
#include <grpcwire/codec/status_code.hpp>

#include "../text_forms.hpp"
#include "case_expectations.hpp"
#include "checks.hpp"
#include "message_bodies.hpp"

namespace grpcwire::tools {
namespace {

namespace error = transport::http2::error;

std::string section_of(const why_subject& s) {
  return fmt::format("gRPC doc/interop-test-descriptions.md, {}", s.case_name);
}

struct matched_call {
  const wire_call& came;
  const expected_call& expected;
};

// The n-th call of a method belongs to the n-th that the case has of it.
std::vector<matched_call> matched(const why_subject& s) {
  std::vector<matched_call> pairs;
  const expected_case* const c = find_expected_case(s.case_name);
  if (c == nullptr) return pairs;
  std::map<std::string_view, std::vector<const expected_call*>> wanted;
  for (const expected_call& e : c->calls) wanted[e.method].push_back(&e);
  std::map<std::string_view, std::size_t> seen;
  for (const wire_call& call : s.view.calls) {
    const auto found = wanted.find(call.method());
    if (found == wanted.end()) continue;
    const std::size_t n = c->repeats ? 0 : seen[found->first]++;
    if (n < found->second.size()) pairs.push_back({call, *found->second[n]});
  }
  return pairs;
}

// The first finding about any of the calls.
template <std::optional<finding> (*Check)(const why_subject&, const matched_call&)>
std::optional<finding> in_each(const why_subject& s) {
  for (const matched_call& pair : matched(s)) {
    if (auto found = Check(s, pair)) return found;
  }
  return std::nullopt;
}

const wire_block* trailers(const wire_call& call) {
  return call.server.trailers ? &*call.server.trailers : nullptr;
}

std::string status_hint(std::string_view code, status_code expected) {
  if (code == "0" && expected == status_code::invalid_argument) {
    return "The server does not look at expect_compressed: grpc-go, Ruby and Python do not.";
  }
  if (code == "12") {
    return "The server does not have the method, the service or the compression of the request.";
  }
  if (code == "4") return "The deadline passed; see how long the last frames took.";
  if (code == "8") return "A message or the metadata was above a limit of the receiver.";
  if (code == "13") return "Somebody found the conversation malformed; see the status message.";
  if (code == "14") return "The server, or a proxy before it, could not be reached.";
  return "See the log of the server.";
}

std::optional<finding> other_status(const why_subject& s, const matched_call& pair) {
  const wire_block* const block = trailers(pair.came);
  if (block == nullptr || pair.expected.end != expected_end::status) return std::nullopt;
  const std::string status = block->value("grpc-status");
  if (status == codec::decimal(pair.expected.code)) return std::nullopt;
  const std::string message = codec::percent_decode(block->value("grpc-message"));
  const bool only = pair.came.server.headers && pair.came.server.headers->end_stream;
  return finding{
      fmt::format("{} ended with status {}{}{}.", call_words(pair.came), status_words(status),
                  only ? ", without any response headers (trailers-only)" : "",
                  message.empty() ? "" : ": " + in_quotes(message)),
      block->frame,
      fmt::format("{} ends with status {}.", pair.expected.method, codec::name(pair.expected.code)),
      section_of(s), status_hint(status, pair.expected.code)};
}

std::optional<finding> other_message(const why_subject& s, const matched_call& pair) {
  const wire_block* const block = trailers(pair.came);
  if (block == nullptr || !pair.expected.message) return std::nullopt;
  const std::string message = codec::percent_decode(block->value("grpc-message"));
  if (message == *pair.expected.message) return std::nullopt;
  return finding{
      fmt::format("The status message of {} is {}.", call_words(pair.came), in_quotes(message)),
      block->frame,
      fmt::format("The message is {}, every character of it.", in_quotes(*pair.expected.message)),
      section_of(s), "The server sends back what response_status asks for."};
}

std::optional<finding> messages_of(const why_subject& s, const matched_call& pair, side sender,
                                   const std::vector<expected_message>& expected) {
  const wire_half& half = pair.came.of(sender);
  const std::string_view what = sender == side::client ? "request" : "response";
  for (std::size_t i = 0; i < half.messages.size(); ++i) {
    const wire_message& m = half.messages[i];
    if (i >= expected.size()) {
      return finding{fmt::format("There is one {} too many of {}: number {}.", what,
                                 call_words(pair.came), i + 1),
                     m.frame,
                     fmt::format("{} has {} of them.", pair.expected.method, expected.size()),
                     section_of(s)};
    }
    if (expected[i].compressed && m.complete && m.compressed != *expected[i].compressed) {
      return finding{
          fmt::format("The {} number {} of {} is {}compressed.", what, i + 1, call_words(pair.came),
                      m.compressed ? "" : "not "),
          m.frame,
          fmt::format("The first byte of its prefix is {}.", *expected[i].compressed ? 1 : 0),
          section_of(s),
          sender == side::server ? "The server may not know response_compressed, or have no gzip."
                                 : ""};
    }
    const auto body = body_of(pair.came, sender, m);
    if (expected[i].body && body && body->payload != *expected[i].body) {
      return finding{fmt::format("The {} number {} of {} has a body of {}.", what, i + 1,
                                 call_words(pair.came), bytes_count(body->payload)),
                     m.frame, fmt::format("It has {}.", bytes_count(*expected[i].body)),
                     section_of(s)};
    }
  }
  if (!half.end_frame || half.complete_messages() >= expected.size()) return std::nullopt;
  return finding{
      fmt::format("{} ended after {} of {} {}s.", call_words(pair.came), half.complete_messages(),
                  expected.size(), what),
      half.end_frame,
      fmt::format("{} has {} {}s before it ends.", pair.expected.method, expected.size(), what),
      section_of(s)};
}

std::optional<finding> other_requests(const why_subject& s, const matched_call& pair) {
  if (!pair.expected.requests) return std::nullopt;
  return messages_of(s, pair, side::client, *pair.expected.requests);
}

std::optional<finding> other_responses(const why_subject& s, const matched_call& pair) {
  if (!pair.expected.responses) return std::nullopt;
  return messages_of(s, pair, side::server, *pair.expected.responses);
}

std::optional<finding> other_sum(const why_subject& s, const matched_call& pair) {
  if (!pair.expected.aggregated_size || pair.came.server.messages.empty()) return std::nullopt;
  const wire_message& m = pair.came.server.messages.front();
  const auto body = body_of(pair.came, side::server, m);
  if (!body || body->aggregated_size == *pair.expected.aggregated_size) return std::nullopt;
  return finding{fmt::format("The server says that the requests had {} together.",
                             bytes_count(static_cast<std::uint64_t>(body->aggregated_size))),
                 m.frame,
                 fmt::format("aggregated_payload_size is {}.", *pair.expected.aggregated_size),
                 section_of(s)};
}

constexpr std::string_view echo_initial = "x-grpc-test-echo-initial";
constexpr std::string_view echo_trailing = "x-grpc-test-echo-trailing-bin";

std::optional<finding> echo_not_asked(const why_subject& s, const matched_call& pair) {
  if (!pair.expected.echoes_metadata || !pair.came.client.headers) return std::nullopt;
  for (const std::string_view key : {echo_initial, echo_trailing}) {
    if (pair.came.client.headers->find(key) != nullptr) continue;
    return finding{fmt::format("The client did not send the metadata {}.", key),
                   pair.came.client.headers->frame, "Both echo keys go with both calls.",
                   section_of(s)};
  }
  return std::nullopt;
}

std::optional<finding> echo_missing(const why_subject& s, const matched_call& pair) {
  if (!pair.expected.echoes_metadata || !pair.came.client.headers) return std::nullopt;
  const wire_half& server = pair.came.server;
  const auto missing = [&](std::string_view key, std::string_view where, std::size_t frame,
                           const std::string* value) {
    return finding{
        value == nullptr
            ? fmt::format("The {} of {} lack the metadata {}.", where, call_words(pair.came), key)
            : fmt::format("The {} of {} have {} as the metadata {}.", where, call_words(pair.came),
                          in_quotes(*value), key),
        frame, "The server sends these metadata back, the value unchanged.", section_of(s),
        "The one without -bin belongs into the response headers, the other one into "
        "the trailers."};
  };
  const auto without_padding = [](std::string text) {
    while (!text.empty() && text.back() == '=') text.pop_back();
    return text;
  };
  if (server.headers && !server.headers->end_stream) {
    const std::string* const value = server.headers->find(echo_initial);
    if (value == nullptr || *value != pair.came.client.headers->value(echo_initial)) {
      return missing(echo_initial, "response headers", server.headers->frame, value);
    }
  }
  if (server.trailers) {
    const std::string* const value = server.trailers->find(echo_trailing);
    if (value == nullptr || without_padding(*value) !=
                                without_padding(pair.came.client.headers->value(echo_trailing))) {
      return missing(echo_trailing, "trailers", server.trailers->frame, value);
    }
  }
  return std::nullopt;
}

std::optional<finding> not_cancelled(const why_subject& s, const matched_call& pair) {
  if (pair.expected.end != expected_end::cancelled) return std::nullopt;
  const wire_call& call = pair.came;
  if (call.reset_frame) {
    const wire_frame& f = s.view.frames[*call.reset_frame];
    if (f.sender == side::client && f.error_code == error::cancel) return std::nullopt;
    if (f.sender == side::client) {
      return finding{
          fmt::format("The client cancelled with RST_STREAM {}.", error_code_words(f.error_code)),
          f.index, "Cancellation is RST_STREAM CANCEL.", "gRPC doc/PROTOCOL-HTTP2.md, Errors"};
    }
  }
  const auto frame = call.reset_frame ? call.reset_frame : call.server.end_frame;
  if (!frame) return std::nullopt;  // the silence is told by another check
  return finding{
      fmt::format("The server ended {} before the client had cancelled it.", call_words(call)),
      frame, "The call stays open until the client cancels it with RST_STREAM CANCEL.",
      section_of(s)};
}

std::optional<finding> no_timeout(const why_subject& s, const matched_call& pair) {
  if (pair.expected.end != expected_end::deadline || !pair.came.client.headers) {
    return std::nullopt;
  }
  if (pair.came.client.headers->find("grpc-timeout") == nullptr) {
    return finding{"The request has no grpc-timeout.", pair.came.client.headers->frame,
                   "The client sets a deadline of 1 ms, and tells the server.", section_of(s)};
  }
  const wire_block* const block = trailers(pair.came);
  if (block == nullptr || block->value("grpc-status") == "4") return std::nullopt;
  return finding{fmt::format("{} ended with status {}.", call_words(pair.came),
                             status_words(block->value("grpc-status"))),
                 block->frame, "It ends with DEADLINE_EXCEEDED, or is reset with CANCEL.",
                 section_of(s)};
}

std::optional<finding> no_server_id(const why_subject& s, const matched_call& pair) {
  if (!pair.expected.has_server_id || pair.came.server.messages.empty()) return std::nullopt;
  const wire_message& m = pair.came.server.messages.front();
  const auto body = body_of(pair.came, side::server, m);
  if (!body || !body->server_id.empty()) return std::nullopt;
  return finding{"The response has no server_id.", m.frame,
                 "The server says who it is when fill_server_id is set.", section_of(s),
                 "The official Go server never fills it in."};
}

std::optional<finding> no_load_report(const why_subject& s, const matched_call& pair) {
  const wire_block* const block = trailers(pair.came);
  if (!pair.expected.has_load_report || block == nullptr) return std::nullopt;
  if (block->find("endpoint-load-metrics-bin") != nullptr) return std::nullopt;
  return finding{"The trailers have no endpoint-load-metrics-bin.", block->frame,
                 "The server reports the load that orca_per_query_report names.", section_of(s)};
}

std::optional<finding> never_called(const why_subject& s) {
  const expected_case* const c = find_expected_case(s.case_name);
  if (c == nullptr) return std::nullopt;
  std::map<std::string_view, std::size_t> wanted;
  for (const expected_call& e : c->calls) {
    // What is cancelled or late at once may never reach the wire.
    if (e.end == expected_end::status) ++wanted[e.method];
  }
  for (const auto& [method, count] : wanted) {
    std::size_t came = 0;
    for (const wire_call& call : s.view.calls) came += call.method() == method ? 1 : 0;
    if (came >= count) continue;
    return finding{
        fmt::format("The client made {} of {} calls of {}.", came, count, method), std::nullopt,
        fmt::format("The case calls {} {} time{}.", method, count, count == 1 ? "" : "s"),
        section_of(s), "It may have stopped after an earlier call; see its log."};
  }
  return std::nullopt;
}

constexpr auto of_cases = std::to_array<case_check>({
    in_each<echo_not_asked>,
    in_each<other_requests>,
    in_each<no_timeout>,
    in_each<echo_missing>,
    in_each<other_status>,
    in_each<other_message>,
    in_each<other_responses>,
    in_each<other_sum>,
    in_each<not_cancelled>,
    in_each<no_server_id>,
    in_each<no_load_report>,
    never_called,
});

}  // namespace

std::span<const case_check> case_checks() {
  return of_cases;
}

}  // namespace grpcwire::tools
