#include "expected_failures.hpp"

#include <fmt/format.h>

#include "glob.hpp"
#include "json_fields.hpp"
#include "test_case_names.hpp"

namespace grpcwire::tools {

expected_failures expected_failures::read(const nlohmann::json& list,
                                          const std::filesystem::path& file) {
  if (!list.is_array()) {
    throw description_error(
        fmt::format("{}: must be a list of objects, [{{…}}, …]", file.string()));
  }
  expected_failures result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const json_fields from(list[i], file.string(), fmt::format("[{}]", i));
    from.allow_only({"client", "server", "through", "case", "security", "reason"});
    expected_failure one;
    one.client = from.text_or("client", "*");
    one.server = from.text_or("server", "*");
    one.through = from.text_or("through", "*");
    one.which.cases = from.text_or("case", "*");
    one.which.security = from.text_or("security", "*");
    one.reason = from.text("reason");
    if (!names_a_test_case(one.which.cases)) {
      from.fail("case", fmt::format("\"{}\" fits no test case; there are {}", one.which.cases,
                                    test_case_list(", ")));
    }
    result.all_.push_back(std::move(one));
  }
  return result;
}

const expected_failure* expected_failures::find(const cell& c) const {
  for (const expected_failure& one : all_) {
    if (glob_matches(one.client, c.client->name) && glob_matches(one.server, c.server->name) &&
        glob_matches(one.through, c.through()) && one.which.fits(c.case_name, c.security)) {
      return &one;
    }
  }
  return nullptr;
}

}  // namespace grpcwire::tools
