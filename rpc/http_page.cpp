// Requests for a page, and answers (RFC 9110, RFC 9112).
#include <algorithm>

#include <grpcwire/rpc/http_page_internal.hpp>

namespace grpcwire::detail {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "200 OK";
    case 400:
      return "400 Bad Request";
    case 404:
      return "404 Not Found";
    case 405:
      return "405 Method Not Allowed";
    default:
      return "431 Request Header Fields Too Large";
  }
}

std::string response(int status, std::string_view type, std::string_view text, bool with_body) {
  std::string out = "HTTP/1.1 ";
  out.append(reason(status)).append("\r\nContent-Type: ").append(type);
  out.append("\r\nContent-Length: ").append(std::to_string(text.size()));
  if (status == 405) out += "\r\nAllow: GET, HEAD";
  out += "\r\nConnection: close\r\n\r\n";
  if (with_body) out += text;
  return out;
}

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// Of origin-form `/path?query` and absolute-form `http://host/path`.
std::string_view path_of(std::string_view target) {
  if (target.starts_with("http://")) {
    const auto slash = target.find('/', 7);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  return target.substr(0, target.find('?'));
}

page_request judge(std::string_view line, std::string_view path) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last) return {.error = 400};
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const bool is_http_1 = version == "HTTP/1.1" || version == "HTTP/1.0";
  const bool is_clean =
      std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_http_1 || !is_token(method) || target.empty() || !is_clean) return {.error = 400};
  const bool is_head = method == "HEAD";
  if (path_of(target) != path) return {.error = 404, .body = !is_head};
  if (method != "GET" && !is_head) return {.error = 405};
  return {.error = 0, .body = !is_head};
}

}  // namespace

std::optional<page_request> read_page_request(std::string_view received, std::size_t size_max,
                                              std::string_view path) {
  // What can be no request is refused without waiting for the rest.
  const auto line_end = received.find("\r\n");
  const auto end = received.find("\r\n\r\n");
  if (end != received.npos ? end + 4 > size_max : received.size() >= size_max) {
    return page_request{.error = 431};
  }
  if (end != received.npos) return judge(received.substr(0, line_end), path);
  if (line_end != received.npos) {
    const page_request so_far = judge(received.substr(0, line_end), path);
    if (so_far.error == 400) return so_far;
  }
  return std::nullopt;
}

std::string page_answer(std::string_view text, bool with_body) {
  return response(200, "text/plain; version=0.0.4; charset=utf-8", text, with_body);
}

std::string page_error(int status, bool with_body) {
  const std::string text = std::string(reason(status)) + "\n";
  return response(status, "text/plain; charset=utf-8", text, with_body);
}

}  // namespace grpcwire::detail
