#include "server_core.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <grpcwire/rpc/server_connection.hpp>
#include <grpcwire/rpc/session_settings_of.hpp>
#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/memory_stream.hpp>
#include <grpcwire/transport/io/socket_stream.hpp>

namespace grpcwire::detail {

using transport::io::byte_stream;
using transport::io::listener;

namespace {
constexpr std::string_view turned_away_because = "the server has as many connections as it may";
}

server_core::server_core(asio::any_io_executor executor, server_options&& options)
    : context_resident(executor),
      executor_(std::move(executor)),
      options_(std::move(options)),
      listening_on_(executor_, options_.threads),
      driver_(nullptr, executor_),
      budget_(std::make_shared<buffer_budget>(options_.max_buffered_bytes)),
      load_(load_gauge::make(executor_, options_.shedding)),
      codings_(std::make_shared<const codec::codings>(std::move(options_.codings))),
      trace_(same_for_all(options_.trace)) {}

server_core::~server_core() = default;

void server_core::add(service& s, worker_pool* pool) {
  if (listening_) {
    throw std::logic_error("add the service " + std::string(s.name()) + " before listen()");
  }
  method_binder binder(methods_, pool, weak_from_this());
  s.bind(binder);
  service_names_.emplace(s.name());
  for (const auto& [path, entry] : methods_) {
    service_names_.emplace(path.substr(1, path.rfind('/') - 1));
  }
}

void server_core::add_fallback(std::unique_ptr<method_entry> for_all_paths) {
  if (listening_) throw std::logic_error("add the fallback before listen()");
  if (fallback_) throw std::invalid_argument("the server has a fallback already");
  fallback_ = std::move(for_all_paths);
}

std::shared_ptr<connection_shared> server_core::make_shared_part() const {
  return std::shared_ptr<connection_shared>(
      new connection_shared{{executor_, options_.threads},
                            0,
                            options_.max_handlers_per_connection,
                            codings_,
                            budget_share(budget_),
                            load_});
}

result<std::string> server_core::listen(std::string_view text) {
  const auto failure = [](std::string why) {
    return codec::unexpected{status(status_code::unavailable, std::move(why))};
  };
  const auto address = transport::io::parse_address(text, 50051);
  if (!address) return failure("cannot listen on " + address.error());
  auto opened = listener::open(listening_on_.get(), *address,
                               {.reuse_port = options_.reuse_port,
                                .backlog = options_.backlog,
                                .tcp_user_timeout = tcp_user_timeout(options_),
                                .ipv6_only = options_.ipv6_only});
  if (!opened) return failure(opened.error());
  return start(*std::move(opened));
}

result<std::string> server_core::listen_descriptor(int listening) {
  auto adopted = listener::adopt(listening_on_.get(), transport::io::descriptor(listening));
  if (!adopted) {
    return codec::unexpected{status(status_code::unavailable, std::move(adopted.error()))};
  }
  return start(*std::move(adopted));
}

std::string server_core::start(std::unique_ptr<listener> opened) {
  listening_ = true;
  std::string local = opened->local_address();

  // The executor is made before the connection: both belong together through this slot.
  auto next = std::make_shared<std::shared_ptr<connection_shared>>();
  opened->start(
      [self = weak_from_this(), next, fallback = executor_]() -> asio::any_io_executor {
        const auto core = self.lock();
        if (!core) return fallback;
        *next = core->make_shared_part();
        return (*next)->executor.get();
      },
      [self = weak_from_this(), next](std::unique_ptr<byte_stream> stream) {
        if (const auto core = self.lock()) core->accept(std::move(stream), std::move(*next));
      });
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(opened));
  listening_at_.emplace_back(++last_number_, local);
  return local;
}

status server_core::serve(int connected) {
  listening_ = true;
  const auto shared = make_shared_part();
  auto stream =
      transport::io::make_byte_stream(shared->executor.get(), transport::io::descriptor(connected));
  if (!stream) return status(status_code::unavailable, std::move(stream.error()));
  accept(*std::move(stream), shared);
  return {};
}

std::unique_ptr<byte_stream> server_core::connect_in_process(asio::any_io_executor client) {
  if (stopping()) return nullptr;
  const auto shared = make_shared_part();
  auto [ours, theirs] = transport::io::make_memory_streams(client, shared->executor.get());
  accept(std::move(theirs), shared);
  return std::move(ours);
}

