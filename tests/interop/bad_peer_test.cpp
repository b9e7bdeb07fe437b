// How bad_peer judges what it sees, and that its own tables are in order.
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <grpcwire/transport/http2_names.hpp>

#include "interop/bad_peer/client_case.hpp"
#include "interop/bad_peer/expectation.hpp"
#include "interop/bad_peer/selection.hpp"
#include "interop/bad_peer/server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace error = transport::http2::error;

TEST(bad_peer_expectation, names_what_was_seen) {
  EXPECT_EQ(text({}), "silence");
  EXPECT_EQ(text({.status = 13, .http = 400}), "status 13, http 400");
  EXPECT_EQ(text({.reset = error::cancel, .closed = true}), "reset CANCEL, closed");
  EXPECT_EQ(text({.goaway = error::enhance_your_calm, .closed = true}), "goaway ENHANCE_YOUR_CALM");
}

TEST(bad_peer_expectation, one_alternative_has_to_hold_with_all_its_terms) {
  EXPECT_TRUE(matches("status 13", {.status = 13, .http = 400}));
  EXPECT_FALSE(matches("status 13", {.status = 1}));
  EXPECT_FALSE(matches("status 1", {.status = 13}));
  EXPECT_TRUE(
      matches("status 1 | status 13, reset CANCEL", {.status = 13, .reset = error::cancel}));
  EXPECT_FALSE(matches("status 1 | status 13, reset CANCEL", {.status = 13}));
  EXPECT_TRUE(matches("reset any", {.reset = 0x1234}));
  EXPECT_FALSE(matches("silence", {.status = 0}));
  EXPECT_TRUE(matches("silence", {}));
}

TEST(bad_peer_expectation, a_fault_of_a_call_does_not_excuse_the_end_of_the_connection) {
  EXPECT_FALSE(matches("status 13", {.status = 13, .closed = true}));
  EXPECT_FALSE(matches("status 13", {.status = 13, .goaway = error::internal_error}));
  EXPECT_TRUE(matches("status 13 | closed", {.status = 13, .closed = true}));
}

TEST(bad_peer_expectation, an_error_of_the_connection_has_to_end_it) {
  EXPECT_TRUE(matches("goaway PROTOCOL_ERROR", {.goaway = error::protocol_error, .closed = true}));
  EXPECT_FALSE(matches("goaway PROTOCOL_ERROR", {.goaway = error::protocol_error}));
  EXPECT_FALSE(matches("goaway PROTOCOL_ERROR", {.goaway = error::cancel, .closed = true}));
}

template <class Theme>
void expect_order(std::span<const Theme> themes) {
  std::set<std::string_view> names;
  for (const Theme& theme : themes) {
    for (const auto& c : theme.cases) {
      EXPECT_TRUE(names.insert(c.name).second) << c.name << " is there twice";
      EXPECT_EQ(mistake_in(c.expectation).value_or(""), "") << c.name;
      EXPECT_FALSE(c.what.empty() || c.source.empty()) << c.name;
      EXPECT_NE(c.name, theme.name) << "a case and a theme";
    }
  }
}

TEST(bad_peer_cases, have_names_of_their_own_and_expectations_that_can_be_read) {
  expect_order(client_themes());
  expect_order(server_themes());
  EXPECT_TRUE(mistake_in("status thirteen"));
  EXPECT_TRUE(mistake_in("goaway NONSENSE"));
}

TEST(bad_peer_cases, are_found_by_name_theme_and_all_without_the_official_ones) {
  EXPECT_EQ(select(server_themes(), "official").size(), 8U);
  EXPECT_EQ(select(server_themes(), "max_streams").size(), 1U);
  EXPECT_TRUE(select(server_themes(), "no such case").empty());
  for (const server_case* c : select(server_themes(), "all")) EXPECT_FALSE(c->official) << c->name;
}

}  // namespace
}  // namespace grpcwire::bad_peer
