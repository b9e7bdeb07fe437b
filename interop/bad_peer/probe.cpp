// bad_peer_probe: makes the calls that `bad_peer server` wants of a client, with this library.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/channel.hpp>

#include "grpc/testing/test.grpcwire.hpp"

namespace grpcwire::bad_peer {
namespace {

using test_stub = ::grpc::testing::TestService::stub;
using std::chrono::seconds;

constexpr seconds patience{20};
constexpr int response_size = 100;  // bytes, of which the bad server's good answers are

/// As a value of metadata.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 300));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

/// The call that goes wrong, and the good one that tells about it.
bool probe(const std::string& target) {
  channel over{target};
  test_stub stub{over};
  ::grpc::testing::SimpleRequest request;
  request.set_response_size(response_size);
  const auto [came, reply] = stub.UnaryCall(request, {.deadline = patience}, blocking);
  std::string outcome = std::to_string(static_cast<int>(came.code()));
  if (came.ok() && reply.payload().body().size() != response_size) outcome = "OK with another body";

  metadata about;
  about.add("bad-peer-outcome", outcome);
  about.add("bad-peer-says", printable(came.message()));
  call_options options{.deadline = patience, .metadata = about};
  options.wait_for_ready = true;
  const auto [good, empty] = stub.EmptyCall(::grpc::testing::Empty(), std::move(options), blocking);
  if (!good.ok()) fmt::print(stderr, "the good call afterwards: {}\n", describe(good));
  return good.ok();
}

/// `NAME=PORT NAME=PORT` of the server; empty when it serves one case only.
std::string cases_of(const std::string& target) {
  channel over{target};
  test_stub stub{over};
  call_info info;
  (void)stub.EmptyCall(::grpc::testing::Empty(), {.deadline = patience, .info = &info}, blocking);
  const auto found = info.trailing_metadata.get("bad-peer-cases");
  return found ? std::string(*found) : std::string();
}

int run(int argc, char** argv) {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  int skip = 0;
  CLI::App app("Calls every case of `bad_peer server`. Exit code 0: the good calls succeeded.",
               "bad_peer_probe");
  app.add_option("--server_host", host)->capture_default_str();
  app.add_option("--server_port", port)->required();
  app.add_option("--skip", skip, "Cases that were tried already")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const std::string list = cases_of(host + ":" + std::to_string(port));
  if (list.empty()) {
    fmt::print(stderr,
               "bad_peer_probe: there is no `bad_peer server` with several cases at {}:{}\n", host,
               port);
    return 2;
  }
  bool all = true;
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    if (--skip >= 0) continue;
    const std::size_t split = entry.find('=');
    fmt::print("{}\n", entry.substr(0, split));
    std::fflush(stdout);
    all = probe(host + ":" + std::string(entry.substr(split + 1))) && all;
  }
  return all ? 0 : 1;
}

}  // namespace
}  // namespace grpcwire::bad_peer

int main(int argc, char** argv) {
  try {
    return grpcwire::bad_peer::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bad_peer_probe: {}\n", error.what());
    return 1;
  }
}
