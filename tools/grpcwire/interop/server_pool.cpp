#include "server_pool.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "waiting.hpp"

namespace grpcwire::tools {
namespace {

constexpr int starts_max = 2;
constexpr std::chrono::seconds stop_limit{5};
constexpr int killed = 128 + SIGKILL;

// Cells with the same name share a server. Cases that need other arguments have one of their own.
std::string pool_name(const cell& c) {
  std::string name = c.server->name;
  if (c.proxy != nullptr) name += "-through-" + c.proxy->name;
  name += "-" + std::string(tools::name(c.security));
  const bool special =
      !c.server->server->arguments_for(c.case_name, c.security).empty() ||
      (c.proxy != nullptr && !c.proxy->proxy->arguments_for(c.case_name, c.security).empty());
  return special ? name + "-" + c.case_name : name;
}

// What is wrong with how it ended after SIGTERM; nothing when nothing is.
std::optional<std::string> bad_end(server_process& s) {
  const auto ended = s.child.poll();
  const int code = ended ? ended->code : killed;
  if (code == 0 || (ended && ended->signal == SIGTERM)) return std::nullopt;
  if (code == 128 + SIGTERM) return std::nullopt;
  const auto& ignored = s.what->ignored_exit_codes;
  if (std::ranges::find(ignored, code) != ignored.end()) return std::nullopt;
  if (!ended) {
    return fmt::format("the {} did not end within {} s after SIGTERM ({})", s.name,
                       stop_limit.count(), s.log.string());
  }
  return fmt::format("the {} ended with {} after SIGTERM ({})", s.name, ended->words(),
                     s.log.string());
}

}  // namespace

std::vector<std::string> served::commands() const {
  std::vector<std::string> all{server->command};
  if (proxy) all.push_back(proxy->command);
  return all;
}

std::optional<std::string> served::death() {
  if (auto words = server->death()) return words;
  return proxy ? proxy->death() : std::nullopt;
}

program_start server_pool::describe(const cell& c, const implementation& from, const program& what,
                                    const std::filesystem::path& folder) const {
  const std::string& ca = c.server->server->tls.ca;
  const cell_values values{c.case_name, ca.empty()
                                            ? (settings_->certificates / "ca.pem").string()
                                            : expand(ca, settings_->folders(c.server->file))};
  program_start how;
  how.from = &from;
  how.what = &what;
  how.case_name = c.case_name;
  how.security = c.security;
  how.folder = folder;
  how.log_name = "log.txt";
  how.values = values_of(settings_->folders(from.file), values, folder);
  return how;
}

asio::awaitable<server_pool::answer> server_pool::start(const cell& c,
                                                        const std::filesystem::path& folder) {
  const auto result = std::make_shared<served>();
  std::filesystem::create_directories(folder);
  program_start how = describe(c, *c.server, *c.server->server, folder);
  result->key_log = how.values["key_log"];
  result->ca = how.values["ca"];
  const std::string name = c.server->name + " server";
  started_server server = co_await start_server(how, name);
  if (!server) co_return answer(std::move(server.error()));
  result->server = std::move(*server);
  if (c.proxy == nullptr) co_return answer(result);

  const std::filesystem::path proxy_folder = folder / "proxy";
  std::filesystem::create_directories(proxy_folder);
  program_start before = describe(c, *c.proxy, *c.proxy->proxy, proxy_folder);
  before.values["server_port"] = std::to_string(result->server->port);
  const std::string proxy_name = c.proxy->name + " proxy";
  started_server proxy = co_await start_server(before, proxy_name);
  if (!proxy) co_return answer(std::move(proxy.error()));
  result->proxy = std::move(*proxy);
  result->ca = (settings_->certificates / "ca.pem").string();
  co_return answer(result);
}

asio::awaitable<server_pool::answer> server_pool::acquire(const cell& c) {
  const std::string name = pool_name(c);
  entry& e = entries_[name];
  while (e.starting) {
    co_await pause(look_interval);
  }
  if (e.current) {
    const auto death = e.current->death();
    if (!death) co_return answer(e.current);
    if (!e.current->death_was_told) {
      problems_.push_back(
          fmt::format("{} between two cells ({})", *death, e.current->server->log.string()));
    }
    e.current.reset();
  }
  if (e.failed_starts >= starts_max) co_return answer(e.problem);
  e.starting = true;
  const std::filesystem::path folder = settings_->out / "servers" / name;
  answer started = co_await start(c, folder);
  e.starting = false;
  if (started) {
    e.current = *started;
  } else {
    ++e.failed_starts;
    e.problem = started.error();
  }
  co_return std::move(started);
}

asio::awaitable<std::vector<std::string>> server_pool::stop_all() {
  std::vector<server_process*> all;
  for (auto& [ignored, e] : entries_) {
    if (!e.current) continue;
    if (const auto death = e.current->death(); death && !e.current->death_was_told) {
      problems_.push_back(*death + " before it was told to");
    }
    // First the proxies, so that none of them reports that its server is gone.
    if (e.current->proxy) all.push_back(e.current->proxy.get());
    all.push_back(e.current->server.get());
  }
  std::erase_if(all, [](server_process* s) { return s->child.poll().has_value(); });
  for (server_process* s : all) s->child.signal(SIGTERM);
  const auto until = std::chrono::steady_clock::now() + stop_limit;
  const auto runs = [](server_process* s) { return !s->child.poll(); };
  while (std::ranges::any_of(all, runs) && std::chrono::steady_clock::now() < until) {
    co_await pause(look_interval);
  }
  for (server_process* s : all) {
    if (auto problem = bad_end(*s)) problems_.push_back(std::move(*problem));
  }
  entries_.clear();  // kills what is left
  co_return std::exchange(problems_, {});
}

}  // namespace grpcwire::tools
