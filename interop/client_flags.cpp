#include "client_flags.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>

#include <grpcwire/rpc/service_config.hpp>

#include "backend_metrics.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

constexpr std::string_view no_cloud = "needs Google's cloud, which this client does not know";

void add_soak_flags(CLI::App& app, soak_flags& soak) {
  const auto number = [&app](const std::string& name, int& value, int least) {
    app.add_option("--soak_" + name, value)
        ->check(CLI::Range(least, 1'000'000'000))
        ->type_name("NUMBER")
        ->capture_default_str();
  };
  number("iterations", soak.iterations, 1);
  number("max_failures", soak.max_failures, 0);
  number("per_iteration_max_acceptable_latency_ms", soak.per_iteration_max_acceptable_latency_ms,
         1);
  number("min_time_ms_between_rpcs", soak.min_time_ms_between_rpcs, 0);
  number("request_size", soak.request_size, 0);
  number("response_size", soak.response_size, 0);
  number("num_threads", soak.num_threads, 1);
  app.add_option("--soak_overall_timeout_seconds", soak.overall_timeout_seconds,
                 "Default: what all iterations may take together")
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("NUMBER");
}

void add_reconnect_flags(CLI::App& app, reconnect_flags& reconnect) {
  app.add_option("--server_control_port", reconnect.control_port,
                 "Where the server's ReconnectService is");
  app.add_option("--server_retry_port", reconnect.retry_port,
                 "Where the server closes each connection");
  const auto number = [&app](const std::string& name, auto& value, const std::string& help) {
    using duration = std::remove_reference_t<decltype(value)>;
    app.add_option_function<int>(
           name, [&value](int count) { value = duration(count); }, help)
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("NUMBER")
        ->default_str(std::to_string(value.count()));
  };
  number("--max_reconnect_backoff_ms", reconnect.max_backoff, "Of connection_backoff");
  number("--reconnect_seconds", reconnect.duration, "How long connection_backoff tries");
}

void refuse_later_flags(CLI::App& app) {
  refuse_true(app, "--use_alts", no_cloud);
  refuse_text(app, "--custom_credentials_type", no_cloud);
  refuse_text(app, "--default_service_account", no_cloud);
  refuse_text(app, "--oauth_scope", no_cloud);
  refuse_text(app, "--service_account_key_file", no_cloud);
  refuse_text(app, "--alts_handshaker_service_address", no_cloud);
  refuse_text(app, "--google_c2p_universe_domain", no_cloud);
  refuse_true(app, "--enable_observability", no_cloud);
  refuse_true(app, "--do_not_abort_on_transient_failures",
              "would pass where calls failed; a soak with --soak_max_failures says how many may");
  refuse_true(app, "--log_metadata_and_status",
              "is not there; a case that fails shows the last frames of its connections");
}

}  // namespace

std::string client_flags::target(std::uint16_t port) const {
  if (port == 0) return server_host;
  const bool v6 = server_host.find(':') != std::string::npos && server_host.front() != '[';
  return (v6 ? "[" + server_host + "]" : server_host) + ":" + std::to_string(port);
}

metadata parse_additional_metadata(const std::string& text) {
  constexpr auto flag = "--additional_metadata";
  metadata entries;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const std::size_t colon = entry.find(':');
    if (colon == std::string_view::npos) {
      throw CLI::ValidationError(flag, "'" + std::string(entry) + "' has no colon");
    }
    const std::string key = CLI::detail::to_lower(std::string(entry.substr(0, colon)));
    if (codec::is_binary_name(key)) {
      throw CLI::ValidationError(flag, "'" + key + "' is binary; only text can be given here");
    }
    const std::string_view value = entry.substr(colon + 1);
    if (const auto problem = codec::check_metadata(key, value)) {
      throw CLI::ValidationError(flag, "'" + key + "': " + std::string(codec::describe(*problem)));
    }
    entries.add(key, value);
  }
  return entries;
}

parse_outcome parse_client_flags(int argc, char** argv, client_flags& to) {
  CLI::App app("Runs an interoperability test case against any gRPC TestService.",
               "interop_client");
  app.footer("Exit code 0 only if the case passed. The cases:\n" + known_case_names("\n") +
             "\nand `all`, which runs each of them that has the flags it needs.");
  app.add_option("--server_host", to.server_host)->capture_default_str();
  app.add_option("--server_port", to.server_port, "0: the host is a whole target")
      ->capture_default_str();
  app.add_option("--server_host_override", to.server_host_override,
                 "Sent as :authority, and the name that the server has to prove")
      ->expected(0, 1);
  app.add_option("--test_case", to.test_case)->capture_default_str();
  app.add_option_function<std::string>(
         "--additional_metadata",
         [&to](const std::string& text) {
           to.additional_metadata = parse_additional_metadata(text);
         },
         "k:v;k2:v2 for each call")
      ->expected(0, 1);
  app.add_option("--num_times", to.num_times, "How often the case runs")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--service_config_json",
         [&to](const std::string& text) {
           if (text.empty()) return;
           const std::array own{std::string(backend_metrics_name)};
           const auto config = parse_service_config(text, own);
           if (!config) throw CLI::ValidationError("--service_config_json", config.error());
           to.service_config = text;
         },
         "Balancing, deadlines and retries of all calls")
      ->expected(0, 1);
  app.add_option_function<int>(
         "--iteration_interval",
         [&to](int count) { to.iteration_interval = std::chrono::seconds(count); },
         "Seconds between the calls of long_lived_channel")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("NUMBER")
      ->default_str(std::to_string(to.iteration_interval.count()));
  add_reconnect_flags(app, to.reconnect);
  add_tls_flags(app, to.tls);
  add_soak_flags(app, to.soak);
  refuse_later_flags(app);
  return parse(app, argc, argv);
}

}  // namespace grpcwire::interop
