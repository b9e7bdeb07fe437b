#include "interop_command.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "../exit_code.hpp"
#include "../file_content.hpp"
#include "../report/html_page.hpp"
#include "expected_failures.hpp"
#include "json_fields.hpp"
#include "junit.hpp"
#include "look_for.hpp"
#include "read_implementation.hpp"
#include "run_matrix.hpp"
#include "terminal.hpp"
#include "test_case_names.hpp"

namespace grpcwire::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* marker = "README.txt";
constexpr std::string_view marker_text =
    "Results of `grpcwire interop`. The next run with this folder deletes cells/ and servers/.\n";

fs::path given_or(const std::string& given, const fs::path& otherwise) {
  return fs::absolute(given.empty() ? otherwise : fs::path(given)).lexically_normal();
}

fs::path own_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

run_settings settings_of(const interop_arguments& arguments) {
  run_settings s;
  s.bin = given_or(arguments.bin, own_folder());
  s.build = given_or(arguments.build, s.bin.parent_path());
  s.peers = given_or(arguments.peers, s.build.parent_path() / "peers");
  s.certificates = given_or(arguments.certificates, s.build / "interop" / "certificates");
  s.out = given_or(arguments.out, {});
  s.jobs = arguments.jobs > 0 ? static_cast<std::size_t>(arguments.jobs)
                              : std::max(1u, std::thread::hardware_concurrency());
  s.time_limit = std::chrono::seconds(arguments.time_limit_seconds);
  s.retries = arguments.retries;
  s.keep_all = arguments.keep == "all";
  return s;
}

// The project's own descriptions: in one of the folders above the program.
fs::path own_descriptions() {
  for (fs::path folder = own_folder(); folder.has_relative_path(); folder = folder.parent_path()) {
    std::error_code ignored;
    const fs::path found = folder / "interop" / "implementations";
    if (fs::is_directory(found, ignored)) return found;
  }
  return {};
}

std::vector<implementation> described(const interop_arguments& arguments) {
  std::vector<fs::path> folders;
  if (const fs::path own = own_descriptions(); !own.empty()) folders.push_back(own);
  for (const std::string& folder : arguments.implementations) {
    folders.push_back(fs::absolute(folder).lexically_normal());
  }
  if (folders.empty()) {
    throw description_error(
        "there is no interop/implementations above the folder of this program; give "
        "--implementations FOLDER");
  }
  return read_implementations(folders);
}

// In a folder for what the commands print.
void look_for_all(const std::vector<implementation*>& which, const run_settings& settings) {
  std::string pattern = (fs::temp_directory_path() / "grpcwire-interop-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error(fmt::format("cannot make the folder {}", pattern));
  }
  look_for(which, settings, pattern);
  std::error_code ignored;
  fs::remove_all(pattern, ignored);
}

int show_list(std::vector<implementation>& all, const run_settings& settings) {
  std::vector<implementation*> pointers;
  for (implementation& i : all) pointers.push_back(&i);
  look_for_all(pointers, settings);
  for (const implementation& i : all) {
    std::string roles;
    const auto add = [&](bool has, const char* role) {
      if (has) roles += (roles.empty() ? "" : ", ") + std::string(role);
    };
    add(i.client.has_value(), "client");
    add(i.server.has_value(), "server");
    add(i.proxy.has_value(), "proxy");
    fmt::print("{:<12} {:<16} {:<20} {}\n", i.name, i.missing ? "-" : i.version, roles,
               i.missing ? "missing: " + *i.missing : "");
  }
  fmt::print("\nTest cases:\n");
  for (const test_case_name& c : test_case_names()) {
    fmt::print("  {}{}{}\n", c.name, c.official ? "" : " (not official)",
               c.needs_tls ? " (TLS only)" : "");
  }
  return exit_fine;
}

