#include "cell_run.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "../file_content.hpp"
#include "cell_recording.hpp"
#include "child_process.hpp"
#include "log_text.hpp"
#include "start_of_program.hpp"
#include "test_case_names.hpp"
#include "waiting.hpp"

namespace grpcwire::tools {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t log_tail = 4096;
constexpr std::size_t key_log_max = 1 << 20;
constexpr std::uintmax_t client_log_max = 64 << 20;
constexpr std::chrono::seconds patience_after_death{3};
// After a failure: until the tap has seen the last bytes, and a server that is dying is dead.
constexpr std::chrono::milliseconds aftermath{250};

// Where the logs of a shared server stood when the cell began.
struct log_mark {
  std::filesystem::path log;
  std::uintmax_t begin = 0;
};

struct attempt {
  const cell* what = nullptr;
  std::filesystem::path folder;
  std::shared_ptr<served> server;
  std::vector<log_mark> marks;
  std::optional<cell_recording> recording;
  std::optional<exit_status> ended;
  std::optional<std::string> server_death;
  bool log_too_long = false;
  cell_result result;
};

std::string label(const cell& c) {
  return fmt::format("{}'s {}", c.client->name, c.case_name);
}

std::string folder_name(const cell& c, int number) {
  std::string way = c.client->name + "-calls-" + c.server->name;
  if (c.proxy != nullptr) way += "-through-" + c.proxy->name;
  const std::string path = fmt::format("cells/{}-{}/{}", way, name(c.security), c.case_name);
  return number == 1 ? path : fmt::format("{}/attempt-{}", path, number);
}

program_start client_start(const attempt& a, const run_settings& settings, std::uint16_t port) {
  const implementation& client = *a.what->client;
  program_start how;
  how.from = &client;
  how.what = &*client.client;
  how.case_name = a.what->case_name;
  how.security = a.what->security;
  how.folder = a.folder;
  how.log_name = "client.log";
  how.values =
      values_of(settings.folders(client.file), {a.what->case_name, a.server->ca}, a.folder);
  how.values["port"] = std::to_string(port);
  return how;
}

void mark_logs(attempt& a) {
  for (const server_process* s : {a.server->server.get(), a.server->proxy.get()}) {
    if (s != nullptr) a.marks.push_back({s->log, size_of(s->log)});
  }
}

asio::awaitable<void> wait_for_client(attempt& a, child_process& client,
                                      std::chrono::milliseconds limit) {
  auto until = clock::now() + limit;
  while (!a.ended && clock::now() < until) {
    co_await pause(look_interval);
    a.ended = client.poll();
    if (!a.server_death) {
      a.server_death = a.server->death();
      // The client may notice, and say something about it.
      if (a.server_death) until = std::min(until, clock::now() + patience_after_death);
    }
    if (size_of(a.folder / "client.log") > client_log_max) {
      a.log_too_long = true;
      break;
    }
  }
}

std::string client_words(const attempt& a, std::chrono::milliseconds limit) {
  const std::string line = telling_line(a.result.client_log, a.what->client->client->failure_line);
  const std::string said = line.empty() ? "it printed nothing" : line;
  if (a.log_too_long) {
    return fmt::format("the client printed more than {} MiB", client_log_max >> 20);
  }
  if (!a.ended && a.server_death) return "the client was still waiting: " + said;
  if (!a.ended) {
    return fmt::format("the client was not done after {} s: {}",
                       std::chrono::duration<double>(limit).count(), said);
  }
  return fmt::format("{}: {}", a.ended->words(), said);
}

// Why the attempt is no pass; empty when it is one.
std::string judge_attempt(const attempt& a, std::chrono::milliseconds limit) {
  const bool client_passed = a.ended && a.ended->good();
  if (a.server_death) {
    std::string others;
    for (const std::string& user : a.server->users) {
      if (user != label(*a.what)) others += (others.empty() ? "" : ", ") + user;
    }
    return fmt::format("{} meanwhile{}; {}", *a.server_death,
                       others.empty() ? "" : fmt::format(" (it also served {})", others),
                       client_passed ? "the client passed" : "client: " + client_words(a, limit));
  }
  if (!client_passed) return client_words(a, limit);
  const test_case_name* const known = find_test_case_name(a.what->case_name);
  const bool has_to_connect = known == nullptr || !known->may_be_over_early;
  if (has_to_connect && a.recording && !a.recording->saw_a_connection()) {
    return "the client ended with exit code 0, but it never connected";
  }
  return {};
}

void collect_server_log(attempt& a) {
  std::string all;
  for (const log_mark& mark : a.marks) all += read_tail(mark.log, mark.begin, client_log_max);
  if (!all.empty()) write_file(a.folder / "server.log", all);
  a.result.server_log = all.size() > log_tail ? all.substr(all.size() - log_tail) : all;
}

void keep_recording(attempt& a, bool passed, bool keep_all) {
  if (!a.recording || (passed && !keep_all)) return;
  std::string keys = read_tail(a.folder / "keys.txt", 0, key_log_max);
  keys += read_tail(a.server->key_log, 0, key_log_max);
  if (!keys.empty()) a.recording->decrypt(std::move(keys));
  if (const auto problem = a.recording->save(a.folder)) a.result.reason += "; " + *problem;
  if (passed) return;
  a.result.frames = a.recording->frames();
  a.result.why = a.recording->why(a.what->case_name, a.result.client_log);
}

void write_commands(const attempt& a) {
  std::string text =
      "# One in each terminal, the last one is the client. The ports are those of the run.\n";
  for (const std::string& command : a.result.commands) text += command + "\n";
  write_file(a.folder / "commands.sh", text);
}

// Starts everything; an answer says why there is no client.
asio::awaitable<std::string> run_client(const cell_surroundings& around, attempt& a) {
  std::uint16_t port = a.server->port();
  if (a.what->client->tap && a.what->server->tap) {
    a.recording.emplace(around.io, port);
    if (auto problem = a.recording->start()) co_return *problem;
    port = a.recording->port();
  }
  a.result.commands = a.server->commands();
  a.result.commands.push_back(command_line(client_start(a, around.settings, a.server->port())));
  const program_start how = client_start(a, around.settings, port);
  write_files(how);
  auto client = child_process::start(make_launch(how));
  if (!client) co_return client.error();
  co_await wait_for_client(a, *client, around.settings.time_limit);
  co_return std::string();
}

asio::awaitable<void> try_once(const cell_surroundings& around, attempt& a) {
  const clock::time_point began = clock::now();
  std::filesystem::create_directories(a.folder);
  server_pool::answer got = co_await around.servers.acquire(*a.what);
  if (!got) {
    a.result.reason = got.error();
    co_return;
  }
  a.server = std::move(*got);
  mark_logs(a);
  a.server->users.push_back(label(*a.what));
  const std::string problem = co_await run_client(around, a);
  a.result.seconds = std::chrono::duration<double>(clock::now() - began).count();
  a.result.client_log = read_tail(a.folder / "client.log", 0, log_tail);
  const bool failed = !a.ended || !a.ended->good();
  if (failed) co_await pause(aftermath);
  if (!a.server_death) a.server_death = a.server->death();
  if (a.recording) a.recording->stop();
  a.result.reason = problem.empty() ? judge_attempt(a, around.settings.time_limit) : problem;
  if (a.server_death) a.server->death_was_told = true;
  std::erase(a.server->users, label(*a.what));
  collect_server_log(a);
  keep_recording(a, a.result.reason.empty(), around.settings.keep_all);
  write_commands(a);
}

}  // namespace

