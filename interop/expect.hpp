// How a test case fails: with a sentence that says what was expected and what came.
#pragma once

#include <concepts>
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::interop {

class case_failed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Value, class Other>
void expect_equal(std::string_view what, const Value& came, const Other& expected) {
  if (came == expected) return;
  std::ostringstream text;
  text << what << ": expected " << expected << ", but " << came << " came";
  throw case_failed(text.str());
}

void expect_ok(std::string_view what, const status& came);
void expect_code(std::string_view what, const status& came, status_code expected);
void expect_status(std::string_view what, const status& came, status_code code,
                   std::string_view message);
/// The body has this size and is all zeros.
void expect_zeros(std::string_view what, const std::string& body, std::size_t size);
/// There is exactly one entry of this name, with this value.
void expect_single(std::string_view where, const metadata& came, std::string_view name,
                   std::string_view value);

}  // namespace grpcwire::interop
