#include "tests/fleet/fleet_run.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/server.hpp>

#include "helloworld/helloworld.grpcwire.hpp"
#include "tests/fleet/virtual_world.hpp"
#include "tests/fleet/weather.hpp"
#include "tests/support/e2e_world.hpp"
#include "tests/support/random_source.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/told_resolver.hpp"

namespace grpcwire::fleet {
namespace {

using namespace std::chrono_literals;
using helloworld::Greeter;
using helloworld::HelloReply;
using helloworld::HelloRequest;
using std::chrono::milliseconds;
using tests::pause;
using tests::random_source;

constexpr milliseconds call_interval = 6ms;
constexpr milliseconds call_deadline = 10s;

/// FNV-1a.
class digest {
 public:
  void add(std::uint64_t number) noexcept {
    for (int i = 0; i < 8; ++i) {
      value_ = (value_ ^ ((number >> (8 * i)) & 0xff)) * 0x100000001b3;
    }
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

class fleet_world;

/// A server that comes back under the same address.
struct member final : Greeter::service {
  member(fleet_world& w, std::size_t its_number, std::string its_address)
      : world(w), number(its_number), address(std::move(its_address)) {}

  awaitable<result<HelloReply>> SayHello(server_context&, HelloRequest request) override;
  awaitable<status> SayHelloStreamReply(server_context&, HelloRequest request,
                                        server_call<HelloRequest, HelloReply>& call) override;
  void come();

  fleet_world& world;
  std::size_t number;
  std::string address;
  std::optional<grpcwire::server> server;
  bool busy = false;  // something happens to it
};

class fleet_world {
 public:
  explicit fleet_world(const run_settings& settings)
      : settings_(settings), random_(settings.seed), weather_(std::make_shared<weather>()) {
    for (std::size_t i = 0; i < settings.servers; ++i) {
      members_.push_back(
          std::make_unique<member>(*this, i, "unix:" + folder_.path() + "/" + std::to_string(i)));
      members_.back()->come();
    }
    result_.calls.resize(settings.calls_in_storm + settings.calls_in_calm);
    result_.served_in_storm.resize(settings.servers);
    result_.served_in_calm.resize(settings.servers);
    find_all();
    connect();
  }
  fleet_world(const fleet_world&) = delete;
  fleet_world& operator=(const fleet_world&) = delete;

  run_result play() {
    storming_ = true;
    asio::co_spawn(io_, storm(), asio::detached);
    asio::co_spawn(io_, call_all(0, settings_.calls_in_storm), asio::detached);
    if (!until(
            [&] { return ended_ == settings_.calls_in_storm && troubles_ == 0 && !storming_; })) {
      return std::move(result_);
    }
    settle();
    calm_ = true;
    asio::co_spawn(io_, call_all(settings_.calls_in_storm, result_.calls.size()), asio::detached);
    if (!until([&] { return ended_ == result_.calls.size(); })) return std::move(result_);
    channel_->shutdown();
    result_.finished = until([&] { return connections() == 0; });
    result_.left_at_servers = connections();
    result_.digest = digest_.value();
    return std::move(result_);
  }

  /// A server begins this call; how long it takes.
  milliseconds handle(const member& where, std::size_t call) {
    ++result_.calls[call].handled;
    note(1, call, where.number);
    return milliseconds(random_.between(1, 120));
  }
  asio::io_context& io() noexcept { return io_; }

 private:
  template <class Done>
  bool until(Done done) {
    return run_until(io_, done, 10min);
  }

  void connect() {
    channel_options options;
    options.credentials = exposed_to(weather_);
    options.authority = "fleet";
    options.resolvers = {names_.scheme()};
    options.backoff.initial = 100ms;
    options.backoff.max = 2s;
    options.backoff.connect_timeout_min = 2s;
    options.keepalive.time = 1s;
    options.keepalive.time_min = 0ms;
    options.keepalive.timeout = 1s;
    options.service_config =
        R"({"loadBalancingConfig": [)" + settings_.policy + R"(], "methodConfig": [{
        "name": [{"service": "helloworld.Greeter", "method": "SayHello"}], "retryPolicy": {
        "maxAttempts": 5, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]}}]})";
    channel_.emplace(io_, "test:///all", std::move(options));
    stub_.emplace(*channel_);
  }

  void find_all() {
    resolution all;
    for (const auto& one : members_) {
      if (!leaving_.contains(one->number)) all.endpoints.push_back({.addresses = {one->address}});
    }
    names_.tell(std::move(all));
  }

  /// Calls and trouble are over: time for all that still waits.
  void settle() {
    leaving_.clear();
    find_all();
    const auto end = std::chrono::steady_clock::now() + 20s;
    until([&] { return std::chrono::steady_clock::now() >= end; });
  }

  std::size_t connections() const {
    std::size_t all = 0;
    for (const auto& one : members_) {
      if (one->server) all += one->server->connection_count();
    }
    return all;
  }

  awaitable<void> call_all(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (random_.chance(20)) {
        asio::co_spawn(io_, call_stream(i), asio::detached);
      } else {
        call_unary(i);
      }
      co_await pause(random_.chance(50) ? call_interval : 2 * call_interval);
    }
    if (to == settings_.calls_in_storm) storming_ = false;
  }

  call_options options() {
    call_options o;
    o.deadline = call_deadline;
    o.wait_for_ready = random_.chance(30);
    o.metadata.add("user", std::to_string(random_.below(1000)));
    return o;
  }

  void call_unary(std::size_t number) {
    result_.calls[number].retryable = true;
    HelloRequest request;
    request.set_name(std::to_string(number));
    stub_->SayHello(request, options(), [this, number](const status& end, const HelloReply& reply) {
      finished(number, end, reply.message());
    });
  }

  awaitable<void> call_stream(std::size_t number) {
    HelloRequest request;
    request.set_name(std::to_string(number));
    auto call = stub_->SayHelloStreamReply(request, options());
    std::string last;
    for (;;) {
      const auto reply = co_await call.read();
      if (!reply) break;
      last = reply->message();
    }
    const status end = co_await call.finish();
    finished(number, end, last);
  }

  void finished(std::size_t number, const status& end, const std::string& by) {
    call_record& record = result_.calls[number];
    if (record.ended++ == 0) ++ended_;
    record.code = static_cast<int>(end.code());
    ++(calm_ ? result_.ends_in_calm : result_.ends_in_storm)[std::string(name(end.code()))];
    note(2, number, static_cast<std::size_t>(record.code));
    if (!end.ok()) return;
    record.answered_by_who_says_so = record.handled > 0 && !by.empty();
    if (!by.empty()) ++(calm_ ? result_.served_in_calm : result_.served_in_storm)[std::stoul(by)];
  }

  // ---- the storm

  awaitable<void> storm() {
    while (storming_) {
      co_await pause(milliseconds(random_.between(20, 400)));
      trouble();
    }
  }

  void trouble() {
    const auto what = random_.below(10);
    if (what < 2) return begin("resolver error", err());
    if (what < 3) return begin("resolver forgets some", forget());
    member& victim = *members_[random_.below(members_.size())];
    if (victim.busy) return;
    victim.busy = true;
    if (what < 5) return begin("crash", crash(victim));
    if (what < 7) return begin("drain", drain(victim));
    if (what < 8) return begin("flap", flap(victim));
    begin("partition", part(victim));
  }

  void begin(const char* what, awaitable<void> trouble) {
    ++result_.events[what];
    ++troubles_;
    asio::co_spawn(io_, std::move(trouble), [this](const std::exception_ptr& thrown) {
      --troubles_;
      if (thrown) std::rethrow_exception(thrown);
    });
  }

  awaitable<void> err() {
    names_.tell(status(status_code::unavailable, "the registry is away"));
    co_await pause(milliseconds(random_.between(10, 3000)));
    find_all();
  }

  awaitable<void> forget() {
    const std::size_t first = random_.below(members_.size());
    for (std::size_t i = 0; i < 10; ++i) leaving_.insert((first + i) % members_.size());
    find_all();
    co_await pause(milliseconds(random_.between(10, 2000)));
    for (std::size_t i = 0; i < 10; ++i) leaving_.erase((first + i) % members_.size());
    find_all();
  }

  awaitable<void> crash(member& victim) {
    victim.server.reset();
    co_await pause(milliseconds(random_.between(10, 4000)));
    victim.come();
    victim.busy = false;
  }

  awaitable<void> drain(member& victim) {
    leaving_.insert(victim.number);
    find_all();
    co_await victim.server->shutdown(deadline(5s));
    victim.server.reset();
    co_await pause(milliseconds(random_.between(10, 2000)));
    victim.come();
    leaving_.erase(victim.number);
    find_all();
    victim.busy = false;
  }

  /// Up and down, sooner than back-offs end.
  awaitable<void> flap(member& victim) {
    for (int i = 0; i < 5; ++i) {
      victim.server.reset();
      co_await pause(milliseconds(random_.between(1, 60)));
      victim.come();
      co_await pause(milliseconds(random_.between(1, 60)));
    }
    victim.busy = false;
  }

  awaitable<void> part(member& victim) {
    weather_->shut(victim.address);
    co_await pause(milliseconds(random_.between(5, 8000)));
    weather_->open(victim.address);
    victim.busy = false;
  }

  void note(std::uint64_t what, std::size_t call, std::size_t where) {
    const auto now = std::chrono::steady_clock::now() - begin_;
    digest_.add(static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now).count()));
    digest_.add(what << 56 | call << 16 | where);
  }

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  run_settings settings_;
  random_source random_;
  run_result result_;
  digest digest_;
  tests::temporary_folder folder_;
  tests::told_resolver names_;  // before what looks them up
  std::shared_ptr<weather> weather_;
  std::set<std::size_t> leaving_;
  asio::io_context io_{1};
  std::vector<std::unique_ptr<member>> members_;
  std::optional<channel> channel_;
  std::optional<Greeter::stub> stub_;
  std::size_t ended_ = 0;
  int troubles_ = 0;
  bool storming_ = false;
  bool calm_ = false;
};

