// What real calls add to the metrics of both sides, and the page that shows them.

#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <asio/read.hpp>
#include <gmock/gmock.h>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/rpc/metrics.hpp>
#include <grpcwire/rpc/metrics_page.hpp>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string hello = "helloworld.Greeter/SayHello";
const std::string chat_path = "helloworld.Greeter/SayHelloBidiStream";

server_options counting_server(const std::shared_ptr<metrics>& m) {
  server_options options;
  options.metrics = m;
  return options;
}
channel_options counting_channel(const std::shared_ptr<metrics>& m) {
  channel_options options = quick_channel();
  options.metrics = m;
  return options;
}

struct counted_world {
  std::shared_ptr<metrics> counts = std::make_shared<metrics>();
  world w{"127.0.0.1:0", counting_server(counts), counting_channel(counts)};

  /// `method STATUS count sum` of each point; durations without a sum.
  std::vector<std::string> rows(std::string_view name) const {
    std::vector<std::string> rows;
    const auto snapshot = counts->snapshot();
    const metric* m = snapshot.find(name);
    for (const metric_point& p : m->points) {
      std::string row = p.method;
      if (p.status) row += " " + std::string(codec::name(*p.status));
      row += " " + std::to_string(p.count);
      if (m->unit == "By") row += " " + std::to_string(static_cast<std::uint64_t>(p.sum));
      rows.push_back(row);
    }
    return rows;
  }
  std::vector<std::string> sent(std::string_view side) const {
    return rows("grpc." + std::string(side) + ".sent_total_compressed_message_size");
  }
  std::vector<std::string> received(std::string_view side) const {
    return rows("grpc." + std::string(side) + ".rcvd_total_compressed_message_size");
  }
};

TEST(metrics_of_calls, count_a_unary_call_on_both_sides) {
  counted_world c;
  c.w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await c.w.stub->SayHello(request("Ali"))).ok());
  });
  // Each message is a tag, a length and the text: "Ali" and "Hello Ali".
  EXPECT_THAT(c.rows("grpc.client.attempt.started"), ElementsAre(hello + " 1"));
  EXPECT_THAT(c.rows("grpc.client.attempt.duration"), ElementsAre(hello + " OK 1"));
  EXPECT_THAT(c.rows("grpc.client.call.duration"), ElementsAre(hello + " OK 1"));
  EXPECT_THAT(c.sent("client.attempt"), ElementsAre(hello + " OK 1 5"));
  EXPECT_THAT(c.received("client.attempt"), ElementsAre(hello + " OK 1 11"));
  EXPECT_THAT(c.rows("grpc.server.call.started"), ElementsAre(hello + " 1"));
  EXPECT_THAT(c.rows("grpc.server.call.duration"), ElementsAre(hello + " OK 1"));
  EXPECT_THAT(c.sent("server.call"), ElementsAre(hello + " OK 1 11"));
  EXPECT_THAT(c.received("server.call"), ElementsAre(hello + " OK 1 5"));
  const auto snapshot = c.counts->snapshot();
  EXPECT_EQ(snapshot.find("grpc.client.call.duration")->points[0].target, "dns:///" + c.w.address);
  EXPECT_EQ(snapshot.find("grpc.server.call.duration")->points[0].target, "");
}

TEST(metrics_of_calls, measure_how_long_a_call_takes) {
  counted_world c;
  c.w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await pause(30ms);
    co_return reply("x");
  };
  const auto begin = std::chrono::steady_clock::now();
  c.w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await c.w.stub->SayHello(request("Ali"))).ok());
  });
  const std::chrono::duration<double> most = std::chrono::steady_clock::now() - begin;
  const auto snapshot = c.counts->snapshot();
  for (const char* name :
       {"grpc.server.call.duration", "grpc.client.attempt.duration", "grpc.client.call.duration"}) {
    const double sum = snapshot.find(name)->points.at(0).sum;
    EXPECT_GE(sum, 0.03) << name;
    EXPECT_LE(sum, most.count()) << name;
  }
}

TEST(metrics_of_calls, add_up_the_messages_of_a_stream) {
  counted_world c;
  c.w.play([&]() -> awaitable<void> {
    greeter_call call = c.w.stub->SayHelloBidiStream();
    for (const char* text : {"a", "bb", "ccc"}) {
      EXPECT_TRUE(co_await call.write(request(text)));
      EXPECT_TRUE(says(co_await call.read(), text));
    }
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
  for (const char* side : {"client.attempt", "server.call"}) {
    EXPECT_THAT(c.sent(side), ElementsAre(chat_path + " OK 1 12")) << side;
    EXPECT_THAT(c.received(side), ElementsAre(chat_path + " OK 1 12")) << side;
  }
}

TEST(metrics_of_calls, count_sizes_as_they_are_compressed) {
  counted_world c;
  const HelloRequest message = request(std::string(5000, 'x'));
  const auto encoded = codec::encode_message(message, 1 << 20, codec::encoding::gzip, {});
  ASSERT_TRUE(encoded);
  const std::string size = std::to_string(encoded.value().size() - codec::message_prefix_size);
  c.w.greeter.hello = [](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    context.set_compression(codec::encoding::gzip);
    co_return reply(r.name());
  };
  c.w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(
        std::get<0>(co_await c.w.stub->SayHello(message, {.compression = codec::encoding::gzip}))
            .ok());
  });
  for (const char* side : {"client.attempt", "server.call"}) {
    EXPECT_THAT(c.sent(side), ElementsAre(hello + " OK 1 " + size)) << side;
    EXPECT_THAT(c.received(side), ElementsAre(hello + " OK 1 " + size)) << side;
  }
}

