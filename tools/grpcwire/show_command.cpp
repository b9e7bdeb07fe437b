#include "show_command.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "exit_code.hpp"
#include "file_content.hpp"
#include "plausible_order.hpp"

namespace grpcwire::tools {

int run_show(const show_arguments& arguments) {
  std::string contents[2];
  const std::string* const paths[2] = {&arguments.client_file, &arguments.server_file};
  for (int i = 0; i < 2; ++i) {
    auto content = read_file(*paths[i]);
    if (!content) {
      fmt::print(stderr, "grpcwire: cannot read {}: {}\n", *paths[i], content.error().message());
      return exit_failed;
    }
    contents[i] = std::move(*content);
  }
  frame_explainer explainer(arguments.explain);
  for (const sent_bytes& part :
       plausible_order(codec::as_bytes(contents[0]), codec::as_bytes(contents[1]))) {
    fmt::print("{}", explainer.feed(part.sender, part.bytes));
  }
  fmt::print("{}", explainer.finish());
  return explainer.problems() == 0 ? exit_fine : exit_broken_rules;
}

}  // namespace grpcwire::tools
