#include "show_command.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include <grpcwire/codec/result.hpp>

#include "exit_code.hpp"
#include "plausible_order.hpp"

namespace grpcwire::tools {
namespace {

struct close_file {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

// The C library, because it says why a file cannot be read.
codec::result<std::string, std::error_code> read_file(const std::string& path) {
  std::string content;
  if (path.empty()) return content;
  const auto last_error = [] { return std::error_code(errno, std::generic_category()); };
  const std::unique_ptr<std::FILE, close_file> file(std::fopen(path.c_str(), "rb"));
  if (!file) return last_error();
  char block[65536];
  while (const std::size_t size = std::fread(block, 1, sizeof block, file.get())) {
    content.append(block, size);
  }
  if (std::ferror(file.get()) != 0) return last_error();
  return content;
}

}  // namespace

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
