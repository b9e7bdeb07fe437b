// What cannot be trusted is refused, and both sides say why and what to do.

#include <gtest/gtest.h>

#include "tests/tls/tls_world.hpp"

namespace grpcwire::tests {
namespace {

TEST(a_tls_channel, refuses_a_certificate_for_another_name) {
  tls_world t;
  t.of_server.identity = t.ca.issue({.names = {"DNS:foo.test", "DNS:bar.test"}});
  t.start();
  const status end = t.failing_call();
  expect_story(end, "is for foo.test, bar.test, not for \"127.0.0.1\"", "server_name");
  expect_story(t.failures[0], "ended TLS with the alert bad_certificate",
               "the client refused this server's certificate");
}

TEST(a_tls_channel, refuses_an_expired_certificate) {
  tls_world t;
  t.of_server.identity = t.ca.issue({.begins = -48h, .ends = -24h});
  t.start();
  const status end = t.failing_call();
  expect_story(end, "expired on 20", "renew it");
  expect_story(t.failures[0], "certificate_expired", "renew the certificate of this server");
}

TEST(a_tls_channel, refuses_a_certificate_from_the_future) {
  tls_world t;
  t.of_server.identity = t.ca.issue({.begins = 24h, .ends = 48h});
  t.start();
  expect_story(t.failing_call(), "is not valid before 20", "clock");
}

TEST(a_tls_channel, refuses_an_unknown_authority) {
  tls_world t;
  const test_ca other("somebody else");
  t.of_server.identity = other.issue();
  t.start();
  const status end = t.failing_call();
  expect_story(end, "was issued by \"CN=somebody else\", which is none of the trusted roots",
               "roots_pem");
  expect_story(t.failures[0], "unknown_ca", "give the client the authority");
}

TEST(a_tls_channel, refuses_whom_its_own_verifier_refuses) {
  tls_world t;
  t.of_client.verify = [](const peer_certificate& c) -> std::optional<std::string> {
    EXPECT_EQ(c.common_name, "server");
    return "not on my list";
  };
  t.start();
  const status end = t.failing_call();
  EXPECT_NE(end.message().find("was refused by this program: not on my list"), std::string::npos)
      << end.message();
}

TEST(a_tls_channel, says_that_the_server_speaks_plaintext) {
  tls_world t;
  t.w.emplace("127.0.0.1:0", server_options{}, t.channel());
  const status end = t.call().first;
  expect_story(end, "does not speak TLS", "leave the credentials out");
}

TEST(a_plaintext_channel, says_that_the_server_speaks_tls) {
  tls_world t;
  t.start();
  t.w->connect(quick_channel());
  const status end = t.failing_call();
  expect_story(end, "the peer speaks TLS, this side does not", "give the channel credentials");
  expect_story(t.failures[0], "does not speak TLS", "the client must use TLS on this port");
}

TEST(a_plaintext_server, says_that_the_client_speaks_tls) {
  tls_world t;
  server_options s;
  s.on_connection_failed = [&](const connection_failure& f) { t.failures.push_back(f); };
  t.w.emplace("127.0.0.1:0", std::move(s), t.channel());
  (void)t.failing_call();
  expect_story(t.failures[0], "the peer speaks TLS, this side does not", "credentials");
}

TEST(a_tls_server, requires_the_certificate_of_the_client_when_told_so) {
  tls_world t;
  t.of_server.clients = client_check::required;
  t.of_server.client_roots_pem = t.ca.root_pem();
  t.start();
  const status end = t.failing_call();
  expect_story(end, "the server ended TLS with the alert certificate_required (116)",
               "the server requires a client certificate");
  expect_story(t.failures[0], "showed no certificate", "give the client a certificate");
}

TEST(a_tls_server, refuses_a_client_of_an_unknown_authority) {
  tls_world t;
  const test_ca other("somebody else");
  t.of_server.clients = client_check::optional;
  t.of_server.client_roots_pem = t.ca.root_pem();
  t.of_client.identity = other.issue({.common_name = "stranger"});
  t.start();
  const status end = t.failing_call();
  expect_story(end, "unknown_ca", "an authority that the server trusts");
  expect_story(t.failures[0], "the certificate \"CN=stranger\" of the client", "client_roots_pem");
}

TEST(a_tls_server, refuses_whom_its_own_verifier_refuses) {
  tls_world t;
  t.of_server.clients = client_check::required;
  t.of_server.client_roots_pem = t.ca.root_pem();
  t.of_server.verify = [](const peer_certificate& c) -> std::optional<std::string> {
    return c.common_name == "alice" ? std::nullopt : std::optional<std::string>("only alice");
  };
  t.of_client.identity = t.ca.issue({.common_name = "bob"});
  t.start();
  (void)t.failing_call();
  expect_story(t.failures[0], "was refused by this program: only alice", "");
  t.of_client.identity = t.ca.issue({.common_name = "alice"});
  t.w->connect(t.channel());
  EXPECT_TRUE(t.call().first.ok());
}

TEST(tls_credentials, say_what_cannot_be_used) {
  const test_ca ca;
  tls_server_settings s{.identity = ca.issue()};
  s.identity.private_key_pem = ca.issue().private_key_pem;
  EXPECT_EQ(tls_server_credentials::make(s).error(),
            "server identity: the private key does not belong to the certificate: key values "
            "mismatch");
  s.identity.private_key_pem = "nonsense";
  EXPECT_NE(tls_server_credentials::make(s).error().find("the private key is no PEM key"),
            std::string::npos);
  s.identity = {};
  EXPECT_NE(tls_server_credentials::make(s).error().find("the certificate is no PEM certificate"),
            std::string::npos);
  s = {.identity = ca.issue(), .clients = client_check::required};
  EXPECT_NE(tls_server_credentials::make(s).error().find("client_roots_pem names no authority"),
            std::string::npos);
  EXPECT_NE(tls_client_credentials({.roots_pem = "nonsense"}).error().find("the roots are no PEM"),
            std::string::npos);
  EXPECT_EQ(transport::io::read_tls_identity("/nowhere/cert.pem", "/nowhere/key.pem").error(),
            "cannot read \"/nowhere/cert.pem\"");
}

}  // namespace
}  // namespace grpcwire::tests