TEST(metrics_of_calls, have_the_status_of_each_side) {
  counted_world c;
  happening left(c.w.io);
  c.w.greeter.hello = [&](server_context& context,
                          HelloRequest r) -> awaitable<result<HelloReply>> {
    if (r.name() == "no") co_return status(status_code::not_found, "no");
    try {
      co_await pause(20s);
    } catch (const std::system_error&) {
      EXPECT_TRUE(context.cancelled());
    }
    left.now();
    co_return reply("late");
  };
  c.w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await c.w.stub->SayHello(request("no"))).code(),
              status_code::not_found);
    EXPECT_EQ(std::get<0>(co_await c.w.stub->SayHello(request("x"), {.deadline = 50ms})).code(),
              status_code::deadline_exceeded);
    co_await left.wait();
    greeter_call call = c.w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("a")));
    EXPECT_TRUE(says(co_await call.read(), "a"));
    call.cancel();
    EXPECT_EQ((co_await call.finish()).code(), status_code::cancelled);
  });
  const auto of_server = [&] { return c.rows("grpc.server.call.duration"); };
  EXPECT_TRUE(run_until(c.w.io, [&] { return of_server().size() == 3; }));
  const auto all = ElementsAre(hello + " DEADLINE_EXCEEDED 1", hello + " NOT_FOUND 1",
                               chat_path + " CANCELLED 1");
  // Whichever comes first at the server: its own deadline, or the end of the call at the client.
  const auto reset =
      ElementsAre(hello + " CANCELLED 1", hello + " NOT_FOUND 1", chat_path + " CANCELLED 1");
  EXPECT_THAT(of_server(), testing::AnyOf(all, reset));
  EXPECT_THAT(c.rows("grpc.client.call.duration"), all);
  EXPECT_THAT(c.rows("grpc.client.attempt.duration"), all);
}

TEST(metrics_of_calls, call_methods_that_a_server_does_not_have_other) {
  counted_world c;
  server bare(c.w.io, counting_server(c.counts));
  channel to_bare(c.w.io, *bare.listen("127.0.0.1:0"), quick_channel());
  Greeter::stub stub(to_bare);
  c.w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await stub.SayHello(request("x"))).code(), status_code::unimplemented);
  });
  EXPECT_THAT(c.rows("grpc.server.call.started"), ElementsAre("other 1"));
  EXPECT_THAT(c.rows("grpc.server.call.duration"), ElementsAre("other UNIMPLEMENTED 1"));
  EXPECT_THAT(c.rows("grpc.client.call.duration"), IsEmpty());  // that channel counts nothing
}

TEST(metrics_of_calls, have_calls_without_attempts_when_nothing_may_be_sent) {
  counted_world c;
  c.w.play([&]() -> awaitable<void> {
    grpcwire::metadata bad;
    bad.add("grpc-mine", "x");
    const auto end = std::get<0>(co_await c.w.stub->SayHello(request("x"), {.metadata = bad}));
    EXPECT_FALSE(end.ok());
    EXPECT_THAT(c.rows("grpc.client.call.duration"),
                ElementsAre(hello + " " + std::string(codec::name(end.code())) + " 1"));
  });
  EXPECT_THAT(c.rows("grpc.client.attempt.started"), IsEmpty());
  EXPECT_THAT(c.rows("grpc.client.attempt.duration"), IsEmpty());
}

// ---- the page

/// Sends this and reads to the end; empty: the connection was closed without an answer.
awaitable<std::string> ask(asio::io_context& io, std::string address, std::string text) {
  raw_peer peer(io, address);
  co_await peer.send(text);
  std::string answer;
  std::array<char, 4096> block;
  for (;;) {
    std::error_code end;
    const std::size_t size = co_await peer.socket().async_read_some(
        asio::buffer(block), asio::redirect_error(asio::use_awaitable, end));
    answer.append(block.data(), size);
    if (end) co_return answer;
  }
}

metrics_page page_of(counted_world& c, const metrics_page_options& options = {}) {
  auto page = metrics_page::open(c.w.io, "127.0.0.1:0", c.counts, options);
  if (!page) throw std::runtime_error(page.error().message());
  return *std::move(page);
}

