// What the metrics page makes of requests, whole and in pieces.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/rpc/http_page_internal.hpp>

namespace grpcwire::detail {
namespace {

std::optional<page_request> judged(const std::string& received) {
  return read_page_request(received, 200, "/metrics");
}

TEST(http_page, answers_what_asks_for_it) {
  for (const char* line :
       {"GET /metrics HTTP/1.1", "GET /metrics HTTP/1.0", "GET /metrics?name[]=x HTTP/1.1",
        "GET http://host:9464/metrics HTTP/1.1", "HEAD /metrics HTTP/1.1"}) {
    const auto request = judged(line + std::string("\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(request) << line;
    EXPECT_EQ(request->error, 0) << line;
    EXPECT_EQ(request->body, std::string(line).starts_with("GET")) << line;
  }
}

TEST(http_page, says_what_is_wrong_with_others) {
  struct row {
    const char* line;
    int error;
  };
  for (const row& r : std::vector<row>{{"GET / HTTP/1.1", 404},
                                       {"GET /metrics/ HTTP/1.1", 404},
                                       {"HEAD /x HTTP/1.1", 404},
                                       {"GET http://host HTTP/1.1", 404},
                                       {"POST /x HTTP/1.1", 404},
                                       {"POST /metrics HTTP/1.1", 405},
                                       {"get /metrics HTTP/1.1", 405},
                                       {"GET /metrics", 400},
                                       {"GET  HTTP/1.1", 400},
                                       {"GET /metrics HTTP/2.0", 400},
                                       {"GET /met rics HTTP/1.1", 400},
                                       {"GET /met\x01rics HTTP/1.1", 400},
                                       {"G(T /metrics HTTP/1.1", 400},
                                       {" /metrics HTTP/1.1", 400},
                                       {"PRI * HTTP/2.0", 400},
                                       {"", 400}}) {
    const auto request = judged(r.line + std::string("\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(request) << r.line;
    EXPECT_EQ(request->error, r.error) << r.line;
  }
}

TEST(http_page, waits_for_the_rest_of_a_request_that_may_be_good) {
  const std::string whole = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(judged(whole.substr(0, size))) << size;
  }
  EXPECT_EQ(judged(whole)->error, 0);
  EXPECT_EQ(judged(whole + "more")->error, 0);
}

TEST(http_page, refuses_without_the_rest_what_cannot_be_good) {
  EXPECT_EQ(judged("nonsense\r\n")->error, 400);
  EXPECT_EQ(judged(std::string(199, 'x')), std::nullopt);
  EXPECT_EQ(judged(std::string(200, 'x'))->error, 431);
  const std::string head = "GET /metrics HTTP/1.1\r\nX: ";
  EXPECT_EQ(judged(head + std::string(200 - head.size() - 4, 'x') + "\r\n\r\n")->error, 0);
  EXPECT_EQ(judged(head + std::string(200 - head.size() - 3, 'x') + "\r\n\r\n")->error, 431);
}

TEST(http_page, writes_whole_answers) {
  EXPECT_EQ(page_answer("a 1\n", true),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: 4\r\nConnection: close\r\n\r\na 1\n");
  EXPECT_TRUE(page_answer("a 1\n", false).ends_with("close\r\n\r\n"));
  EXPECT_EQ(page_error(405, true),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 23\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n"
            "405 Method Not Allowed\n");
}

}  // namespace
}  // namespace grpcwire::detail
