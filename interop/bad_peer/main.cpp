// bad_peer: a client and a server that break the rules of gRPC and HTTP/2 on purpose, and say
// whether the other side takes it as it should.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <sys/signalfd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client_run.hpp"
#include "selection.hpp"
#include "server_host.hpp"

namespace grpcwire::bad_peer {
namespace {

struct wishes {
  std::string which = "all";
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  bool json = false;
};

template <class Theme, class Case>
nlohmann::json described(std::string_view side, std::span<const Theme> themes, const Case* which) {
  return {{"side", side},
          {"name", which->name},
          {"theme", theme_of(themes, which)},
          {"does", which->what},
          {"expected", which->expectation},
          {"source", which->source}};
}

/// Bytes of the other side may be anything.
std::string dumped(const nlohmann::json& value) {
  return value.dump(1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// One line for people, or an object for programs; both sides' verdicts have the same members.
template <class Verdict>
void add_verdict(nlohmann::json& row, const Verdict& verdict) {
  row["good"] = verdict.good;
  row["seen"] = text(verdict.seen);
  row["says"] = verdict.seen.says;
  row["remark"] = verdict.remark;
}

void print_line(const nlohmann::json& row) {
  const std::string remark = row["remark"].get<std::string>();
  fmt::print("{} {}: {}", row["good"].get<bool>() ? "good" : "BAD ", row["name"].get<std::string>(),
             row["seen"].get<std::string>());
  if (!row["good"].get<bool>()) {
    fmt::print("; expected {} ({})", row["expected"].get<std::string>(),
               row["source"].get<std::string>());
    if (!remark.empty()) fmt::print("; {}", remark);
    if (const auto says = row["says"].get<std::string>(); !says.empty())
      fmt::print("; \"{}\"", says);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

/// 0 when all are good.
int report(const std::vector<nlohmann::json>& rows, bool json) {
  std::size_t good = 0;
  for (const auto& row : rows) good += row["good"].get<bool>() ? 1U : 0U;
  if (json) {
    fmt::print("{}\n", dumped(rows));
  } else {
    fmt::print("{} of {} cases as expected\n", good, rows.size());
  }
  return good == rows.size() ? 0 : 1;
}

template <class Cases, class Theme>
bool found(const Cases& cases, const wishes& w, std::span<const Theme> themes) {
  if (!cases.empty()) return true;
  fmt::print(stderr, "bad_peer: no case is called '{}'; see `bad_peer list`, or take one of {}\n",
             w.which, theme_names(themes));
  return false;
}

int run_client(const wishes& w) {
  const auto cases = select(client_themes(), w.which);
  if (!found(cases, w, client_themes())) return 2;
  std::vector<nlohmann::json> rows;
  for (const client_case* which : cases) {
    nlohmann::json row = described("client", client_themes(), which);
    add_verdict(row, run_case(*which, w.host, w.port));
    if (!w.json) print_line(row);
    rows.push_back(std::move(row));
  }
  return report(rows, w.json);
}

/// SIGINT and SIGTERM as something to wait for. They must not reach any thread before.
file_descriptor stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return file_descriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
}

int run_server(const wishes& w) {
  const auto cases = select(server_themes(), w.which);
  if (!found(cases, w, server_themes())) return 2;
  const file_descriptor stop = stop_signals();
  server_host host(cases, w.port);
  fmt::print("listening on 127.0.0.1:{}\n", host.port());
  std::fflush(stdout);
  host.run(stop);
  std::vector<nlohmann::json> rows;
  for (const auto& [which, verdict] : host.results()) {
    if (!verdict.tried) continue;
    nlohmann::json row = described("server", server_themes(), which);
    add_verdict(row, verdict);
    if (!w.json) print_line(row);
    rows.push_back(std::move(row));
  }
  return report(rows, w.json);
}

template <class Theme>
void list_side(std::string_view side, std::span<const Theme> themes, bool json,
               std::vector<nlohmann::json>& rows) {
  for (const Theme& theme : themes) {
    for (const auto& c : theme.cases) {
      rows.push_back(described(side, themes, &c));
      if (!json) {
        fmt::print("{} {:<8} {}\n    {}\n    expected: {}\n    source: {}\n", side, theme.name,
                   c.name, c.what, c.expectation, c.source);
      }
    }
  }
}

int run_list(const wishes& w) {
  std::vector<nlohmann::json> rows;
  list_side("client", client_themes(), w.json, rows);
  list_side("server", server_themes(), w.json, rows);
  if (w.json) fmt::print("{}\n", dumped(rows));
  return 0;
}

int run(int argc, char** argv) {
  wishes w;
  CLI::App app("Breaks the rules of gRPC and HTTP/2, and says how the other side takes it.",
               "bad_peer");
  app.require_subcommand(1);
  app.footer(
      "Exit code 0: every case that was tried came out as expected. 1: not all. 2: bad flags.");
  CLI::App* client = app.add_subcommand("client", "Calls a server with grpc.testing.TestService");
  client->add_option("--server_host", w.host)->capture_default_str();
  client->add_option("--server_port", w.port)->required();
  CLI::App* server = app.add_subcommand(
      "server",
      "Serves clients that make a call to UnaryCall, and then one to EmptyCall with "
      "metadata bad-peer-outcome: the status code of the first. SIGTERM ends it, and "
      "makes it say how the clients did");
  server
      ->add_option("--port", w.port,
                   "0 takes a free one. With several cases each has a port of "
                   "its own, and calls here tell which: bad-peer-cases")
      ->capture_default_str();
  CLI::App* list = app.add_subcommand("list", "What cases there are");
  for (CLI::App* with_cases : {client, server}) {
    with_cases->add_option("--case,--test_case", w.which, "A case, a theme or all")
        ->capture_default_str();
  }
  for (CLI::App* any : {client, server, list}) any->add_flag("--json", w.json, "For programs");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (client->parsed()) return run_client(w);
  return server->parsed() ? run_server(w) : run_list(w);
}

}  // namespace
}  // namespace grpcwire::bad_peer

int main(int argc, char** argv) {
  try {
    return grpcwire::bad_peer::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bad_peer: {}\n", error.what());
    return 1;
  }
}