bool server_core::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void server_core::accept(std::unique_ptr<byte_stream> stream,
                         std::shared_ptr<connection_shared> shared) {
  std::shared_ptr<server_connection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (connections_.size() >= options_.max_connections) {
      history_.connection_failed(stream->peer_address(), turned_away_because);
      return turn_away(*stream, *shared);
    }
    if (options_.credentials) stream = options_.credentials->secure(std::move(stream));
    connection = std::make_shared<server_connection>(std::move(stream), shared, shared_from_this(),
                                                     ++last_number_);
    connections_.emplace(connection.get(), connection);
    if (load_) load_->connection_opened();
  }
  shared->executor.run([connection] { connection->start(); });
}

void server_core::turn_away(const byte_stream& stream, const connection_shared& shared) {
  if (!options_.on_connection_failed) return;
  shared.executor.post([self = shared_from_this(), peer = stream.peer_address()] {
    self->options_.on_connection_failed(
        {.peer = peer,
         .error = transport::transport_errc::too_many_connections,
         .text = std::string(turned_away_because),
         .advice = "raise server_options::max_connections, or look who keeps so many open"});
  });
}

const method_entry* server_core::find_method(std::string_view path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? fallback_.get() : found->second.get();
}

void server_core::set_trace(trace_source source) {
  {
    const std::lock_guard lock(mutex_);
    trace_.swap(source);
  }
  for (const auto& connection : connections()) connection->update_trace();
}

trace_source server_core::trace() const {
  const std::lock_guard lock(mutex_);
  return trace_;
}

std::size_t server_core::connection_count() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

std::vector<std::shared_ptr<server_connection>> server_core::connections() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<server_connection>> all;
  for (const auto& [key, connection] : connections_) all.push_back(connection);
  return all;
}

void server_core::forget(server_connection& closed, std::error_code error, std::string_view why) {
  std::vector<operation_ptr> done;
  std::shared_ptr<server_connection> last_reference;  // dropped outside of the lock
  {
    const std::lock_guard lock(mutex_);
    const auto found = connections_.find(&closed);
    if (found == connections_.end()) return;
    history_.connection_ended(closed.counters(), closed.peer_address(), error, why);
    last_reference = std::move(found->second);
    connections_.erase(found);
    if (load_) load_->connection_closed();
    if (connections_.empty() && stopping_) {
      done.swap(waiting_for_end_);
      if (shutdown_timer_) shutdown_timer_->cancel();
    }
  }
  for (operation_ptr& op : done) op->complete({}, invocation::posted);
}

server_core::inventory server_core::look() const {
  inventory found;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, connection] : connections_) found.connections.push_back(connection);
    found.listeners = listening_at_;
    found.history = history_;
  }
  std::sort(found.connections.begin(), found.connections.end(),
            [](const auto& a, const auto& b) { return a->number() < b->number(); });
  return found;
}

void server_core::close_listeners() {
  std::vector<std::unique_ptr<listener>> closing;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    closing.swap(listeners_);
    listening_at_.clear();
  }
  // At once, so that another server may take the address.
  for (const auto& l : closing) l->close();
}

/// Its connections close by themselves.
void server_core::forked() {
  for (const auto& l : std::exchange(listeners_, {})) l->abandon();
  listening_at_.clear();
}

void server_core::context_ended() {
  const auto alive = weak_from_this().lock();
  if (!alive) return;
  close_listeners();
  executor_ = {};  // it may be a strand of the user's
  // What goes here may come back, such as a coroutine that holds the server: not under the lock.
  decltype(connections_) connections;
  decltype(waiting_for_end_) waiting;
  decltype(shutdown_timer_) timer;
  const std::lock_guard lock(mutex_);
  connections.swap(connections_);
  waiting.swap(waiting_for_end_);
  timer.swap(shutdown_timer_);
}

void server_core::shut_down(deadline until, operation_ptr op) {
  close_listeners();
  const auto open = connections();
  {
    const std::lock_guard lock(mutex_);
    if (connections_.empty()) {
      if (op) op->complete({}, invocation::posted);
      return;
    }
    if (op) waiting_for_end_.push_back(std::move(op));
    if (until.at()) {
      shutdown_timer_ = std::make_shared<asio::steady_timer>(executor_, *until.at());
      shutdown_timer_->async_wait([self = shared_from_this()](std::error_code error) {
        if (!error) self->stop();
      });
    }
  }
  for (const auto& connection : open) connection->drain();
}

void server_core::stop() {
  close_listeners();
  for (const auto& connection : connections()) connection->close_now();
}

}  // namespace grpcwire::detail
