// What protects connections and what proves who is calling. TLS itself is in
// <grpcwire/transport/io/tls.hpp>, which needs a library that was built with it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/transport/io/credentials.hpp>

namespace grpcwire {

using channel_credentials = transport::io::client_credentials;
using server_credentials = transport::io::server_credentials;
using transport::io::peer_certificate;
using transport::io::security_info;

/// Who asks for metadata, and for what.
struct credentials_request {
  /// `https://host/package.Service`, as tokens name their audience; without port 443.
  std::string service_url{};
  std::string method{};     ///< `/package.Service/Method`
  std::string authority{};  ///< of the call
};

/// Metadata that proves who is calling, made anew for each call: a token of an identity service,
/// for example. It is sent over connections with TLS only, unless the channel says otherwise.
class call_credentials {
 public:
  using handler = std::function<void(result<metadata>)>;

  virtual ~call_credentials() = default;
  /// Calls `done` once, on any thread, at once or later. The call waits for it, at most until its
  /// deadline; an answer that comes later is dropped. With an error the call ends with that status,
  /// or INTERNAL in place of the codes that only a server may give (gRFC A54).
  virtual void get(const credentials_request& request, handler done) = 0;
};

/// The same `authorization: Bearer …` for every call.
std::shared_ptr<call_credentials> bearer_token(std::string token);

}  // namespace grpcwire
