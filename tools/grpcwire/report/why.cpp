#include "why.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "../text_forms.hpp"
#include "checks.hpp"
#include "wire_view.hpp"

namespace grpcwire::tools {
namespace {

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return printable(text.substr(text.rfind('\n') + 1), true, 300);
}

// The earliest frame is where things began to go wrong; what has no frame comes after those.
class first_finding {
 public:
  void offer(std::optional<finding> found) {
    if (!found) return;
    if (!best_ || (found->frame && (!best_->frame || *found->frame < *best_->frame))) {
      best_ = std::move(found);
    }
  }
  std::optional<finding> take() { return std::move(best_); }

 private:
  std::optional<finding> best_;
};

std::optional<finding> look(const why_subject& s) {
  first_finding first;
  // Of two about one frame the first is kept: those about calls say more.
  for (const wire_call& call : s.view.calls) {
    for (const call_check check : call_checks()) first.offer(check(s, call));
    for (const call_check check : message_checks()) first.offer(check(s, call));
  }
  for (const wire_connection& c : s.view.connections) {
    for (const connection_check check : connection_checks()) first.offer(check(s, c));
  }
  for (const case_check check : case_checks()) first.offer(check(s));
  std::optional<finding> found = first.take();
  if (found && found->frame) return found;
  if (auto silent = silence(s)) return silent;
  return found;
}

bool encrypted(const wire_view& view) {
  for (const wire_connection& c : view.connections) {
    if (c.client.tls && c.server.tls) return true;
  }
  return false;
}

finding without_fault(const why_subject& s) {
  const std::string log = last_line(s.client_log);
  const std::string says =
      log.empty() ? "The client said nothing about it." : fmt::format("The client says: {}", log);
  if (s.view.connections.empty()) {
    return {fmt::format("The client never connected. {}", says), std::nullopt,
            "The client connects to the address it is given.",
            "gRPC doc/interop-test-descriptions.md, Client",
            "It may have refused its command line, or looked up another address."};
  }
  if (encrypted(s.view)) {
    return {fmt::format("The connection is encrypted with TLS, and nothing is wrong with what can "
                        "be seen of it. {}",
                        says),
            std::nullopt, "", "",
            "The same case in plaintext shows its frames; a capture with the key log of one side "
            "can be decrypted by Wireshark."};
  }
  return {fmt::format("All frames keep the rules that are known here. {}", says), std::nullopt, "",
          "", "Compare the messages with what the case asks for."};
}

}  // namespace

nlohmann::json why(const recording& r, std::string_view case_name, std::string_view client_log) {
  const wire_view view = view_of(r);
  const why_subject subject{r, view, case_name, client_log};
  const std::optional<finding> found = look(subject);
  // That calls are missing says little about connections nobody can read.
  const bool blind = view.connections.empty() || (encrypted(view) && view.calls.empty());
  const bool seen = found && (found->frame || !blind);
  const finding f = seen ? *found : without_fault(subject);
  nlohmann::json answer;
  answer["sentence"] = f.sentence;
  answer["frame"] = nullptr;
  answer["frame_line"] = "";
  if (f.frame) {
    answer["frame"] = *f.frame;
    answer["frame_line"] = view.frames[*f.frame].headline;
  }
  answer["rule"] = f.rule;
  answer["section"] = f.section;
  answer["hint"] = f.hint;
  return answer;
}

}  // namespace grpcwire::tools