asio::awaitable<cell_result> run_cell(const cell_surroundings& around, const cell& c) {
  const expected_failure* const expected = around.expected.find(c);
  const int attempts_max = 1 + (expected != nullptr ? 0 : around.settings.retries);
  std::string first_reason;
  for (int number = 1;; ++number) {
    attempt a;
    a.what = &c;
    a.result = unrun(c);
    a.result.folder = folder_name(c, number);
    a.folder = around.settings.out / a.result.folder;
    std::string trouble;
    try {
      co_await try_once(around, a);
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    if (!trouble.empty()) a.result.reason = trouble;
    const bool passed = a.result.reason.empty();
    if (number == 1) first_reason = a.result.reason;
    if (!passed && number < attempts_max) continue;

    a.result.attempts = number;
    a.result.outcome = judge(passed, number, expected != nullptr);
    if (a.result.outcome == outcome::flaky) {
      a.result.reason =
          fmt::format("passed at attempt {}; the first one: {}", number, first_reason);
    } else if (a.result.outcome == outcome::unexpected_pass) {
      a.result.reason = "passed, but was expected to fail: " + expected->reason;
    } else if (a.result.outcome == outcome::expected_failure) {
      a.result.reason = expected->reason + " (" + a.result.reason + ")";
    }
    write_file(around.settings.out / folder_name(c, 1) / "outcome.json", dump(as_json(a.result)));
    co_return std::move(a.result);
  }
}

}  // namespace grpcwire::tools
