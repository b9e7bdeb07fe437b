// A client that asks a question and shows the answer while it appears. Try: qa_client "Why?"
#include <chrono>
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "gpt.grpcwire.hpp"

namespace {

grpcwire::awaitable<grpcwire::status> show_tokens(gpt::Greeter::stub greeter,
                                                  const gpt::GPTRequest& question,
                                                  grpcwire::call_options options) {
  auto answer = greeter.GetGPTStreamData(question, options);
  while (const auto token = co_await answer.read()) std::cout << token->message() << std::flush;
  co_return co_await answer.finish();
}

grpcwire::awaitable<grpcwire::status> show_whole(gpt::Greeter::stub greeter,
                                                 const gpt::GPTRequest& question,
                                                 grpcwire::call_options options) {
  const auto [status, reply] = co_await greeter.GetGPTMessage(question, options);
  std::cout << reply.message() << std::flush;
  co_return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Asks a question and shows the answer token by token, as it comes."};
  std::string address = "localhost:50051";
  double deadline = 60;
  bool whole = false;
  gpt::GPTRequest question;
  question.set_content("What is gRPC?");
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--deadline", deadline, "seconds until the answer has to be complete")
      ->capture_default_str();
  app.add_flag("--whole", whole, "ask for the answer in one message");
  app.add_option("question", *question.mutable_content())->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  grpcwire::channel channel{io, address};
  gpt::Greeter::stub greeter{channel};
  grpcwire::call_options options;
  // Goes along as grpc-timeout: server and client give up at the same time, and the command ends.
  options.deadline = std::chrono::duration<double>(deadline);

  bool left = false;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const asio::error_code& error, int) {
    if (error) return;
    left = true;
    channel.shutdown();  // ends the call, and the server stops its command
  });
  int code = 0;
  asio::co_spawn(io, (whole ? show_whole : show_tokens)(greeter, question, options),
                 [&](const std::exception_ptr&, const grpcwire::status& end) {
                   std::cout << std::endl;
                   if (!end.ok() && !left) {
                     std::cerr << describe(end) << '\n';
                     code = 1;
                   }
                   signals.cancel();
                   channel.shutdown();  // or the connection would keep the loop running
                 });
  io.run();
  return code;
}
