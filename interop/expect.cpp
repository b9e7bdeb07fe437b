#include "expect.hpp"

#include <algorithm>

namespace grpcwire::interop {
namespace {

/// As it can be read in a terminal: everything but printable ASCII as \xNN.
std::string visible(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
  }
  return out + "\"";
}

}  // namespace

void expect_ok(std::string_view what, const status& came) {
  expect_code(what, came, status_code::ok);
}

void expect_code(std::string_view what, const status& came, status_code expected) {
  if (came.code() == expected) return;
  throw case_failed(std::string(what) + ": expected " + std::string(name(expected)) +
                    ", but this came: " + (came.ok() ? "OK" : describe(came)));
}

void expect_status(std::string_view what, const status& came, status_code code,
                   std::string_view message) {
  expect_code(what, came, code);
  if (came.message() == message) return;
  throw case_failed(std::string(what) + ": expected the message " + visible(message) + ", but " +
                    visible(came.message()) + " came");
}

void expect_zeros(std::string_view what, const std::string& body, std::size_t size) {
  expect_equal(std::string(what) + ", bytes of the body", body.size(), size);
  const auto other = std::ranges::find_if(body, [](char c) { return c != 0; });
  if (other == body.end()) return;
  throw case_failed(std::string(what) + ": byte " + std::to_string(other - body.begin()) +
                    " of the body is not zero");
}

void expect_single(std::string_view where, const metadata& came, std::string_view name,
                   std::string_view value) {
  const auto values = came.get_all(name);
  if (values.size() == 1 && values.front() == value) return;
  std::string list = values.empty() ? "none" : "";
  for (const auto& v : values) list.append(list.empty() ? "" : ", ").append(visible(v));
  throw case_failed(std::string(where) + ": expected " + std::string(name) +
                    " once with the value " + visible(value) + ", but what came is: " + list);
}

}  // namespace grpcwire::interop
