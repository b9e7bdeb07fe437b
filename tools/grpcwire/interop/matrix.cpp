#include "matrix.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "glob.hpp"
#include "test_case_names.hpp"

namespace grpcwire::tools {
namespace {

bool any_fits(const std::vector<std::string>& globs, std::string_view name) {
  return std::ranges::any_of(globs, [&](const auto& glob) { return glob_matches(glob, name); });
}

// The known names that are chosen. `flag` is what the user typed.
std::vector<std::string> choose(std::string_view flag, const std::vector<std::string>& globs,
                                const std::vector<std::string>& known) {
  for (const std::string& glob : globs) {
    if (std::ranges::any_of(known, [&](const auto& n) { return glob_matches(glob, n); })) continue;
    throw selection_error(
        fmt::format("{}: \"{}\" fits nothing; there are {}", flag, glob, fmt::join(known, ", ")));
  }
  std::vector<std::string> chosen;
  for (const std::string& name : known) {
    if (globs.empty() || any_fits(globs, name)) chosen.push_back(name);
  }
  return chosen;
}

using has_role = bool (*)(const implementation&);

std::vector<const implementation*> choose(std::string_view flag,
                                          const std::vector<std::string>& globs,
                                          const std::vector<implementation>& all, has_role has) {
  std::vector<std::string> names;
  for (const implementation& i : all) {
    if (has(i)) names.push_back(i.name);
  }
  const std::vector<std::string> chosen = choose(flag, globs, names);
  std::vector<const implementation*> found;
  for (const implementation& i : all) {
    if (has(i) && std::ranges::find(chosen, i.name) != chosen.end()) found.push_back(&i);
  }
  return found;
}

std::vector<const implementation*> choose_proxies(const std::vector<std::string>& globs,
                                                  const std::vector<implementation>& all) {
  std::vector<const implementation*> found;
  std::vector<std::string> proxies;
  for (const std::string& glob : globs) {
    if (glob != "none") proxies.push_back(glob);
  }
  if (proxies.size() < globs.size() || globs.empty()) found.push_back(nullptr);
  if (!proxies.empty()) {
    for (const implementation* p : choose("--through", proxies, all, [](const implementation& i) {
           return i.proxy.has_value();
         })) {
      found.push_back(p);
    }
  }
  return found;
}

std::vector<std::string> choose_cases(const std::vector<std::string>& globs) {
  std::vector<std::string> official;
  std::vector<std::string> known;
  for (const test_case_name& c : test_case_names()) {
    known.emplace_back(c.name);
    if (c.official) official.emplace_back(c.name);
  }
  std::vector<std::string> wanted;
  for (const std::string& glob : globs) {
    if (glob == "official") {
      wanted.insert(wanted.end(), official.begin(), official.end());
    } else {
      wanted.push_back(glob);
    }
  }
  return globs.empty() ? official : choose("--cases", wanted, known);
}

std::optional<std::string> missing_or_unsupported(const implementation& i, std::string_view role,
                                                  const program& p, const cell& c) {
  if (i.missing) return fmt::format("{} is not here: {}", i.name, *i.missing);
  if (const auto reason = p.why_unsupported(c.case_name, c.security)) {
    return fmt::format("{} {}: {}", i.name, role, *reason);
  }
  return std::nullopt;
}

}  // namespace

std::vector<cell> make_matrix(const std::vector<implementation>& all, const selection& chosen) {
  const auto clients = choose("--clients", chosen.clients, all,
                              [](const implementation& i) { return i.client.has_value(); });
  const auto servers = choose("--servers", chosen.servers, all,
                              [](const implementation& i) { return i.server.has_value(); });
  const auto proxies = choose_proxies(chosen.through, all);
  const auto securities = choose("--security", chosen.security, {"plaintext", "tls"});
  std::vector<cell> cells;
  for (const std::string& case_name : choose_cases(chosen.cases)) {
    for (const std::string& how : securities) {
      for (const implementation* proxy : proxies) {
        for (const implementation* client : clients) {
          for (const implementation* server : servers) {
            cells.push_back({client, server, proxy, case_name,
                             how == "tls" ? security::tls : security::plaintext});
          }
        }
      }
    }
  }
  return cells;
}

std::optional<std::string> why_skipped(const cell& c) {
  const test_case_name* const known = find_test_case_name(c.case_name);
  if (known != nullptr && known->needs_tls && c.security != security::tls) {
    return fmt::format("{} needs TLS", c.case_name);
  }
  if (auto why = missing_or_unsupported(*c.client, "client", *c.client->client, c)) return why;
  if (auto why = missing_or_unsupported(*c.server, "server", *c.server->server, c)) return why;
  if (c.proxy == nullptr) return std::nullopt;
  return missing_or_unsupported(*c.proxy, "proxy", *c.proxy->proxy, c);
}

}  // namespace grpcwire::tools