// Takes away what an earlier run has left, and nothing else.
void prepare_out(const fs::path& out) {
  std::error_code ignored;
  const bool ours = fs::exists(out / marker, ignored);
  for (const char* name : {"cells", "servers"}) {
    if (!fs::exists(out / name, ignored)) continue;
    if (!ours) {
      throw description_error(fmt::format(
          "--out: {} has a folder \"{}\" that is not from an earlier run; choose another folder",
          out.string(), name));
    }
    fs::remove_all(out / name);
  }
  fs::create_directories(out);
  write_file(out / marker, marker_text);
}

std::string now_as_iso() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::vector<implementation*> used_in(const std::vector<cell>& cells,
                                     std::vector<implementation>& all) {
  std::vector<implementation*> used;
  for (implementation& i : all) {
    const auto takes_part = [&](const cell& c) {
      return c.client == &i || c.server == &i || c.proxy == &i;
    };
    if (std::ranges::any_of(cells, takes_part)) used.push_back(&i);
  }
  return used;
}

int conclude(const matrix_run& run, const fs::path& out) {
  const run_totals totals = add_up(run.cells);
  for (const std::string& problem : run.problems) fmt::print("FAIL   {}\n", problem);
  fmt::print("report: {}\n", (out / "report.html").string());
  if (run.interrupted) fmt::print("interrupted: the results are not complete\n");
  if (totals.run() == 0) {
    fmt::print("nothing was run; `grpcwire interop --list` says what is missing\n");
  }
  const bool good = totals.good() && totals.run() > 0 && run.problems.empty() && !run.interrupted;
  return good ? exit_fine : exit_failed;
}

// Cells of the case of --why that were run and did not just pass.
void explain(const std::vector<cell_result>& cells, const interop_arguments& arguments) {
  bool any = false;
  for (const cell_result& c : cells) {
    if (c.case_name != arguments.why || c.outcome == outcome::pass || c.outcome == outcome::skip) {
      continue;
    }
    fmt::print("{}", explanation(c, arguments.out));
    any = true;
  }
  if (!any) fmt::print("\nNo cell of {} that was run did anything but pass.\n", arguments.why);
}

int run_cells(const interop_arguments& arguments) {
  const run_settings settings = settings_of(arguments);
  expected_failures expected;
  if (!arguments.expected.empty()) {
    expected = expected_failures::read(read_json_file(arguments.expected), arguments.expected);
  }
  std::vector<implementation> all = described(arguments);
  if (arguments.list) return show_list(all, settings);
  selection chosen = arguments.chosen;
  if (!arguments.why.empty() && chosen.cases.empty()) chosen.cases = {arguments.why};
  const std::vector<cell> cells = make_matrix(all, chosen);
  const std::vector<implementation*> used = used_in(cells, all);
  look_for_all(used, settings);
  prepare_out(settings.out);

  const auto to_run = std::ranges::count_if(cells, [](const cell& c) { return !why_skipped(c); });
  progress shown(stdout, ::isatty(STDOUT_FILENO) == 1, static_cast<std::size_t>(to_run),
                 arguments.out);
  const matrix_run run =
      run_matrix(cells, settings, expected, [&](const cell_result& c) { shown.finished(c); });
  shown.end();
  const nlohmann::json results = as_json(run.cells, used, now_as_iso(), GRPCWIRE_VERSION);
  write_file(settings.out / "results.json", dump(results));
  write_file(settings.out / "report.html", html_page(results));
  if (!arguments.junit.empty()) write_file(arguments.junit, junit(run.cells));
  fmt::print("{}", summary(run.cells));
  if (!arguments.why.empty()) explain(run.cells, arguments);
  return conclude(run, settings.out);
}

}  // namespace

int run_interop(const interop_arguments& arguments) {
  try {
    return run_cells(arguments);
  } catch (const description_error& error) {
    fmt::print(stderr, "grpcwire: {}\n", error.what());
  } catch (const selection_error& error) {
    fmt::print(stderr, "grpcwire: {}\n", error.what());
  }
  return exit_usage;
}

}  // namespace grpcwire::tools
