#include "file_content.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace grpcwire::tools {
namespace {

struct close_file {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

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

}  // namespace grpcwire::tools
