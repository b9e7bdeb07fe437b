// A client that listens to a story. Try: story_client --save story.txt
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "assistant.grpcwire.hpp"

namespace {

using story_call = grpcwire::call<TellStoryRequest, TellStoryResponse>;

/// What has come of a story.
struct story {
  std::string text;
  int pieces = 0;

  bool whole() const { return text.ends_with("The end.\n"); }
};

/// The first words of a piece, on one line.
std::string beginning(const std::string& piece) {
  std::string line = piece.substr(0, 60);
  for (char& letter : line) {
    if (letter == '\n') letter = ' ';
  }
  // The bytes of a character that was cut are of no use on a terminal.
  while (!line.empty() && (line.front() & 0xc0) == 0x80) line.erase(0, 1);
  while (!line.empty() && (line.back() & 0x80) != 0) line.pop_back();
  return line;
}

grpcwire::awaitable<grpcwire::status> listen(story_call& call, story& heard) {
  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  while (const auto response = co_await call.read()) {
    const std::string& piece = response->text_chunk();
    const std::chrono::duration<double> time = clock::now() - start;
    std::printf("%7.3f s  %5zu bytes  %s\n", time.count(), piece.size(), beginning(piece).c_str());
    std::fflush(stdout);
    heard.text += piece;
    ++heard.pieces;
  }
  co_return co_await call.finish();  // there is no other piece; the status says why
}

/// Tells how it went; false if a part is missing.
bool report(const grpcwire::status& end, const story& heard) {
  const std::string amount = std::to_string(heard.pieces) +
                             (heard.pieces == 1 ? " piece, " : " pieces, ") +
                             std::to_string(heard.text.size()) + " bytes";
  if (heard.whole()) {
    // Messages and status of a call come in the order in which they were sent. Whatever the status
    // is, it cannot take back what came before it.
    std::cout << to_string(end) << "\nThe server ended the call"
              << (end.ok() ? "" : " in its own way")
              << " behind the ending. Nothing is lost: " << amount << ".\n";
    return true;
  }
  if (end.details().origin == grpcwire::status_origin::local &&
      end.code() == grpcwire::status_code::cancelled) {
    std::cout << "You left after " << amount << ".\n";
    return true;
  }
  std::cerr << describe(end) << "\nThe ending has not come, only " << amount << ".\n";
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Listens to a story and shows when each piece of it comes, and how the call ends."};
  std::string address = "localhost:50051";
  std::string user_name = "Peter";
  std::string institution = "SUSTech";
  std::string save;
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--user-name", user_name, "who listens")->capture_default_str();
  app.add_option("--institution", institution, "where from")->capture_default_str();
  app.add_option("--save", save, "write what came into this file");
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  grpcwire::channel channel{io, address};
  TellStoryRequest request;
  request.set_user_name(user_name);
  request.set_institution(institution);
  auto call = AssistantService::stub{channel}.TellStory(request);
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C leaves
  signals.async_wait([&](const asio::error_code& error, int) {
    if (!error) call.cancel();
  });

  story heard;
  bool good = false;
  asio::co_spawn(io, listen(call, heard), [&](const std::exception_ptr&, grpcwire::status end) {
    good = report(end, heard);
    signals.cancel();
    channel.shutdown();  // or the connection would keep the loop running
  });
  io.run();
  if (!save.empty() &&
      !std::ofstream(save, std::ios::binary)
           .write(heard.text.data(), static_cast<std::streamsize>(heard.text.size()))) {
    std::cerr << "cannot write " << save << '\n';
    return 1;
  }
  return good ? 0 : 1;
}
