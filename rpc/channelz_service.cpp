#include "channelz_service.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <grpcwire/rpc/channelz_messages_internal.hpp>
#include <grpcwire/rpc/channelz_text_internal.hpp>
#include <grpcwire/rpc/channelz_view_internal.hpp>
#include <grpcwire/rpc/server.hpp>
#include <grpcwire/rpc/server_connection.hpp>

#include "grpc/channelz/v1/channelz.grpcwire.hpp"

namespace grpcwire {
namespace detail {

using namespace grpc::channelz::v1;

namespace {

constexpr std::int64_t page_max = 100;

using registry_ptr = std::shared_ptr<channelz_registry>;
using connection_ptr = std::shared_ptr<server_connection>;

status no_such(const char* what, std::int64_t id) {
  return status(status_code::not_found,
                std::string("there is no ") + what + " with id " + std::to_string(id));
}

std::int64_t number_in(std::int64_t server_id, const connection_ptr& c) {
  return server_id + static_cast<std::int64_t>(c->number());
}

std::size_t page_size(std::int64_t wanted) {
  return static_cast<std::size_t>(wanted > 0 ? std::min(wanted, page_max) : page_max);
}

/// Null: no server has this id.
std::shared_ptr<const server_core> server_of(const channelz_registry& registry, std::int64_t id) {
  return id % channelz_registry::ids_of_a_server == 0 ? registry.owner_of(id) : nullptr;
}

/// Leaves as many as a page may have, and says whether they are all.
template <class T, class Response>
void cut_to_page(std::vector<T>& found, std::int64_t wanted, Response& response) {
  const std::size_t size = page_size(wanted);
  response.set_end(found.size() <= size);
  if (!response.end()) found.resize(size);
}

// These touch nothing of the service, which may go before them.

awaitable<result<GetServersResponse>> servers(registry_ptr registry, GetServersRequest request) {
  auto found = registry->from(request.start_server_id());
  GetServersResponse response;
  cut_to_page(found, request.max_results(), response);
  for (auto& [id, core] : found) {
    const server_view view = co_await look_at(std::move(core));
    to_message(view, id, *response.add_server());
  }
  co_return response;
}

awaitable<result<GetServerResponse>> one_server(registry_ptr registry, std::int64_t id) {
  auto core = server_of(*registry, id);
  if (!core) co_return no_such("server", id);
  const server_view view = co_await look_at(std::move(core));
  GetServerResponse response;
  to_message(view, id, *response.mutable_server());
  co_return response;
}

awaitable<result<GetServerSocketsResponse>> sockets(registry_ptr registry,
                                                    GetServerSocketsRequest request) {
  const std::int64_t id = request.server_id();
  const auto core = server_of(*registry, id);
  if (!core) co_return no_such("server", id);
  std::vector<connection_ptr> found = core->look().connections;
  std::erase_if(
      found, [&](const connection_ptr& c) { return number_in(id, c) < request.start_socket_id(); });
  GetServerSocketsResponse response;
  cut_to_page(found, request.max_results(), response);
  const std::vector<connection_view> views = co_await look_at(std::move(found));
  for (const connection_view& each : views) to_message(each, id, *response.add_socket_ref());
  co_return response;
}

awaitable<result<GetSocketResponse>> one_socket(registry_ptr registry, std::int64_t id) {
  const auto core = registry->owner_of(id);
  if (!core) co_return no_such("socket", id);
  const std::int64_t number = id % channelz_registry::ids_of_a_server;
  const std::int64_t server_id = id - number;
  const server_core::inventory found = core->look();
  GetSocketResponse response;
  for (const auto& [n, address] : found.listeners) {
    if (static_cast<std::int64_t>(n) != number) continue;
    to_message(n, address, server_id, *response.mutable_socket());
    co_return response;
  }
  const auto c =
      std::find_if(found.connections.begin(), found.connections.end(),
                   [&](const connection_ptr& each) { return number_in(server_id, each) == id; });
  if (c == found.connections.end()) co_return no_such("socket", id);
  std::vector<connection_ptr> one(1, *c);
  const std::vector<connection_view> views = co_await look_at(std::move(one));
  to_message(views.front(), server_id, *response.mutable_socket());
  co_return response;
}

awaitable<std::string> page(registry_ptr registry) {
  std::string text;
  for (auto& [id, core] : registry->from(0)) {
    const server_view view = co_await look_at(std::move(core));
    text += describe(view, id);
  }
  co_return text;
}

}  // namespace

class channelz_handlers final : public Channelz::service {
 public:
  explicit channelz_handlers(registry_ptr registry) : registry_(std::move(registry)) {}

  awaitable<result<GetServersResponse>> GetServers(server_context&,
                                                   GetServersRequest request) override {
    return servers(registry_, std::move(request));
  }
  awaitable<result<GetServerResponse>> GetServer(server_context&,
                                                 GetServerRequest request) override {
    return one_server(registry_, request.server_id());
  }
  awaitable<result<GetServerSocketsResponse>> GetServerSockets(
      server_context&, GetServerSocketsRequest request) override {
    return sockets(registry_, std::move(request));
  }
  awaitable<result<GetSocketResponse>> GetSocket(server_context&,
                                                 GetSocketRequest request) override {
    return one_socket(registry_, request.socket_id());
  }
  awaitable<result<GetTopChannelsResponse>> GetTopChannels(server_context&,
                                                           GetTopChannelsRequest) override {
    GetTopChannelsResponse none;
    none.set_end(true);
    co_return none;
  }
  awaitable<result<GetChannelResponse>> GetChannel(server_context&,
                                                   GetChannelRequest request) override {
    co_return no_such("channel", request.channel_id());
  }
  awaitable<result<GetSubchannelResponse>> GetSubchannel(server_context&,
                                                         GetSubchannelRequest request) override {
    co_return no_such("subchannel", request.subchannel_id());
  }

 private:
  registry_ptr registry_;
};

}  // namespace detail

channelz_service::channelz_service()
    : registry_(std::make_shared<detail::channelz_registry>()),
      handlers_(std::make_unique<detail::channelz_handlers>(registry_)) {}

channelz_service::~channelz_service() = default;

void channelz_service::watch(const server& s) {
  registry_->add(s.core());
}

awaitable<std::string> channelz_service::text() const {
  return detail::page(registry_);
}

std::string_view channelz_service::name() const noexcept {
  return handlers_->name();
}

void channelz_service::bind(method_binder& binder) {
  if (const auto server = binder.server().lock()) registry_->add(server);
  handlers_->bind(binder);
}

}  // namespace grpcwire
