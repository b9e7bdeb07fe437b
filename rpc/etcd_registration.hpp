// Tells etcd of a server, so that channels with etcd_scheme() find it. Link grpcwire::etcd.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <type_traits>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <grpcwire/rpc/etcd_resolver.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/result.hpp>

namespace grpcwire {

namespace detail {
class etcd_lease;
}

struct etcd_entry {
  /// As in `etcd:///service`. Not empty, and no `/` at its end.
  std::string service{};
  /// Under which clients reach the server: `10.0.0.7:50051`; not `0.0.0.0`.
  std::string address{};
  /// After this long without a word etcd forgets the server. Whole seconds; etcd may lengthen
  /// those below its election time-out to 2 s or so.
  std::chrono::seconds time_to_live{10};
};

/// Keeps the key `service/address` in etcd, on a lease that is renewed three times within the time
/// to live. When etcd is away or has lost the lease, the entry is made again, with back-off. A
/// process that dies is forgotten when its lease has run out.
///
/// Runs on the executor, which runs one handler at a time (an io_context on one thread, or a
/// strand); functions are called there, too.
class etcd_registration {
 public:
  etcd_registration(asio::any_io_executor executor, etcd_entry entry, etcd_settings settings = {});
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>)
      etcd_registration(Context& context, etcd_entry entry, etcd_settings settings = {})
      : etcd_registration(asio::any_io_executor(context.get_executor()), std::move(entry),
                          std::move(settings)) {}
  /// Stops renewing, without a word to etcd: withdraw() first.
  ~etcd_registration();
  etcd_registration(const etcd_registration&) = delete;
  etcd_registration& operator=(const etcd_registration&) = delete;

  /// OK: the entry is there. Otherwise why it is not: UNAVAILABLE "not yet" at first.
  status state() const;
  /// Completes when the entry is there, or cannot be; then says why the last attempt failed, while
  /// attempts go on.
  awaitable<status> registered();
  /// Takes the entry out of etcd: clients hear of it at once and send no new calls. To be called
  /// before server::shutdown(). What it could not tell etcd, etcd finds out by the time to live.
  awaitable<status> withdraw();

 private:
  std::shared_ptr<detail::etcd_lease> lease_;
};

}  // namespace grpcwire
