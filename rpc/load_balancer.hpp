// Which server a call goes to: what a balancing policy sees, decides, and how to add one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/channel_state.hpp>
#include <grpcwire/rpc/resolver.hpp>

namespace grpcwire {

struct load_balancing_policy;

/// A server that calls may go to, and the channel's connection to it.
class backend {
 public:
  virtual const endpoint& where() const noexcept = 0;
  virtual channel_state state() const noexcept = 0;
  /// Why it is in TRANSIENT_FAILURE.
  virtual const codec::status& failure() const noexcept = 0;
  /// Of this channel.
  virtual std::size_t calls_in_flight() const noexcept = 0;
  /// From IDLE; otherwise nothing. It connects again by itself, with back-off, after a failure.
  virtual void connect() = 0;

 protected:
  ~backend() = default;
};

struct pick_request {
  std::string_view path{};
  const codec::metadata& metadata;
};

/// What becomes of a call.
struct pick {
  /// Null: the call waits until the next change, or, with a status that is not OK, fails with it
  /// unless it waits for ready.
  backend* to = nullptr;
  codec::status why{};
};

/// What a backend made of a call.
struct call_outcome {
  bool ok = false;
  const codec::metadata& trailing_metadata;
};

/// Runs on the channel's executor, one function at a time.
class load_balancer {
 public:
  virtual ~load_balancer() = default;
  /// What the resolver found, before it becomes the backends of update(): a policy may put it in
  /// another order, or leave endpoints out. Not heard when the channel has no resolver.
  virtual void arrange(std::vector<endpoint>&) {}
  /// These are the backends from now on. One that was there before is the same object still; one
  /// that is not in the list any more finishes its calls and goes when this returns.
  virtual void update(const std::vector<backend*>& backends) = 0;
  /// The state of a backend is another one. Calls that wait are picked for again afterwards.
  virtual void changed(backend& which) = 0;
  virtual pick choose(const pick_request& call) = 0;
  /// Of the channel, while it has backends.
  virtual channel_state state() const = 0;
  /// A call to the backend is over. Only heard when wants_outcomes().
  virtual void ended(backend&, const call_outcome&) {}
  virtual bool wants_outcomes() const { return false; }
  /// What a READY backend says of its load by itself, a serialised xds.data.orca.v3.OrcaLoadReport
  /// (gRPC A51). Only heard with a load_report_interval().
  virtual void load_reported(backend&, std::string_view /*report*/) {}
  /// How often backends are to say it, not negative; null: not at all. Looked at after update().
  virtual std::optional<std::chrono::nanoseconds> load_report_interval() const {
    return std::nullopt;
  }
  /// True: all addresses of all endpoints are one backend, of which one is connected to.
  virtual bool one_connection() const { return false; }
};

/// The frame of policies that connect to every backend and choose among the READY ones.
class every_backend : public load_balancer {
 public:
  void update(const std::vector<backend*>& backends) override;
  void changed(backend& which) override;
  pick choose(const pick_request& call) override;
  channel_state state() const override;

 protected:
  /// `ready` is not empty and in the order of the resolver.
  virtual backend& among(const std::vector<backend*>& ready, const pick_request& call) = 0;
  const std::vector<backend*>& backends() const noexcept { return backends_; }

 private:
  void refresh();

  std::vector<backend*> backends_;
  std::vector<backend*> ready_;
  std::vector<backend*> failed_;  // from TRANSIENT_FAILURE until READY, as gRFC A62 wants it
};

/// Adds a policy, or takes the place of a built-in one.
struct load_balancer_kind {
  std::string name{};
  /// `config` is the JSON of the service config; `{}` without one.
  std::function<std::unique_ptr<load_balancer>(std::string_view config)> make{};
};

/// Where the built-in policies get time and chance from; tests bring their own.
struct balancing_environment {
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  std::uint64_t seed = random_seed();

  static std::uint64_t random_seed();
};

/// The policy that a service config chose, as it configures it. Those in `kinds` come first, so
/// that they may take the place of a built-in one. A configuration of another policy than the named
/// one counts as none. Null: no such name, also that of a policy inside.
std::unique_ptr<load_balancer> make_load_balancer(const load_balancing_policy& policy,
                                                  std::span<const load_balancer_kind> kinds = {},
                                                  const balancing_environment& environment = {});

/// A built-in one (rpc/load_balancing_config.hpp has their names), with the figures of gRPC. Null:
/// no such name.
std::unique_ptr<load_balancer> make_load_balancer(std::string_view name);

}  // namespace grpcwire
