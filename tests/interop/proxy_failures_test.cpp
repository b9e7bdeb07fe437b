// What a call says when something is wrong at a proxy: no server behind it, a server or a proxy
// that dies, a proxy that waits no longer, that has a page of its own, that drops trailers.
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/stub.hpp>

#include "grpc/testing/test.grpcwire.hpp"
#include "tests/interop/child_process.hpp"

namespace grpcwire::tests {
namespace {

using ::grpc::testing::Empty;
using ::grpc::testing::StreamingOutputCallRequest;
using ::grpc::testing::TestService;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct proxy {
  const char* name;
  std::string program;
  std::string missing;  // why there is none; empty: there is one
};
void PrintTo(const proxy& p, std::ostream* out) {
  *out << p.name;
}

const proxy nghttpx{"nghttpx", GRPCWIRE_NGHTTPX, GRPCWIRE_NGHTTPX_MISSING};
const proxy haproxy{"haproxy", GRPCWIRE_HAPROXY, GRPCWIRE_HAPROXY_MISSING};
const proxy nginx{"nginx", GRPCWIRE_NGINX, GRPCWIRE_NGINX_MISSING};

/// interop_server with a proxy in front of it.
class proxied_server {
 public:
  explicit proxied_server(std::vector<std::string> options_and_proxies)
      : process_([&] {
          std::vector<std::string> command{GRPCWIRE_BEHIND_PROXY};
          for (std::string& word : options_and_proxies) command.push_back(std::move(word));
          command.insert(command.end(), {GRPCWIRE_INTEROP_SERVER, "--port=0"});
          return command;
        }()) {
    constexpr std::string_view ready = "listening on ";
    const std::string line = process_.line();
    if (!line.starts_with(ready)) throw std::runtime_error("no proxy: " + line);
    address = line.substr(ready.size());
  }

  proxied_server(const proxied_server&) = delete;
  proxied_server& operator=(const proxied_server&) = delete;
  ~proxied_server() {
    process_.say("end");
    while (!process_.line().empty()) continue;  // it has tidied up when it is silent
  }

  void kill(std::string_view which) {
    process_.say("kill " + std::string(which));
    if (process_.line() != "done") throw std::runtime_error("nothing was killed");
  }

  std::string address;

 private:
  child_process process_;
};

StreamingOutputCallRequest responses_after(std::vector<int> intervals_us) {
  StreamingOutputCallRequest request;
  for (const int interval : intervals_us) {
    auto* wish = request.add_response_parameters();
    wish->set_size(1);
    wish->set_interval_us(interval);
  }
  return request;
}
constexpr int long_us = 60'000'000;

class behind_a_proxy : public testing::TestWithParam<proxy> {
 protected:
  void SetUp() override {
    if (!GetParam().missing.empty()) GTEST_SKIP() << GetParam().missing;
  }

  void start(std::vector<std::string> options = {}) {
    options.push_back(GetParam().program);
    pair_.emplace(std::move(options));
    channel_.emplace(pair_->address);
    stub_.emplace(*channel_);
  }
  static bool is(const proxy& one) { return std::string_view(GetParam().name) == one.name; }
  proxied_server& pair() { return *pair_; }
  const channel& over() { return *channel_; }
  TestService::stub& stub() { return *stub_; }

