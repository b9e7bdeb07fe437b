// What a run leaves behind: JUnit XML, JSON, the words on the terminal, commands for a shell.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tools/grpcwire/interop/junit.hpp"
#include "tools/grpcwire/interop/log_text.hpp"
#include "tools/grpcwire/interop/results.hpp"
#include "tools/grpcwire/interop/terminal.hpp"

namespace grpcwire::tools {
namespace {

cell_result result_of(outcome o, const std::string& case_name, const std::string& reason = "") {
  cell_result c;
  c.client = "cpp";
  c.server = "go";
  c.case_name = case_name;
  c.outcome = o;
  c.reason = reason;
  c.seconds = 0.25;
  return c;
}

TEST(interop_junit, escapes_what_programs_print) {
  EXPECT_EQ(xml_escaped("a<b>&\"c\"\n\t"), "a&lt;b&gt;&amp;&quot;c&quot;\n\t");
  EXPECT_EQ(xml_escaped("\x1b[31mred\x01"), "?[31mred?");
  EXPECT_EQ(xml_escaped("\xff\xc3\xa9\xc3"), "?\xc3\xa9?");
  EXPECT_EQ(xml_escaped("\xed\xa0\x80"), "???") << "a surrogate";
  EXPECT_EQ(xml_escaped("\xc0\x80\xef\xbf\xbf"), "?????") << "overlong, and U+FFFF";
  EXPECT_EQ(xml_escaped("\xf0\x9f\x98\x88"), "\xf0\x9f\x98\x88");
}

TEST(interop_junit, counts_failures_and_skips) {
  cell_result failed = result_of(outcome::fail, "b", "exit code 1: \"no\"");
  failed.commands = {"server", "client"};
  failed.client_log = "<oops>";
  const std::string xml =
      junit({result_of(outcome::pass, "a"), failed, result_of(outcome::skip, "c", "not here"),
             result_of(outcome::expected_failure, "d", "gap"),
             result_of(outcome::unexpected_pass, "e", "passed"), result_of(outcome::flaky, "f")});
  const auto has = [&](std::string_view text) { return xml.find(text) != std::string::npos; };
  EXPECT_TRUE(
      has("<testsuites name=\"grpcwire interop\" tests=\"6\" failures=\"2\" errors=\"0\" "
          "skipped=\"2\" time=\"1.500\">"))
      << xml;
  EXPECT_TRUE(has("<testsuite name=\"cpp calls go, plaintext\" tests=\"6\" failures=\"2\""));
  EXPECT_TRUE(has("name=\"a\" time=\"0.250\"/>"));
  EXPECT_TRUE(
      has("<failure message=\"exit code 1: &quot;no&quot;\">$ server\n$ client\n"
          "--- client\n&lt;oops&gt;\n</failure>"));
  EXPECT_TRUE(has("<skipped message=\"not here\"/>"));
  EXPECT_TRUE(has("<skipped message=\"expected to fail: gap\"/>"));
}

TEST(interop_results, have_every_field_and_survive_bytes_that_are_no_text) {
  cell_result c = result_of(outcome::fail, "ping_pong", "exit code 1");
  c.client_log = "\xff!";
  implementation go;
  go.name = "go";
  go.missing = "no Go";
  const nlohmann::json all =
      nlohmann::json::parse(dump(as_json({c}, {&go}, "2026-01-01T00:00:00Z", "0.1.0")));
  EXPECT_EQ(all["totals"]["fail"], 1);
  EXPECT_EQ(all["totals"]["pass"], 0);
  EXPECT_EQ(all["implementations"][0]["missing"], "no Go");
  const nlohmann::json& cell = all["cells"][0];
  EXPECT_EQ(cell["client_log"], "\xef\xbf\xbd!");
  EXPECT_EQ(cell["security"], "plaintext");
  EXPECT_TRUE(cell["through"].is_null());
  for (const char* field : {"client", "server", "case", "outcome", "reason", "seconds", "attempts",
                            "server_log", "commands", "folder", "frames", "why"}) {
    EXPECT_TRUE(cell.contains(field)) << field;
  }
}

TEST(interop_terminal, shows_the_matrix_the_skips_and_the_totals) {
  cell_result tls = result_of(outcome::fail, "a");
  tls.security = security::tls;
  cell_result other = result_of(outcome::skip, "a", "ruby is not here: no Ruby");
  other.server = "ruby";
  const std::string text =
      summary({result_of(outcome::pass, "a"), result_of(outcome::pass, "b"), tls, other,
               result_of(outcome::expected_failure, "c", "no gzip (exit)")});
  EXPECT_EQ(text,
            "\nPassed of those that were run, plaintext and TLS:\n"
            "  client \\ server  go        ruby\n"
            "  cpp              2/3 0/1!  -\n"
            "\nSkipped:\n     1  ruby is not here: no Ruby\n"
            "\nExpected to fail:\n     1  no gzip\n"
            "\n2 passed, 1 failed, 0 flaky, 1 failed as expected, 0 passed unexpectedly, "
            "1 skipped\n");
}

TEST(interop_terminal, tells_a_failure_with_its_explanation_and_its_folder) {
  cell_result c = result_of(outcome::fail, "ping_pong", "exit code 1: no");
  c.folder = "cells/x";
  c.why = {
      {"frame", 3}, {"sentence", "The trailers are missing."}, {"section", "RFC 9113 section 8.1"}};
  EXPECT_EQ(failure_lines(c, "out"),
            "FAIL   cpp calls go, plaintext, ping_pong: exit code 1: no\n"
            "       why: The trailers are missing. (RFC 9113 section 8.1)\n"
            "       see: out/cells/x\n");
  c.why["frame"] = nullptr;
  EXPECT_EQ(failure_lines(c, "out").find("why"), std::string::npos);
}

TEST(interop_logs, commands_can_be_pasted) {
  EXPECT_EQ(shell_command({"a b", "it's", "--x=1", ""}, {{"K", "v w"}}),
            "K='v w' 'a b' 'it'\\''s' --x=1 ''");
}

TEST(interop_logs, the_telling_line_is_the_last_that_fits) {
  const std::string log = "FAIL one\nFAIL two\ntrace\n\n";
  EXPECT_EQ(last_line(log), "trace");
  EXPECT_EQ(telling_line(log, "^FAIL"), "FAIL two");
  EXPECT_EQ(telling_line(log, "^nothing"), "trace");
  EXPECT_EQ(last_line(" \n \n"), "");
}

}  // namespace
}  // namespace grpcwire::tools
