#include "show_command.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "exit_code.hpp"
#include "file_content.hpp"
#include "plausible_order.hpp"

namespace grpcwire::tools {

int run_show(const show_arguments& arguments) {
  const std::string client = content_of(arguments.client_file);
  const std::string server = content_of(arguments.server_file);
  frame_explainer explainer(arguments.explain);
  for (const sent_bytes& part : plausible_order(codec::as_bytes(client), codec::as_bytes(server))) {
    fmt::print("{}", explainer.feed(part.sender, part.bytes));
  }
  fmt::print("{}", explainer.finish());
  return explainer.problems() == 0 ? exit_fine : exit_broken_rules;
}

}  // namespace grpcwire::tools
