// Calls over TLS on real sockets, and what the two sides know about each other.

#include <algorithm>

#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "tests/tls/tls_world.hpp"

namespace grpcwire::tests {
namespace {

TEST(tls, carries_all_kinds_of_calls) {
  tls_world t;
  world& w = t.start();
  w.play([&]() -> awaitable<void> {
    auto [s, r] = co_await w.stub->SayHello(request("TLS"), {.deadline = 10s});
    EXPECT_TRUE(s.ok()) << describe(s);
    EXPECT_EQ(r.message(), "Hello TLS");
    greeter_call spelled = w.stub->SayHelloStreamReply(request("ab"));
    EXPECT_TRUE(says(co_await spelled.read(), "a"));
    EXPECT_TRUE(says(co_await spelled.read(), "b"));
    EXPECT_TRUE((co_await spelled.finish()).ok());
    greeter_call chat = w.stub->SayHelloBidiStream();
    for (const char* text : {"one", "two"}) {
      EXPECT_TRUE(co_await chat.write(request(text)));
      EXPECT_TRUE(says(co_await chat.read(), text));
    }
    chat.writes_done();
    EXPECT_TRUE((co_await chat.finish()).ok());
    greeter_call collected = w.stub->CollectNames();
    EXPECT_TRUE(co_await collected.write(request("x")));
    EXPECT_TRUE(co_await collected.write(request("y")));
    collected.writes_done();
    EXPECT_TRUE(says(co_await collected.read(), "xy"));
    EXPECT_TRUE((co_await collected.finish()).ok());
  });
}

TEST(tls, carries_large_messages_both_ways) {
  tls_world t;
  world& w = t.start();
  std::string big(3'000'000, ' ');
  std::generate(big.begin(), big.end(), [n = 0]() mutable { return char('a' + n++ % 26); });
  w.play([&]() -> awaitable<void> {
    greeter_call chat = w.stub->SayHelloBidiStream();
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(co_await chat.write(request(big)));
      const auto back = co_await chat.read();
      EXPECT_TRUE(back && back->message() == big);
    }
    chat.writes_done();
    EXPECT_TRUE((co_await chat.finish()).ok());
  });
}

TEST(tls, serves_many_calls_at_once) {
  tls_world t;
  world& w = t.start();
  int ended = 0;
  for (int i = 0; i < 500; ++i) {
    w.stub->SayHello(request(std::to_string(i)), [&, i](const status& s, const HelloReply& r) {
      EXPECT_TRUE(s.ok()) << describe(s);
      EXPECT_EQ(r.message(), "Hello " + std::to_string(i));
      ++ended;
    });
  }
  EXPECT_TRUE(run_until(w.io, [&] { return ended == 500; }));
}

TEST(tls, works_over_unix_sockets_by_the_name_localhost) {
  tls_world t;
  t.start("unix-abstract:grpcwire-tls-test");
  EXPECT_TRUE(t.call().first.ok());
}

TEST(tls, checks_the_name_that_it_is_told_to_check) {
  tls_world t;
  t.of_server.identity = t.ca.issue({.names = {"DNS:*.test.example"}});
  t.of_client.server_name = "foo.test.example";
  t.start();
  const auto [s, r] = t.call();
  EXPECT_TRUE(s.ok()) << describe(s);
}

TEST(tls, checks_the_host_of_the_authority_when_one_is_set) {
  tls_world t;
  t.of_server.identity = t.ca.issue({.names = {"DNS:foo.test"}});
  t.start();
  channel_options c = t.channel();
  c.authority = "foo.test:443";
  t.w->connect(std::move(c));
  EXPECT_TRUE(t.call().first.ok());
}

TEST(tls, checks_less_when_told_so) {
  tls_world t;
  const test_ca other("somebody else");
  t.of_server.identity = other.issue({.names = {"DNS:foo.test"}});
  t.of_client.check = server_check::none;
  t.start();
  EXPECT_TRUE(t.call().first.ok());
  t.of_client.check = server_check::chain_only;
  t.of_client.roots_pem = other.root_pem();
  t.w->connect(t.channel());
  EXPECT_TRUE(t.call().first.ok());
}

TEST(tls, tells_each_side_who_the_other_one_is) {
  tls_world t;
  t.of_server.clients = client_check::required;
  t.of_server.client_roots_pem = t.ca.root_pem();
  t.of_server.identity = t.ca.issue({.common_name = "the server"});
  t.of_client.identity =
      t.ca.issue({.common_name = "alice", .names = {"URI:spiffe://example/alice"}});
  t.of_client.server_name = "localhost";
  t.start();
  std::shared_ptr<const security_info> seen;
  t.w->greeter.hello = [&](server_context& context,
                           HelloRequest r) -> awaitable<result<HelloReply>> {
    seen = context.security();
    return scripted_greeter::greet(std::move(r));
  };
  call_info info;
  const auto [s, r] = t.call({.deadline = 10s, .info = &info});
  ASSERT_TRUE(s.ok()) << describe(s);
  ASSERT_TRUE(seen && seen->peer);
  EXPECT_EQ(seen->peer->common_name, "alice");
  EXPECT_EQ(seen->peer->subject, "CN=alice");
  EXPECT_EQ(seen->peer->issuer, "CN=grpcwire test CA");
  EXPECT_EQ(seen->peer->uris, std::vector<std::string>{"spiffe://example/alice"});
  EXPECT_EQ(seen->peer->sha256.size(), 64U);
  EXPECT_EQ(seen->peer->pem.at(0), t.of_client.identity->certificate_chain_pem);
  EXPECT_EQ(seen->protocol, "TLSv1.3");
  EXPECT_EQ(seen->server_name, "localhost");
  EXPECT_TRUE(seen->peer_verified);
  ASSERT_TRUE(info.security && info.security->peer);
  EXPECT_EQ(info.security->peer->common_name, "the server");
  EXPECT_FALSE(info.security->cipher.empty());
}

TEST(tls, is_absent_from_the_context_of_a_plaintext_call) {
  world w;
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    EXPECT_EQ(context.security(), nullptr);
    return scripted_greeter::greet(std::move(r));
  };
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
  EXPECT_EQ(w.greeter.calls, 1);
}

