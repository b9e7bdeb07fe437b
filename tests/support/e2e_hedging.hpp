// Several servers, and a channel that hedges its calls.
#pragma once

#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include <grpcwire/rpc/metrics.hpp>

#include "tests/support/e2e_fleet.hpp"

namespace grpcwire::tests {

/// A service config. `more` is put into it, behind a comma.
inline std::string hedging(int attempts, const std::string& delay, const std::string& codes = "",
                           const std::string& more = "") {
  return R"({"methodConfig": [{"name": [{}], "hedgingPolicy": {"maxAttempts": )" +
         std::to_string(attempts) + R"(, "hedgingDelay": ")" + delay +
         R"(", "nonFatalStatusCodes": [)" + codes + "]}}]" + (more.empty() ? "" : ", " + more) +
         "}";
}
inline const std::string unavailable = R"("UNAVAILABLE")";

/// Servers that answer a request named `x` with their names, and others as `script` says. Attempts
/// are known by their `grpc-previous-rpc-attempts`; the first one, without it, is `-`.
struct hedged_fleet : fleet {
  using unary_script =
      std::function<awaitable<result<HelloReply>>(std::string attempt, server_context&)>;

  hedged_fleet(int count, const std::string& config, channel_options options = quick_channel())
      : fleet(count) {
    options.metrics = counts;
    connect("round_robin", std::move(options));
    resolution all{.service_config = config};
    for (std::size_t i = 0; i < servers.size(); ++i) {
      all.endpoints.push_back(where(i));
      servers[i]->greeter.hello = [this, name = servers[i]->name](server_context& context,
                                                                  HelloRequest r) {
        return serve(name, context, std::move(r));
      };
    }
    names.tell(std::move(all));
  }

  awaitable<result<HelloReply>> serve(std::string name, server_context& context, HelloRequest r) {
    if (r.name() == "x") co_return reply(name);
    const std::string attempt = note(name, context);
    co_return co_await script(attempt, context);
  }
  std::string note(const std::string& name, server_context& context) {
    const auto before = context.request_metadata().get("grpc-previous-rpc-attempts");
    const std::string attempt(before.value_or("-"));
    seen += attempt;
    asked += name;
    return attempt;
  }
  /// Until the caller has had enough.
  awaitable<void> hang() {
    ++hanging;
    try {
      co_await pause(60s);
    } catch (const std::system_error&) {
      ++cancelled;
    }
    --hanging;
  }
  awaitable<void> until(std::function<bool()> condition) {
    while (!condition()) co_await pause(1ms);
  }

  /// What has been counted for the attempts of a method, `OK 1, CANCELLED 1`, or for its calls.
  std::string counted(std::string_view metric, const std::string& method) const {
    std::string text;
    const auto snapshot = counts->snapshot();
    for (const metric_point& p : snapshot.find(metric)->points) {
      if (p.method != "helloworld.Greeter/" + method) continue;
      text.append(text.empty() ? "" : ", ");
      if (p.status) text.append(codec::name(*p.status)).append(" ");
      text.append(std::to_string(p.count));
    }
    return text;
  }

  std::shared_ptr<metrics> counts = std::make_shared<metrics>(metrics_settings{.retries = true});
  unary_script script;
  std::string seen;   // the attempts, as they came
  std::string asked;  // the servers that they came to
  int hanging = 0;
  int cancelled = 0;
};

}  // namespace grpcwire::tests
