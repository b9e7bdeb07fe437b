#include "results.hpp"

namespace grpcwire::tools {
namespace {

constexpr outcome all_outcomes[] = {outcome::pass,
                                    outcome::fail,
                                    outcome::flaky,
                                    outcome::skip,
                                    outcome::expected_failure,
                                    outcome::unexpected_pass};

}  // namespace

std::string_view name(outcome o) {
  switch (o) {
    case outcome::pass:
      return "pass";
    case outcome::fail:
      return "fail";
    case outcome::flaky:
      return "flaky";
    case outcome::skip:
      return "skip";
    case outcome::expected_failure:
      return "expected_failure";
    case outcome::unexpected_pass:
      return "unexpected_pass";
  }
  return "?";
}

outcome judge(bool passed, int attempts, bool expected_to_fail) {
  if (!passed) return expected_to_fail ? outcome::expected_failure : outcome::fail;
  if (expected_to_fail) return outcome::unexpected_pass;
  return attempts > 1 ? outcome::flaky : outcome::pass;
}

cell_result unrun(const cell& c) {
  cell_result result;
  result.client = c.client->name;
  result.server = c.server->name;
  result.through = c.through();
  result.case_name = c.case_name;
  result.security = c.security;
  return result;
}

int run_totals::run() const {
  int sum = 0;
  for (const outcome o : all_outcomes) {
    if (o != outcome::skip) sum += (*this)[o];
  }
  return sum;
}

bool run_totals::good() const {
  return (*this)[outcome::fail] == 0 && (*this)[outcome::unexpected_pass] == 0;
}

run_totals add_up(const std::vector<cell_result>& cells) {
  run_totals totals;
  for (const cell_result& c : cells) ++totals.count[static_cast<int>(c.outcome)];
  return totals;
}

nlohmann::json as_json(const cell_result& c) {
  return {
      {"client", c.client},
      {"server", c.server},
      {"through", c.through.empty() ? nlohmann::json() : nlohmann::json(c.through)},
      {"case", c.case_name},
      {"security", name(c.security)},
      {"outcome", name(c.outcome)},
      {"reason", c.reason},
      {"seconds", c.seconds},
      {"attempts", c.attempts},
      {"client_log", c.client_log},
      {"server_log", c.server_log},
      {"commands", c.commands},
      {"folder", c.folder},
      {"frames", c.frames},
      {"why", c.why},
  };
}

nlohmann::json as_json(const std::vector<cell_result>& cells,
                       const std::vector<implementation*>& used, std::string_view made,
                       std::string_view version) {
  nlohmann::json all{{"made", made}, {"grpcwire", version}};
  all["implementations"] = nlohmann::json::array();
  for (const implementation* i : used) {
    all["implementations"].push_back(
        {{"name", i->name},
         {"version", i->version},
         {"notes", i->notes},
         {"missing", i->missing ? nlohmann::json(*i->missing) : nlohmann::json()}});
  }
  all["cells"] = nlohmann::json::array();
  for (const cell_result& c : cells) all["cells"].push_back(as_json(c));
  const run_totals totals = add_up(cells);
  for (const outcome o : all_outcomes) all["totals"][std::string(name(o))] = totals[o];
  return all;
}

std::string dump(const nlohmann::json& value) {
  return value.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace grpcwire::tools
