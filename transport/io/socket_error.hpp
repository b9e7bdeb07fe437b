// Errors of the operating system, made comparable.
#pragma once

#include <system_error>

#include <asio/error.hpp>

namespace grpcwire::transport::io {

/// Asio reports errno in a category of its own, whose codes equal none of std::errc. The same code
/// in the generic category does.
inline std::error_code comparable(std::error_code error) noexcept {
  if (error.category() != asio::error::get_system_category()) return error;
  return {error.value(), std::generic_category()};
}

/// Nothing is wrong: there is just nothing to read, or no room to write.
inline bool would_block(std::error_code error) noexcept {
  return error == std::errc::operation_would_block ||
         error == std::errc::resource_unavailable_try_again;
}

}  // namespace grpcwire::transport::io