 private:
  std::optional<proxied_server> pair_;
  std::optional<channel> channel_;
  std::optional<TestService::stub> stub_;
};

INSTANTIATE_TEST_SUITE_P(of_all, behind_a_proxy, testing::Values(nghttpx, haproxy, nginx),
                         testing::PrintToStringParamName());

/// Its own page came in place of an answer of the server.
void expect_page(const status& s, const std::string& http_status) {
  EXPECT_THAT(s.message(), AllOf(HasSubstr("HTTP status " + http_status), HasSubstr("text/html")));
  EXPECT_EQ(s.details().phase, call_phase::receiving) << describe(s);
  EXPECT_THAT(s.details().causes,
              ElementsAre(AllOf(StartsWith("the body begins with: <"), HasSubstr(http_status))));
  EXPECT_EQ(describe(s).find('\n'), std::string::npos) << describe(s);
}

TEST_P(behind_a_proxy, a_server_that_is_gone_shows_as_a_page_of_the_proxy) {
  start();
  ASSERT_TRUE(std::get<0>(stub().EmptyCall(Empty(), blocking)).ok());
  pair().kill("server");
  const status s = std::get<0>(stub().EmptyCall(Empty(), blocking));
  EXPECT_EQ(s.code(), status_code::unavailable);
  expect_page(s, is(haproxy) ? "503" : "502");
  EXPECT_THAT(s.details().advice, HasSubstr("the proxy"));
}

TEST_P(behind_a_proxy, a_server_that_dies_in_a_stream_shows_and_makes_think_of_the_proxy) {
  start();
  auto call = stub().StreamingOutputCall(responses_after({0, long_us}));
  ASSERT_TRUE(call.read(blocking));
  pair().kill("server");
  EXPECT_FALSE(call.read(blocking));
  const status s = call.finish(blocking);
  EXPECT_EQ(s.code(), status_code::internal);
  EXPECT_EQ(s.details().origin, status_origin::peer);
  // haproxy makes a response without trailers of it, the others reset the stream.
  EXPECT_THAT(s.message(), is(haproxy) ? HasSubstr("without sending trailers")
                                       : HasSubstr("reset the stream with INTERNAL_ERROR"));
  EXPECT_THAT(s.details().advice, AllOf(HasSubstr("proxy"), HasSubstr("lost")));
}

TEST_P(behind_a_proxy, its_own_death_in_a_stream_is_a_lost_connection) {
  start();
  auto call = stub().StreamingOutputCall(responses_after({0, long_us}));
  ASSERT_TRUE(call.read(blocking));
  pair().kill("proxy");
  EXPECT_FALSE(call.read(blocking));
  const status s = call.finish(blocking);
  EXPECT_EQ(s.code(), status_code::unavailable);
  EXPECT_THAT(s.message(), HasSubstr("the connection was lost"));
  EXPECT_EQ(s.details().origin, status_origin::transport);
}

TEST_P(behind_a_proxy, a_server_that_it_waits_for_no_longer_makes_think_of_the_proxy) {
  start({"--timeout=1"});
  auto call = stub().StreamingOutputCall(responses_after({long_us}));
  EXPECT_FALSE(call.read(blocking));
  const status s = call.finish(blocking);
  if (is(nghttpx)) {
    EXPECT_EQ(s.message(), "the peer reset the stream with INTERNAL_ERROR");
    EXPECT_THAT(s.details().advice, HasSubstr("a proxy before it"));
  } else {
    EXPECT_EQ(s.code(), status_code::unavailable) << describe(s);
    expect_page(s, "504");
    EXPECT_THAT(s.details().advice, HasSubstr("time-out"));
  }
}

struct stub_of_nowhere : stub_base {
  using stub_base::stub_base;
  status call() const {
    static constexpr method<Empty, Empty> nothing{"/elsewhere/Call", method_kind::unary};
    return std::get<0>(unary(nothing, Empty(), {}, blocking));
  }
};

TEST_P(behind_a_proxy, a_path_that_the_proxy_does_not_pass_on_shows_as_its_page) {
  if (is(nghttpx)) GTEST_SKIP() << "nghttpx passes all paths on";
  start();
  const status s = stub_of_nowhere(over()).call();
  EXPECT_EQ(s.code(), status_code::unimplemented);
  expect_page(s, "404");
  EXPECT_THAT(s.details().advice, HasSubstr("a proxy passes gRPC on"));
}

/// Two proxies with HTTP/1.1 in between: the first one, nginx, drops the trailers of the second.
TEST(behind_http1, a_dropped_trailer_is_missed_and_makes_think_of_a_proxy) {
  for (const proxy& p : {nginx, nghttpx}) {
    if (!p.missing.empty()) GTEST_SKIP() << p.missing;
  }
  proxied_server pair({"--http1", nginx.program, GRPCWIRE_BEHIND_PROXY, nghttpx.program});
  const channel over(pair.address);
  const status s = std::get<0>(TestService::stub(over).EmptyCall(Empty(), blocking));
  EXPECT_EQ(s.code(), status_code::internal);
  EXPECT_EQ(s.message(), "the server closed the stream without sending trailers");
  EXPECT_THAT(s.details().advice,
              HasSubstr("a proxy between client and server: it drops trailers"));
}

/// The same proxy before a server that speaks HTTP/2 only. Mostly the server has hung up before the
/// proxy reads. A proxy that reads first takes the SETTINGS of the server for an answer of
/// HTTP/0.9, sends no request and passes what comes until the server stops waiting for one, without
/// a status.
TEST(behind_http1, a_server_is_not_reached) {
  if (!nginx.missing.empty()) GTEST_SKIP() << nginx.missing;
  proxied_server pair({"--http1", nginx.program});
  const channel over(pair.address);
  const status s = std::get<0>(TestService::stub(over).EmptyCall(Empty(), blocking));
  EXPECT_FALSE(s.ok());
  EXPECT_THAT(s.details().advice, HasSubstr("look at the proxy between client and server"));
  if (s.message() == "the response has HTTP status 0 and no content-type") return;
  EXPECT_EQ(s.code(), status_code::unavailable);
  expect_page(s, "502");
  EXPECT_THAT(s.details().advice, HasSubstr("reaches no server that speaks HTTP/2"));
}

}  // namespace
}  // namespace grpcwire::tests
