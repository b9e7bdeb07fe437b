// HTTP/1.1 as far as a page needs it: one request in, one answer out. No sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace grpcwire::detail {

struct page_request {
  int error = 0;     ///< the status to answer with; 0: it is a good one for the page
  bool body = true;  ///< false: HEAD
  friend bool operator==(const page_request&, const page_request&) = default;
};

/// Looks at what has come of a request. Nothing: the rest of it is awaited. `path` is the only
/// page.
std::optional<page_request> read_page_request(std::string_view received, std::size_t size_max,
                                              std::string_view path);

/// A whole response, after which the connection is closed.
std::string page_answer(std::string_view text, bool with_body);
std::string page_error(int status, bool with_body);

}  // namespace grpcwire::detail
