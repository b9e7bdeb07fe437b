// A page for Prometheus: a small HTTP/1.1 server, apart from gRPC's, that answers GET /metrics.
//
//   auto page = metrics_page::open(io, "127.0.0.1:9464", metrics);
//   if (!page) std::cerr << page.error().message();
//
// Everybody who reaches the address can read it: there is no TLS and no password.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <grpcwire/rpc/metrics.hpp>
#include <grpcwire/rpc/result.hpp>

namespace grpcwire {

namespace detail {
class metrics_page_core;
}

struct metrics_page_options {
  /// Bytes of a request without its body; above it the answer is 431.
  std::size_t request_size_max = 8192;
  /// At a time; the next ones are closed at once.
  std::size_t connections_max = 16;
  /// From the first byte that could come to the last one of the answer; then the connection is
  /// closed.
  std::chrono::milliseconds time_max{10'000};
};

/// Serves until it is destroyed. Each connection is closed after its answer. GET and HEAD are
/// answered for `/metrics`, other methods get 405, other paths 404, what is no HTTP/1 request 400.
///
/// The text is made on the page's executor.
class metrics_page {
 public:
  /// Runs on the user's executor and needs somebody to run it. `address` is `host:port` (port 0
  /// takes a free one), `[::]:port`, `unix:path` or `unix-abstract:name`. The error, UNAVAILABLE or
  /// INVALID_ARGUMENT, is one sentence with what is wrong.
  static result<metrics_page> open(asio::any_io_executor executor, std::string_view address,
                                   std::shared_ptr<const metrics> source,
                                   const metrics_page_options& options = {});
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>) static result<
      metrics_page> open(Context& context, std::string_view address,
                         std::shared_ptr<const metrics> source,
                         const metrics_page_options& options = {}) {
    return open(asio::any_io_executor(context.get_executor()), address, std::move(source), options);
  }
  metrics_page(metrics_page&&) noexcept = default;
  metrics_page& operator=(metrics_page&& other) noexcept;
  /// Any thread: closes the address and the connections. The io_context may be gone before.
  ~metrics_page();

  /// With the real port.
  const std::string& address() const noexcept;

 private:
  explicit metrics_page(std::shared_ptr<detail::metrics_page_core> core);

  std::shared_ptr<detail::metrics_page_core> core_;
};

}  // namespace grpcwire