TEST(tls, goes_on_with_the_session_of_an_earlier_connection) {
  tls_world t;
  t.of_client.server_name = "localhost";
  t.start();
  const channel_options options = t.channel();  // sessions belong to the credentials
  for (const bool resumed : {false, true, true}) {
    t.w->connect(options);
    call_info info;
    ASSERT_TRUE(t.call({.deadline = 10s, .info = &info}).first.ok());
    ASSERT_TRUE(info.security);
    EXPECT_EQ(info.security->resumed, resumed);
  }
}

TEST(tls, takes_new_certificates_while_it_serves) {
  tls_world t;
  t.start();
  ASSERT_TRUE(t.call().first.ok());
  const test_ca other("the next one");
  EXPECT_EQ(t.credentials->reload({.identity = other.issue()}), std::nullopt);
  EXPECT_TRUE(t.call().first.ok());                    // the old connection goes on
  EXPECT_NE(t.credentials->reload({}), std::nullopt);  // and nothing is broken by a bad file
  t.of_client.roots_pem = other.root_pem();
  t.w->connect(t.channel());
  EXPECT_TRUE(t.call().first.ok());
}

TEST(tls, gives_its_keys_only_to_who_asks_for_them) {
  tls_world t;
  std::vector<std::string> client_lines;
  std::vector<std::string> server_lines;
  t.of_client.key_log = [&](std::string_view line) { client_lines.emplace_back(line); };
  t.of_server.key_log = [&](std::string_view line) { server_lines.emplace_back(line); };
  t.start();
  ASSERT_TRUE(t.call().first.ok());
  const auto has = [](const std::vector<std::string>& lines, std::string_view label) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(label); });
  };
  EXPECT_TRUE(has(client_lines, "CLIENT_TRAFFIC_SECRET_0 "));
  EXPECT_TRUE(has(server_lines, "SERVER_TRAFFIC_SECRET_0 "));
}

TEST(a_connection_over_tls, that_says_nothing_is_closed_after_the_handshake_timeout) {
  tls_world t;
  t.credentials = server_tls(t.of_server);
  server_options s;
  s.credentials = t.credentials;
  s.handshake_timeout = 50ms;
  s.on_connection_failed = [&](const connection_failure& f) { t.failures.push_back(f); };
  t.w.emplace("127.0.0.1:0", std::move(s));
  const auto port = std::stoi(t.w->address.substr(t.w->address.rfind(':') + 1));
  asio::ip::tcp::socket silent(t.w->io);
  silent.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
  EXPECT_TRUE(run_until(t.w->io, [&] { return !t.failures.empty(); }));
  EXPECT_NE(t.failures[0].text.find("handshake timeout"), std::string::npos);
  EXPECT_TRUE(run_until(t.w->io, [&] { return t.w->server->connection_count() == 0; }));
}

}  // namespace
}  // namespace grpcwire::tests
