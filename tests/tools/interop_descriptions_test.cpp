// Descriptions of implementations as JSON: what they say, and what people are told about mistakes.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tools/grpcwire/interop/json_fields.hpp"
#include "tools/grpcwire/interop/placeholders.hpp"
#include "tools/grpcwire/interop/read_implementation.hpp"
#include "tools/grpcwire/interop/start_of_program.hpp"

namespace grpcwire::tools {
namespace {

implementation read_text(const std::string& text) {
  return read_implementation(nlohmann::json::parse(text), "go.json");
}

std::string mistake_in(const std::string& text) {
  try {
    read_text(text);
    return "none";
  } catch (const description_error& error) {
    return error.what();
  }
}

TEST(interop_placeholders, are_small_letters_in_braces_and_nothing_else) {
  const placeholder_values values{{"port", "7"}, {"host", "::1"}};
  EXPECT_EQ(expand("--at={host}:{port}{port}", values), "--at=::1:77");
  EXPECT_EQ(expand("{\"a\":{}} {Port} {por t} {port", values), "{\"a\":{}} {Port} {por t} {port");
  EXPECT_EQ(expand("{other}", values), "{other}");
  EXPECT_EQ(placeholders_in("{a}{\"b\":{c_d}}"), (std::vector<std::string>{"a", "c_d"}));
}

TEST(interop_descriptions, make_the_command_of_a_cell) {
  const implementation i = read_text(R"({
    "name": "go", "environment": {"A": "{case}"},
    "client": {
      "command": ["{bin}/client", "{port}"],
      "plaintext": {"arguments": ["--plain"]},
      "tls": {"arguments": ["--tls"]},
      "for_cases": [
        {"cases": "*_soak", "arguments": ["--slow"]},
        {"cases": "*", "security": "tls", "arguments": ["--ca={ca}"]}],
      "unsupported": [{"cases": "orca_*", "reason": "no load"}]}})");
  program_start how;
  how.from = &i;
  how.what = &*i.client;
  how.case_name = "rpc_soak";
  how.security = security::tls;
  how.folder = "out";
  how.log_name = "client.log";
  how.values = {{"bin", "bin"}, {"port", "80"}, {"ca", "my ca"}, {"case", "rpc_soak"}};
  const std::vector<std::string> words{"bin/client", "80", "--tls", "--slow", "--ca=my ca"};
  EXPECT_EQ(make_launch(how).command, words);
  EXPECT_EQ(make_launch(how).log, "out/client.log");
  EXPECT_EQ(command_line(how), "A=rpc_soak bin/client 80 --tls --slow '--ca=my ca'");
  how.security = security::plaintext;
  how.case_name = "empty_unary";
  EXPECT_EQ(make_launch(how).command, (std::vector<std::string>{"bin/client", "80", "--plain"}));
  EXPECT_EQ(i.client->why_unsupported("orca_oob", security::tls), "no load");
  EXPECT_EQ(i.client->why_unsupported("empty_unary", security::tls), std::nullopt);
}

TEST(interop_descriptions, are_refused_with_file_and_field) {
  EXPECT_EQ(mistake_in("[]"), "go.json: must be an object, {…}");
  EXPECT_EQ(mistake_in("{}"), "go.json: name: is missing");
  EXPECT_EQ(mistake_in(R"({"name": "a/b"})").substr(0, 14), "go.json: name:");
  EXPECT_EQ(mistake_in(R"({"name": "a"})"),
            "go.json: has neither a \"client\" nor a \"server\" nor a \"proxy\"");
  EXPECT_EQ(mistake_in(R"({"name": "a", "client": {"command": "x"}})"),
            "go.json: client.command: must be a list of texts that is not empty");
  EXPECT_EQ(mistake_in(R"({"name": "a", "client": {"command": ["{prot}"]}})"),
            "go.json: client.command: {prot} is not known; there are {bin}, {build}, {peers}, "
            "{certificates}, {folder}, {host}, {port}, {ca}, {server_name}, {case}, {out}, "
            "{key_log}");
  EXPECT_EQ(mistake_in(R"({"name": "a", "server": {"command": ["x"], "ready": {"seconds": 0}}})"),
            "go.json: server.ready.seconds: must be a number from 1 to 600");
  EXPECT_EQ(mistake_in(R"({"name": "a", "server": {"command": ["x"], "ready": {"line": "on"}}})"),
            "go.json: server.ready.line: needs a pair of parentheses around what is looked for");
  EXPECT_EQ(mistake_in(R"({"name": "a", "client": {"command": ["x"], "ready": {}}})"),
            "go.json: client.ready: is not known; the fields here are command, plaintext, tls, "
            "for_cases, unsupported, failure_line");
  const std::string unknown_case = mistake_in(R"({"name": "a", "client": {"command": ["x"],
      "unsupported": [{"cases": "x"}, {"cases": "fly", "reason": "no"}]}})");
  EXPECT_EQ(unknown_case.find("go.json: client.unsupported[0].cases: \"x\" fits no test case"), 0u)
      << unknown_case;
  EXPECT_EQ(mistake_in(R"({"name": "a", "needs": [{"reason": "r", "remedy": "m"}]})"),
            "go.json: needs[0]: needs either a \"file\" or a \"command\"");
}

TEST(interop_descriptions, only_proxies_know_the_port_of_the_server) {
  EXPECT_EQ(mistake_in(R"({"name": "a", "proxy": {"command": ["p", "{server_port}"]}})"), "none");
  EXPECT_NE(mistake_in(R"({"name": "a", "server": {"command": ["p", "{server_port}"]}})"), "none");
}

}  // namespace
}  // namespace grpcwire::tools
