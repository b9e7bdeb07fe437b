// A server that answers questions with what a command prints.
// Try: qa_server --answer-with examples/qa/answer.sh
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "child_process.hpp"
#include "gpt.grpcwire.hpp"

namespace {

/// A command that works on one answer, with a log of what becomes of it.
class answering final : public child_process {
 public:
  answering(grpcwire::server_context& context, const std::string& command,
            const std::string& question)
      : child_process(context.executor(), command, question + '\n') {
    std::cout << "command " << pid() << " answers " << context.peer() << std::endl;
  }
  ~answering() {
    if (running()) std::cout << "command " << pid() << " is stopped" << std::endl;
  }

  grpcwire::awaitable<grpcwire::status> success() {
    const ::pid_t number = pid();
    const std::string failure = co_await end();
    std::cout << "command " << number << ' ' << (failure.empty() ? "is done" : failure)
              << std::endl;
    if (failure.empty()) co_return grpcwire::status();
    co_return grpcwire::status(grpcwire::status_code::internal, "the command " + failure);
  }
};

class relay final : public gpt::Greeter::service {
  using answer = grpcwire::server_call<gpt::GPTRequest, gpt::GPTReply>;

 public:
  relay(std::string command, std::size_t longest)
      : command_(std::move(command)), longest_(longest) {}

  // When the client leaves or its deadline passes, what a handler awaits throws; `command` goes out
  // of scope then, and the process with it.

  grpcwire::awaitable<grpcwire::status> GetGPTStreamData(grpcwire::server_context& context,
                                                         gpt::GPTRequest request,
                                                         answer& call) override {
    answering command(context, command_, request.content());
    for (;;) {
      gpt::GPTReply token;
      std::string text = co_await command.read();
      if (text.empty()) break;
      token.set_message(std::move(text));
      // A client that reads slowly makes this wait, and then nobody reads what the command prints.
      const auto written = co_await call.write(std::move(token));
      if (!written) break;
    }
    co_return co_await command.success();
  }

  grpcwire::awaitable<grpcwire::result<gpt::GPTReply>> GetGPTMessage(
      grpcwire::server_context& context, gpt::GPTRequest request) override {
    answering command(context, command_, request.content());
    gpt::GPTReply reply;
    for (;;) {
      const std::string text = co_await command.read();
      if (text.empty()) break;
      if (reply.message().size() + text.size() > longest_) {
        co_return grpcwire::status(grpcwire::status_code::resource_exhausted,
                                   "the answer is longer than " + std::to_string(longest_) +
                                       " bytes; GetGPTStreamData has no such limit");
      }
      reply.mutable_message()->append(text);
    }
    const auto end = co_await command.success();
    if (!end.ok()) co_return end;
    co_return reply;
  }

 private:
  std::string command_;
  std::size_t longest_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Answers each question with what a command prints, while it prints it."};
  int port = 50051;
  std::string command;
  std::size_t at_once = 16;
  std::size_t longest = std::size_t{1} << 20;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  app.add_option("--answer-with", command,
                 "a line for the shell; it finds the question on its standard input")
      ->required();
  app.add_option("--at-once", at_once, "commands that may run")->capture_default_str();
  app.add_option("--longest", longest, "bytes of an answer in one message")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  relay service(command, longest);
  grpcwire::server_options options;
  options.threads = grpcwire::threading::one;
  options.shedding.max_calls = at_once;  // above it: UNAVAILABLE, before a handler starts
  grpcwire::server server{io, options};
  server.add(service);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.stop(); });  // Ctrl+C: all commands are stopped
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
