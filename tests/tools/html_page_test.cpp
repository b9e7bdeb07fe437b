// The results page: what is in it, that nothing in it is taken for HTML, and its size.
#include "tools/grpcwire/report/html_page.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace grpcwire::tools {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json cell_of(const std::string& outcome) {
  json cell = {{"client", "our"},         {"server", "go"},
               {"through", ""},           {"case", "large_unary"},
               {"security", "tls"},       {"outcome", outcome},
               {"reason", "exit code 1"}, {"seconds", 0.25},
               {"attempts", 1},           {"client_log", "the log"},
               {"server_log", ""},        {"commands", {"run it"}},
               {"folder", "out/our/go"},  {"frames", {"   0  +0.0  #1  one"}}};
  cell["why"] = {{"sentence", "It broke."}, {"frame", 0}, {"frame_line", "one"}, {"rule", "R"},
                 {"section", "S"},          {"hint", ""}};
  return cell;
}

json results_of(json cells) {
  return {{"made", "2026-01-02 03:04"},
          {"grpcwire", "0.1.0"},
          {"implementations", {{{"name", "our"}, {"version", "0.1.0"}}}},
          {"cells", std::move(cells)},
          {"totals", json::object()}};
}

// What the page's script reads.
json data_in(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"results\">";
  const std::size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(the_results_page, needs_nothing_from_elsewhere) {
  const std::string page = html_page(results_of({cell_of("fail")}));
  EXPECT_THAT(page, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, Not(HasSubstr("{{results}}")));
  EXPECT_THAT(page, Not(HasSubstr("innerHTML")));
}

TEST(the_results_page, keeps_all_of_a_red_cell_and_little_of_a_green_one) {
  const json data = data_in(html_page(results_of({cell_of("fail"), cell_of("pass")})));
  EXPECT_EQ(data["made"], "2026-01-02 03:04");
  EXPECT_EQ(data["implementations"][0]["version"], "0.1.0");
  json red = cell_of("fail");
  json shown = data["cells"][0];
  EXPECT_EQ(shown, red);
  const json& green = data["cells"][1];
  EXPECT_EQ(green["case"], "large_unary");
  for (const char* key : {"frames", "client_log", "commands", "why", "reason"}) {
    EXPECT_FALSE(green.contains(key)) << key;
  }
}

TEST(the_results_page, takes_nothing_in_a_log_for_html) {
  json cell = cell_of("fail");
  const std::string log = "</script><script>alert(1)</script><!-- \xff & \"quotes\" \xe2\x80\xa8";
  cell["client_log"] = log;
  cell["reason"] = "</SCRIPT >";
  const std::string page = html_page(results_of({cell}));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</")));
  EXPECT_THAT(page, Not(HasSubstr("</SCRIPT")));
  const json shown = data_in(page)["cells"][0];
  EXPECT_EQ(shown["reason"], "</SCRIPT >");
  EXPECT_EQ(shown["client_log"],
            "</script><script>alert(1)</script><!-- \xef\xbf\xbd & \"quotes\" \xe2\x80\xa8");
}

TEST(the_results_page, accepts_results_with_nothing_in_them) {
  EXPECT_EQ(data_in(html_page(json::object()))["cells"], json::array());
}

TEST(the_results_page, cuts_the_middle_of_long_logs_between_characters) {
  json cell = cell_of("fail");
  std::string log = "first ";
  for (int i = 0; i < 20'000; ++i) log += "\xe2\x86\x92";
  cell["client_log"] = log + " last";
  const std::string shown = data_in(html_page(results_of({cell})))["cells"][0]["client_log"];
  EXPECT_LT(shown.size(), 7000u);
  EXPECT_THAT(shown, testing::StartsWith("first "));
  EXPECT_THAT(shown, HasSubstr("bytes left out"));
  EXPECT_THAT(shown, testing::EndsWith(" last"));
  EXPECT_THAT(shown, Not(HasSubstr("\xef\xbf\xbd")));
}

json cell_with_much() {
  json cell = cell_of("fail");
  cell["client_log"] = std::string(50'000, 'l');
  cell["why"]["frame"] = 250;
  cell["frames"] = json::array();
  for (int i = 0; i < 500; ++i) {
    cell["frames"].push_back(std::to_string(i) + "  " + std::string(300, 'f'));
  }
  return cell;
}

// Five implementations, 23 cases, plaintext and TLS.
constexpr std::size_t full_matrix = 5 * 5 * 23 * 2;

TEST(the_results_page, stays_below_a_megabyte_however_much_is_red) {
  const json red = cell_with_much();
  json cells = json::array();
  for (std::size_t i = 0; i < full_matrix; ++i) cells.push_back(red);
  const std::string page = html_page(results_of(cells));
  EXPECT_LT(page.size(), 1'000'000u);
  EXPECT_EQ(data_in(page)["cells"].size(), cells.size());
}

TEST(the_results_page, has_room_for_the_frame_at_fault_when_a_tenth_is_red) {
  const json red = cell_with_much();
  const json green = cell_of("pass");
  json cells = json::array();
  for (std::size_t i = 0; i < full_matrix; ++i) cells.push_back(i % 10 == 0 ? red : green);
  const std::string page = html_page(results_of(cells));
  EXPECT_LT(page.size(), 1'000'000u);
  EXPECT_THAT(data_in(page)["cells"][0]["frames"].dump(), HasSubstr("\"250  fff"));
}

}  // namespace
}  // namespace grpcwire::tools
