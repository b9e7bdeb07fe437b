#include "backend_list.hpp"

#include <algorithm>
#include <utility>

#include <grpcwire/rpc/backend_health.hpp>
#include <grpcwire/rpc/backend_load.hpp>
#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/subchannel_pool.hpp>
#include <grpcwire/rpc/target.hpp>
#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/stream_source.hpp>

namespace grpcwire::detail {

using codec::status;

class backend_list::member final : public backend,
                                   public subchannel_user,
                                   public backend_health_user,
                                   public backend_load_user {
 public:
  member(backend_list& list, endpoint where, std::shared_ptr<subchannel> way)
      : list_(list), where_(std::move(where)), way_(std::move(way)) {
    way_->join(*this);
    way_->allow_connections(list.connections_max_);
    if (list.trace_) way_->set_trace(list.trace_);
  }
  ~member() { shut_down(); }
  member(const member&) = delete;
  member& operator=(const member&) = delete;

  const endpoint& where() const noexcept override { return where_; }
  channel_state state() const noexcept override {
    return health_ ? health_->state() : way_->state();
  }
  const status& failure() const noexcept override {
    return health_ ? health_->failure() : way_->last_failure();
  }
  std::size_t calls_in_flight() const noexcept override {
    std::size_t calls = 0;
    for (const auto& connection : way_->connections()) calls += connection->calls();
    return calls;
  }
  void connect() override {
    if (!list_.asleep_) way_->connect(*this);
  }

  subchannel& way() noexcept { return *way_; }
  /// For a call; null while the policy must not choose it.
  client_connection* connection() {
    return state() == channel_state::ready ? way_->connection_for_call() : nullptr;
  }
  void replace(endpoint where) {
    where_ = std::move(where);
    if (!way_->shared()) way_->replace(parsed_addresses(where_.addresses));
  }
  /// It goes on without this object, until its calls are over.
  std::shared_ptr<subchannel> leave() {
    health_.reset();
    load_.reset();
    way_->leave(*this);
    return std::exchange(way_, nullptr);
  }

  /// Asks the server, or asks no more, as the service config and the policy want it.
  void ask() {
    check_health();
    ask_for_load();
  }
  void shut_down() {
    health_.reset();
    load_.reset();
    if (way_) way_->shut_down(list_.options_);
  }
  void let_go() {
    if (health_) health_->let_go();
    if (load_) load_->let_go();
    way_->let_go();
  }
  void go_idle() { way_->go_idle(*this); }

 private:
  const channel_options& options() const override { return list_.options_; }
  void check_health() {
    const std::string* service = list_.checked_service();
    client_connection* const over = service == nullptr ? nullptr : way_->connection();
    if (over == nullptr) return health_.reset();
    if (!health_ || health_->service() != *service) {
      health_ = std::make_unique<backend_health>(list_.executor_, list_.options_, *service, *this);
    }
    health_->watch(*over);
  }
  void ask_for_load() {
    const auto interval = list_.policy_->load_report_interval();
    client_connection* const over = interval ? way_->connection() : nullptr;
    if (over == nullptr) return load_.reset();
    if (!load_ || load_->interval() != *interval) {
      load_ = std::make_unique<backend_load>(list_.executor_, list_.options_, *interval, *this);
    }
    load_->watch(*over);
  }
  void on_state(channel_state, const status& why) override {
    ask();
    list_.told(*this, why);
  }
  void on_health() override { list_.told(*this, health_->failure()); }
  void on_load(codec::const_bytes report) override {
    list_.policy_->load_reported(*this, codec::as_text(report));
  }
  void on_call_ended(bool ok, const codec::metadata& trailers) override {
    list_.policy_->ended(*this, {.ok = ok, .trailing_metadata = trailers});
  }
  bool wants_outcomes() const override { return list_.policy_->wants_outcomes(); }

  backend_list& list_;
  endpoint where_;
  std::shared_ptr<subchannel> way_;
  std::unique_ptr<backend_health> health_;  // while it is connected and asked
  std::unique_ptr<backend_load> load_;      // likewise
};

backend_list::backend_list(const serial_executor& executor, const channel_options& options,
                           std::unique_ptr<load_balancer> policy, backend_list_user& user)
    : executor_(executor), options_(options), user_(&user), policy_(std::move(policy)) {}

backend_list::~backend_list() = default;

void backend_list::use(std::unique_ptr<transport::io::stream_source> source) {
  endpoint where{.addresses = {source->address()}};
  backends_.push_back(std::make_unique<member>(*this, std::move(where), own(std::move(source))));
  tell_policy();
}

const std::string* backend_list::checked_service() const {
  const bool asks = options_.health_checks && checked_ && !policy_->one_connection();
  return asks ? &*checked_ : nullptr;
}

void backend_list::tell_policy() {
  std::vector<backend*> all;
  for (const auto& one : backends_) all.push_back(one.get());
  policy_->update(all);
}

/// The backend of this endpoint that there is already, or another one.
std::unique_ptr<backend_list::member> backend_list::take(const endpoint& where) {
  // A way of one's own may lead elsewhere from now on.
  const bool only = policy_->one_connection() && !options_.pool;
  for (auto& old : backends_) {
    if (!old || (!only && old->where().addresses != where.addresses)) continue;
    if (old->where() != where) old->replace(where);
    return std::move(old);
  }
  auto way = way_to(where.addresses);
  return way ? std::make_unique<member>(*this, where, std::move(way)) : nullptr;
}

std::shared_ptr<subchannel> backend_list::way_to(const std::vector<std::string>& addresses) {
  if (options_.pool) return options_.pool->way_to(addresses, options_);
  auto parsed = parsed_addresses(addresses);
  return parsed.empty() ? nullptr : own(transport::io::dial(std::move(parsed)));
}

std::shared_ptr<subchannel> backend_list::own(
    std::unique_ptr<transport::io::stream_source> source) {
  // The options are those of the channel, which outlives its ways.
  return std::make_shared<subchannel>(
      executor_, std::move(source),
      std::shared_ptr<const channel_options>(std::shared_ptr<void>(), &options_), false);
}

void backend_list::update(std::vector<endpoint> endpoints) {
  policy_->arrange(endpoints);
  if (policy_->one_connection() && endpoints.size() > 1) {
    endpoint all;
    for (const endpoint& e : endpoints) {
      all.addresses.insert(all.addresses.end(), e.addresses.begin(), e.addresses.end());
    }
    endpoints = {std::move(all)};
  }
  std::vector<std::unique_ptr<member>> next;
  for (const endpoint& e : endpoints) {
    if (auto one = take(e)) next.push_back(std::move(one));
  }
  std::swap(next, backends_);
  quiet_ = true;  // one change, not one for each backend
  tell_policy();
  quiet_ = false;
  hand_over(std::move(next));
  for (const auto& one : backends_) {
    const channel_state before = one->state();
    one->ask();
    if (one->state() != before) policy_->changed(*one);
  }
  if (!asleep_) user_->on_change({});
}

void backend_list::hand_over(std::vector<std::unique_ptr<member>> gone) {
  std::erase_if(leaving_, [&](const auto& way) { return way->over(options_); });
  for (const auto& one : gone) {
    if (one) leaving_.push_back(one->leave());
  }
}

void backend_list::told(member& which, const status& why) {
  if (user_ == nullptr || asleep_ || quiet_) return;
  policy_->changed(which);
  user_->on_change(why);
}

void backend_list::connect() {
  const bool slept = std::exchange(asleep_, false);
  if (policy_->one_connection()) {
    for (const auto& one : backends_) {
      const channel_state before = one->state();
      one->connect();
      // Others have connected it meanwhile.
      if (slept && before != channel_state::idle) told(*one, one->failure());
    }
    return;
  }
  if (slept) tell_policy();
}

void backend_list::go_idle() {
  asleep_ = true;
  for (const auto& one : backends_) one->go_idle();
}

void backend_list::shut_down() {
  user_ = nullptr;
  for (const auto& one : backends_) one->shut_down();
  for (const auto& way : std::exchange(leaving_, {})) way->shut_down(options_);
}

void backend_list::let_go() {
  user_ = nullptr;
  for (const auto& one : backends_) one->let_go();
  for (const auto& way : leaving_) way->let_go();
}

void backend_list::forked() {
  for (const auto& one : backends_) one->way().forked();
}

void backend_list::allow_connections(std::uint32_t limit) {
  connections_max_ = limit;
  for (const auto& one : backends_) one->way().allow_connections(limit);
}

void backend_list::close_surplus(std::chrono::milliseconds silent) {
  for (const auto& one : backends_) one->way().close_surplus(silent);
}

void backend_list::set_trace(trace_source source) {
  trace_ = std::move(source);
  for (const auto& one : backends_) one->way().set_trace(trace_);
  for (const auto& way : leaving_) way->set_trace(trace_);
}

channel_state backend_list::state() const {
  if (asleep_ && !policy_->one_connection()) return channel_state::idle;
  return policy_->state();
}

client_connection* backend_list::choose(client_call_core& call, pick& made) {
  made = policy_->choose({.path = call.path(), .metadata = call.options().metadata.all()});
  if (made.to == nullptr) return nullptr;
  return static_cast<member*>(made.to)->connection();
}

std::vector<client_connection*> backend_list::connections() const {
  std::vector<client_connection*> open;
  for (const auto& one : backends_) {
    for (const auto& connection : one->way().connections()) open.push_back(connection.get());
  }
  return open;
}

}  // namespace grpcwire::detail
