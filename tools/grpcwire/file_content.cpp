#include "file_content.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

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

std::string content_of(const std::string& path) {
  auto content = read_file(path);
  if (content) return *std::move(content);
  throw std::runtime_error(fmt::format("cannot read {}: {}", path, content.error().message()));
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  if (!stream) {
    throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
}

}  // namespace grpcwire::tools