TEST(a_metrics_page, shows_what_was_counted) {
  counted_world c;
  const metrics_page page = page_of(c);
  c.w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await c.w.stub->SayHello(request("Ali"))).ok());
    const std::string get = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string answer = co_await ask(c.w.io, page.address(), get);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\n\r\n" + prometheus_text(c.counts->snapshot())));
    EXPECT_THAT(answer,
                HasSubstr("grpc_server_call_started_total{grpc_method=\"" + hello + "\"} 1"));
    EXPECT_THAT(co_await ask(c.w.io, page.address(), "HEAD" + get.substr(3)),
                testing::EndsWith("Connection: close\r\n\r\n"));
  });
}

TEST(a_metrics_page, answers_bad_requests_and_goes_on) {
  counted_world c;
  const metrics_page page = page_of(c, {.request_size_max = 100});
  c.w.play([&]() -> awaitable<void> {
    const auto first_line = [&](std::string text) -> awaitable<std::string> {
      const std::string answer = co_await ask(c.w.io, page.address(), std::move(text));
      co_return answer.substr(0, answer.find('\r'));
    };
    EXPECT_EQ(co_await first_line("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
    EXPECT_EQ(co_await first_line("PUT /metrics HTTP/1.1\r\n\r\nbody"),
              "HTTP/1.1 405 Method Not Allowed");
    EXPECT_EQ(co_await first_line("\x16\x03\x01\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(co_await first_line("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    // More than is read before the answer: it arrives all the same.
    EXPECT_EQ(co_await first_line(std::string(100'000, 'x')),
              "HTTP/1.1 431 Request Header Fields Too Large");
    EXPECT_EQ(co_await first_line("GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 OK");
  });
}

TEST(a_metrics_page, takes_a_request_in_pieces) {
  counted_world c;
  const metrics_page page = page_of(c);
  c.w.play([&]() -> awaitable<void> {
    raw_peer peer(c.w.io, page.address());
    for (const char letter : std::string("GET /metrics HTTP/1.1\r\n\r\n")) {
      co_await peer.send(std::string(1, letter));
    }
    std::array<char, 12> begin;
    co_await asio::async_read(peer.socket(), asio::buffer(begin), asio::use_awaitable);
    EXPECT_EQ(std::string(begin.data(), begin.size()), "HTTP/1.1 200");
  });
}

TEST(a_metrics_page, closes_connections_that_take_too_long) {
  counted_world c;
  const metrics_page page = page_of(c, {.time_max = 50ms});
  c.w.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await ask(c.w.io, page.address(), "GET /metrics HTTP/1.1\r\nX: "), "");
    EXPECT_EQ(co_await ask(c.w.io, page.address(), ""), "");
  });
}

TEST(a_metrics_page, has_no_more_connections_than_it_may) {
  counted_world c;
  const metrics_page page = page_of(c, {.connections_max = 2});
  c.w.play([&]() -> awaitable<void> {
    const std::string get = "GET /metrics HTTP/1.1\r\n\r\n";
    raw_peer one(c.w.io, page.address());
    co_await one.send("GET ");
    {
      raw_peer two(c.w.io, page.address());
      co_await two.send("GET ");
      EXPECT_EQ(co_await ask(c.w.io, page.address(), get), "");
    }
    std::string answer;
    while (answer.empty()) answer = co_await ask(c.w.io, page.address(), get);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  });
}

TEST(a_metrics_page, says_why_it_cannot_listen) {
  counted_world c;
  const metrics_page page = page_of(c);
  const auto taken = metrics_page::open(c.w.io, page.address(), c.counts);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code(), status_code::unavailable);
  EXPECT_THAT(taken.error().message(), HasSubstr("the port is taken"));
  const auto nonsense = metrics_page::open(c.w.io, "127.0.0.1:x", c.counts);
  ASSERT_FALSE(nonsense);
  EXPECT_EQ(nonsense.error().code(), status_code::invalid_argument);
}

TEST(a_metrics_page, gives_its_address_back_with_its_end) {
  counted_world c;
  auto page = std::make_unique<metrics_page>(page_of(c));
  const std::string address = page->address();
  c.w.play([&]() -> awaitable<void> {
    raw_peer open(c.w.io, address);
    co_await open.send("GET ");
    co_await pause(20ms);
    page.reset();
    co_await open.drain();
    EXPECT_TRUE(metrics_page::open(c.w.io, address, c.counts));
  });
}

TEST(a_metrics_page, may_end_before_and_after_its_io_context) {
  const auto counts = std::make_shared<metrics>();
  for (const bool page_first : {true, false}) {
    auto io = std::make_unique<asio::io_context>();
    auto page =
        std::make_unique<result<metrics_page>>(metrics_page::open(*io, "127.0.0.1:0", counts));
    ASSERT_TRUE(*page);
    asio::io_context other;
    raw_peer asking(other, page->value().address());
    play(*io, [&]() -> awaitable<void> { co_await pause(20ms); });
    if (page_first) page.reset();
    io.reset();
    page.reset();
  }
}

TEST(a_metrics_page, can_be_a_unix_socket) {
  counted_world c;
  const std::string path = testing::TempDir() + "metrics_page_" + std::to_string(::getpid());
  {
    const auto page = metrics_page::open(c.w.io, "unix:" + path, c.counts);
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(page.value().address(), "unix:" + path);
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace grpcwire::tests
