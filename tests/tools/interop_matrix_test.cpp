// Which cells are run, which are skipped, and which are known to fail.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tools/grpcwire/interop/expected_failures.hpp"
#include "tools/grpcwire/interop/glob.hpp"
#include "tools/grpcwire/interop/json_fields.hpp"
#include "tools/grpcwire/interop/matrix.hpp"
#include "tools/grpcwire/interop/results.hpp"

namespace grpcwire::tools {
namespace {

// Two with both sides, a server, and two proxies.
std::vector<implementation> some_implementations() {
  std::vector<implementation> all(5);
  const char* names[] = {"cpp", "go", "lonely", "way", "weg"};
  for (std::size_t i = 0; i < all.size(); ++i) all[i].name = names[i];
  for (std::size_t i = 0; i < 2; ++i) all[i].client.emplace();
  for (std::size_t i = 0; i < 3; ++i) all[i].server.emplace();
  for (std::size_t i = 3; i < 5; ++i) all[i].proxy.emplace();
  return all;
}

std::string selection_mistake(const selection& chosen) {
  try {
    make_matrix(some_implementations(), chosen);
    return "none";
  } catch (const selection_error& error) {
    return error.what();
  }
}

TEST(interop_glob, stars_and_question_marks_fit_like_in_a_shell) {
  for (const auto* pattern : {"*", "a*", "*c", "a?c", "abc", "*b*", "a**c", "???"}) {
    EXPECT_TRUE(glob_matches(pattern, "abc")) << pattern;
  }
  for (const auto* pattern : {"", "a", "b*", "*b", "abcd", "????", "a?", "abc?"}) {
    EXPECT_FALSE(glob_matches(pattern, "abc")) << pattern;
  }
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*ab*ab", "abxabyab"));
}

TEST(interop_matrix, has_every_client_server_case_and_security) {
  const auto all = some_implementations();
  EXPECT_EQ(make_matrix(all, {}).size(), 2u * 3u * 23u * 2u);
  selection two_cases;
  two_cases.cases = {"*_soak"};
  EXPECT_EQ(make_matrix(all, two_cases).size(), 2u * 3u * 2u * 2u);
  selection more_than_official;
  more_than_official.cases = {"official", "half_duplex"};
  EXPECT_EQ(make_matrix(all, more_than_official).size(), 2u * 3u * 24u * 2u);
  selection one;
  one.clients = {"c?p"};
  one.servers = {"lon*"};
  one.cases = {"ping_pong"};
  one.security = {"tls"};
  one.through = {"we*", "none"};
  const auto cells = make_matrix(all, one);
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[0].through(), "");
  EXPECT_EQ(cells[1].through(), "weg");
  EXPECT_EQ(cells[0].client->name + cells[0].server->name, "cpplonely");
}

TEST(interop_matrix, says_what_there_is_when_a_choice_fits_nothing) {
  EXPECT_EQ(selection_mistake({.clients = {"lonely"}}),
            "--clients: \"lonely\" fits nothing; there are cpp, go");
  EXPECT_EQ(selection_mistake({.servers = {"cpp", "x*"}}),
            "--servers: \"x*\" fits nothing; there are cpp, go, lonely");
  EXPECT_EQ(selection_mistake({.security = {"ssl"}}),
            "--security: \"ssl\" fits nothing; there are plaintext, tls");
  EXPECT_EQ(selection_mistake({.through = {"go"}}),
            "--through: \"go\" fits nothing; there are way, weg");
  EXPECT_EQ(selection_mistake({.cases = {"fly"}}).substr(0, 46),
            "--cases: \"fly\" fits nothing; there are empty_u");
}

TEST(interop_matrix, skips_what_is_missing_or_not_supported) {
  auto all = some_implementations();
  all[0].server->unsupported.push_back({{"orca_*", "tls"}, "reports nothing"});
  all[4].proxy->unsupported.push_back({{"ping_pong", "*"}, "too fast"});
  cell c{&all[1], &all[0], nullptr, "orca_oob", security::tls};
  EXPECT_EQ(why_skipped(c), "cpp server: reports nothing");
  c.security = security::plaintext;
  EXPECT_EQ(why_skipped(c), std::nullopt);
  c.case_name = "ping_pong";
  c.proxy = &all[4];
  EXPECT_EQ(why_skipped(c), "weg proxy: too fast");
  c.case_name = "call_credentials";
  EXPECT_EQ(why_skipped(c), "call_credentials needs TLS");
  all[1].missing = "no Go";
  EXPECT_EQ(why_skipped({&all[1], &all[2], nullptr, "ping_pong", security::tls}),
            "go is not here: no Go");
}

TEST(interop_expected_failures, fit_by_globs_and_the_first_one_counts) {
  const auto all = some_implementations();
  const auto expected = expected_failures::read(nlohmann::json::parse(R"([
        {"server": "g*", "case": "*_compressed_*", "security": "tls", "reason": "no gzip"},
        {"client": "cpp", "through": "we?", "reason": "bad way"}])"),
                                                "expected.json");
  const auto reason = [&](const cell& c) {
    const expected_failure* found = expected.find(c);
    return found == nullptr ? std::string("none") : found->reason;
  };
  EXPECT_EQ(reason({&all[0], &all[1], nullptr, "client_compressed_unary", security::tls}),
            "no gzip");
  EXPECT_EQ(reason({&all[0], &all[1], nullptr, "client_compressed_unary", security::plaintext}),
            "none");
  EXPECT_EQ(reason({&all[0], &all[0], nullptr, "client_compressed_unary", security::tls}), "none");
  EXPECT_EQ(reason({&all[0], &all[2], &all[4], "ping_pong", security::plaintext}), "bad way");
  EXPECT_EQ(reason({&all[1], &all[2], &all[4], "ping_pong", security::plaintext}), "none");
}

TEST(interop_expected_failures, are_refused_with_file_and_field) {
  const auto mistake = [](const char* text) -> std::string {
    try {
      (void)expected_failures::read(nlohmann::json::parse(text), "e.json");
      return "none";
    } catch (const description_error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(mistake("{}"), "e.json: must be a list of objects, [{…}, …]");
  EXPECT_EQ(mistake(R"([{"case": "*"}])"), "e.json: [0].reason: is missing");
  EXPECT_EQ(mistake(R"([{"reason": "r"}, {"case": "fly", "reason": "r"}])").substr(0, 37),
            "e.json: [1].case: \"fly\" fits no test ");
}

TEST(interop_outcomes, follow_from_passing_attempts_and_expectation) {
  EXPECT_EQ(judge(true, 1, false), outcome::pass);
  EXPECT_EQ(judge(true, 2, false), outcome::flaky);
  EXPECT_EQ(judge(false, 3, false), outcome::fail);
  EXPECT_EQ(judge(false, 1, true), outcome::expected_failure);
  EXPECT_EQ(judge(true, 1, true), outcome::unexpected_pass);
  EXPECT_TRUE(is_bad(outcome::fail) && is_bad(outcome::unexpected_pass));
  for (const outcome o :
       {outcome::pass, outcome::flaky, outcome::skip, outcome::expected_failure}) {
    EXPECT_FALSE(is_bad(o)) << name(o);
  }
}

}  // namespace
}  // namespace grpcwire::tools
