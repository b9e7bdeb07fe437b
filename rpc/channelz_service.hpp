// The service grpc.channelz.v1.Channelz, ready to be added to a server, and the same as a page of
// text: what servers and their connections do. It is a library of its own: link grpcwire::channelz.
// More in docs/services.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/service.hpp>

namespace grpcwire {

class server;

namespace detail {
class channelz_handlers;
class channelz_registry;
}  // namespace detail

/// Answers GetServers, GetServer, GetServerSockets and GetSocket for the servers that it is added
/// to and those that it watches (gRFC A14). It knows no channels: GetTopChannels is empty,
/// GetChannel and GetSubchannel end with NOT_FOUND.
///
/// Ids belong to one channelz_service: a server has k * 10^12, its listeners and connections have
/// the numbers behind that. A page has at most 100 entries, and may be asked to have fewer.
///
/// Anyone who may call the server can ask: it tells addresses and certificates of all clients. Give
/// it to a server of its own, on a port for administrators, that watches the others. Each answer
/// asks the executors of the connections it tells of, so servers that are watched must be running.
class channelz_service final : public service {
 public:
  channelz_service();
  ~channelz_service() override;
  channelz_service(const channelz_service&) = delete;
  channelz_service& operator=(const channelz_service&) = delete;

  /// Tells of this server too, for as long as it lives. Once is enough. Any thread.
  void watch(const server& s);

  /// The same for people, with limits, buffers and what is going on now; several lines that end
  /// with '\n'. Its wording may change. Any thread.
  awaitable<std::string> text() const;

  std::string_view name() const noexcept override;
  void bind(method_binder& binder) override;

 private:
  std::shared_ptr<detail::channelz_registry> registry_;
  std::unique_ptr<detail::channelz_handlers> handlers_;
};

}  // namespace grpcwire
