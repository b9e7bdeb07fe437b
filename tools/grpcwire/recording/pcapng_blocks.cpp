#include "pcapng_blocks.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace grpcwire::tools::pcapng_block {
namespace {

constexpr std::size_t text_max = 0xffff;  // what the length of an option can say

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8 & 0xff);
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16);
}

void pad(std::string& out) {
  while (out.size() % 4 != 0) out += '\0';
}

std::string block(std::uint32_t type, std::string body) {
  pad(body);
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  std::string out;
  put32(out, type);
  put32(out, length);
  out += body;
  put32(out, length);
  return out;
}

// Options and name records look alike. `out` must be padded before.
void add_option(std::string& out, std::uint16_t code, std::string_view value) {
  value = value.substr(0, text_max);
  put16(out, code);
  put16(out, static_cast<std::uint32_t>(value.size()));
  out += value;
  pad(out);
}

void end_options(std::string& out) {
  put32(out, 0);
}

constexpr std::uint16_t comment_option = 1;

}  // namespace

std::string section_header(std::string_view program, std::string_view comment) {
  std::string body;
  put32(body, 0x1a2b3c4d);  // tells the byte order
  put16(body, 1);
  put16(body, 0);
  put32(body, 0xffffffff);  // how long the section is: not said
  put32(body, 0xffffffff);
  add_option(body, comment_option, comment);
  add_option(body, 4, program);
  end_options(body);
  return block(0x0a0d0d0a, std::move(body));
}

std::string interface_description(std::string_view name, std::string_view description) {
  std::string body;
  put16(body, 1);  // Ethernet
  put16(body, 0);
  put32(body, 0);  // packets are never cut
  add_option(body, 2, name);
  add_option(body, 3, description);
  add_option(body, 9, std::string_view("\x09", 1));  // times count in 10^-9 seconds
  end_options(body);
  return block(1, std::move(body));
}

name_resolution& name_resolution::add(std::string_view address, std::string_view name) {
  std::string record(address);
  record += name;
  record += '\0';
  add_option(records_, 1, record);
  return *this;
}

std::string name_resolution::block() const {
  std::string body = records_;
  end_options(body);
  return pcapng_block::block(4, std::move(body));
}

std::string tls_secrets(std::string_view key_log) {
  std::string body;
  put32(body, 0x544c534b);  // a key log of TLS
  put32(body, static_cast<std::uint32_t>(key_log.size()));
  body += key_log;
  return block(10, std::move(body));
}

std::string packet(std::int64_t time_ns, std::string_view bytes, std::string_view comment) {
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(time_ns, 0));
  std::string body;
  put32(body, 0);  // the interface
  put32(body, static_cast<std::uint32_t>(time >> 32));
  put32(body, static_cast<std::uint32_t>(time & 0xffffffff));
  put32(body, static_cast<std::uint32_t>(bytes.size()));
  put32(body, static_cast<std::uint32_t>(bytes.size()));
  body += bytes;
  pad(body);
  if (!comment.empty()) {
    add_option(body, comment_option, comment);
    end_options(body);
  }
  return block(6, std::move(body));
}

}  // namespace grpcwire::tools::pcapng_block
