// From the target of a channel to the servers behind it: what a resolver finds, and how to add one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <grpcwire/rpc/result.hpp>

namespace grpcwire {

/// One server. Balancers see endpoints, never addresses.
struct endpoint {
  /// All addresses that it has, as in targets: `127.0.0.1:50051`, `[::1]:50051`, `unix:path`. They
  /// race when the channel connects.
  std::vector<std::string> addresses{};
  /// Its name on the ring of ring_hash; empty: the first address.
  std::string hash_key{};

  bool operator==(const endpoint&) const = default;
};

struct resolution {
  std::vector<endpoint> endpoints{};
  /// JSON (gRPC doc/service_config.md); empty: none, the channel's own holds.
  std::string service_config{};
};

/// Runs on the channel's executor. Its end ends what it does; `tell` is not called afterwards.
class resolver {
 public:
  using listener = std::function<void(result<resolution>)>;

  virtual ~resolver() = default;
  /// Once. `tell` is called with everything that is found, again whenever it is another thing, with
  /// a status when nothing can be found; not from within. The channel goes on with what it was told
  /// before while there are errors.
  virtual void start(const asio::any_io_executor& executor, listener tell) = 0;
  /// A connection was lost or cannot be made: look again, soon. A resolver that watches need not.
  virtual void resolve_again() {}
};

/// Makes the resolvers of targets that begin with `name:`.
struct resolver_scheme {
  std::string name{};
  /// `rest` is what follows `name:`, such as `///service` or `//authority/service`. The error is a
  /// sentence, and ends up in the status of every call.
  std::function<codec::result<std::unique_ptr<resolver>, std::string>(std::string_view rest)>
      make{};
};

}  // namespace grpcwire
