// A server that tells a text file in pieces. Try: story_server --file README.md
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/server.hpp>

#include "assistant.grpcwire.hpp"

namespace {

struct telling {
  std::string file = "examples/story/story.txt";
  double time_scale = 1;
  bool ends_ok = false;
};

using listener = grpcwire::server_call<TellStoryRequest, TellStoryResponse>;

class storyteller final : public AssistantService::service {
 public:
  explicit storyteller(telling how) : how_(std::move(how)) {}

  grpcwire::awaitable<grpcwire::status> TellStory(grpcwire::server_context& context,
                                                  TellStoryRequest request, listener& to) override {
    std::ifstream text(how_.file, std::ios::binary);
    if (!text) {
      co_return grpcwire::status(grpcwire::status_code::not_found, "the story has got lost");
    }
    asio::steady_timer pause(context.executor());
    const std::string whom = request.user_name() + " from " + request.institution();
    co_await to.write(piece("Hello " + whom + "! This is a story.\n\n"));
    pause.expires_after(scaled(3.0));
    co_await pause.async_wait(asio::use_awaitable);

    std::string chunk(1024, '\0');  // cut anywhere, also inside a character: text_chunk is bytes
    while (text.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), text.gcount() > 0) {
      // Completes when flow control has taken the piece: who listens slowly is told slowly.
      co_await to.write(piece(chunk.substr(0, static_cast<std::size_t>(text.gcount()))));
      pause.expires_after(scaled(0.05));
      co_await pause.async_wait(asio::use_awaitable);  // throws when the listener has left
    }
    co_await to.write(piece("\nThe end.\n"));
    if (how_.ends_ok) co_return grpcwire::status();
    // What has been written goes out first; this status comes in the trailers behind it.
    co_return grpcwire::status(grpcwire::status_code::cancelled, "the storyteller has hung up");
  }

 private:
  static TellStoryResponse piece(std::string text) {
    TellStoryResponse response;
    response.set_text_chunk(std::move(text));
    return response;
  }

  std::chrono::steady_clock::duration scaled(double seconds) const {
    using std::chrono::steady_clock;
    return std::chrono::duration_cast<steady_clock::duration>(
        std::chrono::duration<double>(seconds * how_.time_scale));
  }

  telling how_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Tells a story: a greeting, a text file in pieces of 1,024 bytes, an ending."};
  int port = 50051;
  telling how;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  app.add_option("--file", how.file, "the text that is told")->capture_default_str();
  app.add_option("--time-scale", how.time_scale, "pauses times this")->capture_default_str();
  app.add_flag("--ok", how.ends_ok, "end with OK instead of CANCELLED");
  CLI11_PARSE(app, argc, argv);
  if (!std::ifstream(how.file)) {
    std::cerr << "cannot read " << how.file
              << "; say --file FILE, or start in the project's folder\n";
    return 1;
  }

  asio::io_context io;
  storyteller teller(how);
  grpcwire::server server{io};
  server.add(teller);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: calls may finish for ten seconds
  signals.async_wait(
      [&](auto, int) { server.shutdown(std::chrono::seconds(10), [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
