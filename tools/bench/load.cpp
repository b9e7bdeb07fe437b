#include "load.hpp"

#include <fstream>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace bench {
namespace {

const std::map<std::string, rpc_kind> rpc_names{{"unary", rpc_kind::unary},
                                                {"streaming", rpc_kind::streaming},
                                                {"from_server", rpc_kind::from_server},
                                                {"from_client", rpc_kind::from_client},
                                                {"both_ways", rpc_kind::both_ways}};

std::string name_of(rpc_kind wanted) {
  for (const auto& [name, kind] : rpc_names) {
    if (kind == wanted) return name;
  }
  return "?";
}

}  // namespace

void add_load_flags(CLI::App& app, load_options& to) {
  app.add_option("--target", to.target, "HOST:PORT of the server")->capture_default_str();
  app.add_option_function<std::uint16_t>(
      "--port", [&to](std::uint16_t port) { to.target = "127.0.0.1:" + std::to_string(port); },
      "The same as --target 127.0.0.1:PORT");
  app.add_option("--rpc", to.rpc,
                 "unary (the default), streaming, from_server, from_client, both_ways")
      ->transform(CLI::CheckedTransformer(rpc_names));
  app.add_option("--request-size", to.request_size, "Bytes of the payload")->capture_default_str();
  app.add_option("--response-size", to.response_size, "Bytes of the payload")
      ->capture_default_str();
  app.add_option("--connections", to.connections)
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  app.add_option("--streams", to.streams, "Calls at a time on each connection")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  app.add_option("--seconds", to.seconds, "How long calls begin")->check(CLI::NonNegativeNumber);
  app.add_option("--calls", to.calls, "How many, over all connections; of streams: messages");
  app.add_option("--threads", to.threads)->check(CLI::Range(1U, 256U))->capture_default_str();
  app.add_option("--rate", to.rate,
                 "Calls in a second (open loop); their latency counts from the intended start")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--tls", to.tls);
  app.add_option("--ca-file", to.ca_file, "PEM of who the server's certificate is from");
  app.add_flag(
      "--hold", to.hold,
      "Connect, say \"connected\", wait for a line; begin a call for each stream that does "
      "not end, say \"holding\", wait for a line");
  app.add_option("--json", to.json, "Write the figures to this file as well");
}

std::string complaint_about(const load_options& options) {
  if (options.hold) return "";
  if (options.calls == 0 && options.seconds <= 0) return "say how much: --seconds or --calls";
  if (options.threads > options.connections) {
    return "a connection belongs to one thread: --connections must not be below --threads";
  }
  if (options.rate > 0 && options.rpc != rpc_kind::unary) return "--rate is for --rpc unary";
  return "";
}

int report(const load_options& options, const std::vector<meter>& meters) {
  histogram latencies;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  auto started = clock::time_point::max();
  auto ended = clock::time_point::min();
  for (const meter& m : meters) {
    if (!m.failure().empty()) {
      std::cerr << "a call failed: " << m.failure() << '\n';
      return 1;
    }
    latencies.add(m.latencies());
    messages += m.messages();
    bytes += m.bytes();
    started = std::min(started, m.started());
    ended = std::max(ended, m.ended());
  }
  const double seconds = std::max(std::chrono::duration<double>(ended - started).count(), 1e-9);
  const auto microseconds = [](double nanoseconds) { return nanoseconds / 1000; };
  const auto quantile = [&](double share) {
    return microseconds(static_cast<double>(latencies.quantile(share)));
  };
  nlohmann::ordered_json figures{{"rpc", name_of(options.rpc)},
                                 {"connections", options.connections},
                                 {"streams", options.streams},
                                 {"request_size", options.request_size},
                                 {"response_size", options.response_size},
                                 {"seconds", seconds},
                                 {"calls", messages},
                                 {"calls_per_second", static_cast<double>(messages) / seconds},
                                 {"bytes_per_second", static_cast<double>(bytes) / seconds}};
  if (latencies.total() != 0) {
    figures["latency_us"] = {{"mean", microseconds(latencies.mean())},
                             {"p50", quantile(0.5)},
                             {"p99", quantile(0.99)},
                             {"p99.9", quantile(0.999)},
                             {"max", microseconds(static_cast<double>(latencies.max()))}};
  }
  std::cout << figures.dump(2) << std::endl;
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << figures.dump(2) << '\n';
    if (!file.flush()) {
      std::cerr << "cannot write " << options.json << '\n';
      return 1;
    }
  }
  return 0;
}

void announce_phase(const char* what) {
  std::cout << what << std::endl;
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace bench