void member::come() {
  server_options options;
  options.permit_keepalive_time = 0ms;
  options.permit_keepalive_without_calls = true;
  server.emplace(world.io(), options);
  server->add(*this);
  const auto listening = server->listen(address);
  if (!listening) throw std::runtime_error(listening.error().message());
}

awaitable<result<HelloReply>> member::SayHello(server_context&, HelloRequest request) {
  co_await pause(world.handle(*this, std::stoul(request.name())));
  HelloReply reply;
  reply.set_message(std::to_string(number));
  co_return reply;
}

awaitable<status> member::SayHelloStreamReply(server_context&, HelloRequest request,
                                              server_call<HelloRequest, HelloReply>& call) {
  const milliseconds time = world.handle(*this, std::stoul(request.name()));
  HelloReply reply;
  reply.set_message(std::to_string(number));
  for (int i = 0; i < 3; ++i) {
    const write_result written = co_await call.write(reply);
    if (!written) break;
    co_await pause(time / 3);
  }
  co_return status();
}

}  // namespace

run_result run(const run_settings& settings) {
  run_result result;
  // Chance that is drawn once for each thread is drawn anew.
  std::thread([&] {
    set_chance(settings.seed);
    result = fleet_world(settings).play();
  }).join();
  return result;
}

}  // namespace grpcwire::fleet
