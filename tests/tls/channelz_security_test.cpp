// What channelz tells of TLS.
#include <gmock/gmock.h>

#include <grpcwire/rpc/channelz_service.hpp>

#include "grpc/channelz/v1/channelz.grpcwire.hpp"
#include "tests/tls/tls_world.hpp"

namespace grpcwire::tests {
namespace {

TEST(channelz_over_tls, names_the_cipher_suite_and_shows_the_certificate_of_the_client) {
  tls_world t;
  t.of_server.clients = client_check::required;
  t.of_server.client_roots_pem = t.ca.root_pem();
  t.of_client.identity = t.ca.issue({.common_name = "alice"});
  world& w = t.start();
  const auto [end, reply] = t.call();
  ASSERT_TRUE(end.ok()) << describe(end);

  channelz_service channelz;
  channelz.watch(*w.server);
  server admin(w.io);
  admin.add(channelz);
  channel to_admin = admin.connect_in_process(w.io);
  grpc::channelz::v1::Channelz::stub stub(to_admin);
  w.play([&]() -> awaitable<void> {
    grpc::channelz::v1::GetServerSocketsRequest connections;
    connections.set_server_id(1'000'000'000'000);
    const auto [end_1, found] = co_await stub.GetServerSockets(connections);
    EXPECT_EQ(found.socket_ref_size(), 1);
    grpc::channelz::v1::GetSocketRequest one;
    one.set_socket_id(found.socket_ref(0).socket_id());
    const auto [end_2, response] = co_await stub.GetSocket(one);
    const auto& tls = response.socket().security().tls();
    EXPECT_TRUE(tls.standard_name().starts_with("TLS_")) << tls.standard_name();
    EXPECT_EQ(tls.remote_certificate(), t.of_client.identity->certificate_chain_pem);
    const std::string text = co_await channelz.text();
    EXPECT_THAT(text, testing::HasSubstr(", TLSv1.3 " + tls.standard_name() + ", CN=alice\n"));
  });
}

}  // namespace
}  // namespace grpcwire::tests
