// Where a channel gets its connections from: it dials an address, was handed one, or reaches a
// server in the same process. The channel knows no more of it than this.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/connector.hpp>
#include <grpcwire/transport/io/descriptor.hpp>

namespace grpcwire::transport::io {

/// Used on one executor, one attempt at a time.
class stream_source {
 public:
  virtual ~stream_source() = default;

  /// One attempt; `done` is called as connector::start() says.
  virtual std::shared_ptr<connector> start(asio::any_io_executor executor,
                                           const connect_settings& settings,
                                           connector::handler done) = 0;
  /// One attempt to reach the very server that `peer`, byte_stream::peer_address(), is an address
  /// of, where that can be chosen.
  virtual std::shared_ptr<connector> start_again(const std::string& peer,
                                                 asio::any_io_executor executor,
                                                 const connect_settings& settings,
                                                 connector::handler done);
  /// Where it leads to, for statuses.
  virtual const std::string& address() const noexcept = 0;
  /// The addresses of the server are others now. Nothing for sources that do not dial.
  virtual void replace(std::vector<io::address>) {}
  /// Why no later attempt can succeed, as a clause; empty while one may.
  virtual std::string exhausted() const { return {}; }
};

/// Dials the addresses each time; they are those of one server.
std::unique_ptr<stream_source> dial(std::vector<address> to);

/// Gives the connection behind the descriptor, once.
std::unique_ptr<stream_source> use_once(descriptor connected);

/// An attempt whose result is there already: posts it.
std::shared_ptr<connector> deliver(const asio::any_io_executor& executor,
                                   std::unique_ptr<byte_stream> stream, connect_failure failure,
                                   connector::handler done);

}  // namespace grpcwire::transport::io
