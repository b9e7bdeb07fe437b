// A server and a channel that meet over TLS, with certificates of a test's own authority.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/transport/io/tls.hpp>

#include "tests/support/e2e_world.hpp"
#include "tests/support/test_ca.hpp"

namespace grpcwire::tests {

using transport::io::client_check;
using transport::io::server_check;
using transport::io::tls_client_credentials;
using transport::io::tls_client_settings;
using transport::io::tls_server_credentials;
using transport::io::tls_server_settings;

inline std::shared_ptr<const channel_credentials> client_tls(tls_client_settings settings) {
  auto made = tls_client_credentials(std::move(settings));
  if (!made) throw std::runtime_error(made.error());
  return *made;
}

inline std::shared_ptr<tls_server_credentials> server_tls(tls_server_settings settings) {
  auto made = tls_server_credentials::make(std::move(settings));
  if (!made) throw std::runtime_error(made.error());
  return *made;
}

/// By default everything is right; a test breaks one thing.
struct tls_world {
  test_ca ca;
  tls_server_settings of_server{.identity = ca.issue()};
  tls_client_settings of_client{.roots_pem = ca.root_pem()};
  std::shared_ptr<tls_server_credentials> credentials;
  std::vector<connection_failure> failures;  // as the server saw them
  std::optional<world> w;

  world& start(const std::string& listen_on = "127.0.0.1:0") {
    credentials = server_tls(of_server);
    server_options s;
    s.credentials = credentials;
    s.on_connection_failed = [this](const connection_failure& f) { failures.push_back(f); };
    w.emplace(listen_on, std::move(s), channel());
    return *w;
  }
  channel_options channel() const {
    channel_options c = quick_channel();
    c.credentials = client_tls(of_client);
    return c;
  }

  /// One unary call.
  std::pair<status, HelloReply> call(call_options options = {.deadline = 10s}) {
    std::pair<status, HelloReply> got;
    play(w->io, [&]() -> awaitable<void> {
      auto [s, r] = co_await w->stub->SayHello(request("TLS"), options);
      got = {std::move(s), std::move(r)};
    });
    return got;
  }
  /// A call that fails, and what it says. Waits for the server's view, too.
  status failing_call() {
    status end = call().first;
    EXPECT_TRUE(run_until(w->io, [&] { return !failures.empty(); }));
    return end;
  }
};

/// Both sides of a failure say what it was and what to do.
inline void expect_story(const status& s, const std::string& text, const std::string& advice) {
  EXPECT_EQ(s.code(), status_code::unavailable);
  EXPECT_NE(s.message().find(text), std::string::npos) << s.message();
  EXPECT_NE(s.details().advice.find(advice), std::string::npos) << s.details().advice;
  EXPECT_EQ(s.details().origin, status_origin::transport);
  EXPECT_EQ(s.details().phase, call_phase::connecting);
}
inline void expect_story(const connection_failure& f, const std::string& text,
                         const std::string& advice) {
  EXPECT_NE(f.text.find(text), std::string::npos) << f.text;
  EXPECT_NE(f.advice.find(advice), std::string::npos) << f.advice;
  EXPECT_TRUE(f.error);
  EXPECT_FALSE(f.peer.empty());
}

}  // namespace grpcwire::tests
