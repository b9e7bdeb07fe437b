// Several servers that each answer with their own name, and a resolver that a test tells what to
// find.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcwire/rpc/load_balancer.hpp>

#include "tests/support/e2e_world.hpp"
#include "tests/support/told_resolver.hpp"

namespace grpcwire::tests {

/// A server whose replies are its name.
struct named_server {
  named_server(asio::io_context& io, std::string its_name, std::string on = "127.0.0.1:0",
               server_options options = {}, service* another = nullptr)
      : name(std::move(its_name)), server(std::in_place, io, std::move(options)) {
    greeter.hello = [this](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
      co_return reply(name);
    };
    server->add(greeter);
    if (another != nullptr) server->add(*another);
    auto listening = server->listen(on);
    if (!listening) throw std::runtime_error(listening.error().message());
    address = *listening;
  }

  std::string name;
  scripted_greeter greeter;
  std::optional<grpcwire::server> server;
  std::string address;
};

/// Servers a, b, c …, and a channel to those that the resolver is told of.
struct fleet {
  explicit fleet(int count, std::string policy = "round_robin") {
    for (int i = 0; i < count; ++i) add();
    connect(std::move(policy));
  }

  void add() {
    servers.push_back(std::make_unique<named_server>(
        io, std::string(1, static_cast<char>('a' + servers.size()))));
  }
  void connect(std::string policy, channel_options options = quick_channel()) {
    options.load_balancing = std::move(policy);
    options.resolvers = {names.scheme()};
    channel.emplace(io, "test:///fleet", std::move(options));
    stub.emplace(*channel);
  }
  endpoint where(std::size_t i) const { return {.addresses = {servers[i]->address}}; }
  void find_all() {
    resolution all;
    for (std::size_t i = 0; i < servers.size(); ++i) all.endpoints.push_back(where(i));
    names.tell(std::move(all));
  }
  /// Who answered how many of these calls, as `100 a, 100 b`; failures count under the name of
  /// their code.
  awaitable<std::string> call(int times, call_options options = {}) {
    std::string text;
    const auto answers = co_await count_answers(times, options);
    for (const auto& [who, count] : answers) {
      text.append(text.empty() ? "" : ", ").append(std::to_string(count) + " " + who);
    }
    co_return text;
  }
  awaitable<std::map<std::string, int>> count_answers(int times, call_options options = {}) {
    std::map<std::string, int> answers;
    for (int i = 0; i < times; ++i) {
      const auto [end, answer] = co_await stub->SayHello(request("x"), options);
      ++answers[end.ok() ? answer.message() : std::string(name(end.code()))];
    }
    co_return answers;
  }
  /// Until as many servers as this answer.
  awaitable<void> until_all_answer(std::size_t count) {
    for (;;) {
      const auto answers = co_await count_answers(static_cast<int>(4 * count));
      if (answers.size() == count) co_return;
      co_await pause(5ms);
    }
  }
  template <class Body>
  void play(Body body) {
    tests::play(io, std::move(body));
  }
  /// Ends the channel and what it watches, and lets the handlers of that end.
  void wind_up() {
    stub.reset();
    channel.reset();
    EXPECT_TRUE(run_until(io, [this] {
      return std::all_of(servers.begin(), servers.end(),
                         [](const auto& s) { return s->server->connection_count() == 0; });
    }));
    io.restart();
    io.poll();
  }

  told_resolver names;  // first: the channel's end of it may go with the io_context
  asio::io_context io;
  std::vector<std::unique_ptr<named_server>> servers;
  std::optional<grpcwire::channel> channel;
  std::optional<Greeter::stub> stub;
};

}  // namespace grpcwire::tests
