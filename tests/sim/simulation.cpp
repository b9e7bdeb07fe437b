#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "tests/sim/client.hpp"
#include "tests/sim/server.hpp"

namespace grpcwire::sim {
namespace {

bool is_prefix(const std::vector<std::string>& part, const std::vector<std::string>& all) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

class world {
 public:
  world(const run_plan& plan, std::uint64_t seed)
      : plan_(plan),
        random_(seed),
        client_(scheduler_, transport::role::client, plan_.client),
        server_(scheduler_, transport::role::server, plan_.server),
        up_(scheduler_, random_, plan_.up),
        down_(scheduler_, random_, plan_.down) {
    connect(client_, up_, server_);
    connect(server_, down_, client_);
    client_.on_event = [this](const transport::event& e) { client_event(e); };
    server_.on_event = [this](const transport::event& e) { server_event(e); };
    client_.on_closed = [this] { closed(client_); };
    server_.on_closed = [this] { closed(server_); };
    up_.watched_by = down_.watched_by = &trap_;
    for (const call_plan& call : plan_.calls) {
      client_program& program = programs_.emplace_back(scheduler_, random_, client_, call);
      scheduler_.in(call.start, [this, &program] { start(program); });
    }
    if (plan_.lost) scheduler_.in(*plan_.lost, [this] { lose(); });
    if (plan_.shutdown) scheduler_.in(*plan_.shutdown, [this] { drain(); });
    if (plan_.middle) trap_.set(plan_.middle->after_bytes, [this] { disturb(); });
    client_.pump();
    server_.pump();
    if (plan_.middle && plan_.middle->after_bytes == 0) trap_.passed(0);
  }

  run_report play() {
    // Far more steps than any run takes: a loop that never ends is a problem too.
    for (std::size_t steps = 0; scheduler_.step(); ++steps) {
      if (steps > 5'000'000) {
        problem("the run does not come to an end");
        break;
      }
    }
    for (const client_program& program : programs_) report_.on_time += program.ends().size();
    // The last resort: a connection that nothing moves any more is gone in the end.
    if (plan_.middle) lose();
    check();
    report_.up = up_.arrived();
    report_.down = down_.arrived();
    return std::move(report_);
  }

 private:
  // Longer than anything that may still be on its way.
  static constexpr std::chrono::seconds linger{5};
  static constexpr std::chrono::seconds connect_timeout{20};
  static constexpr std::chrono::seconds second{1};
  static constexpr std::chrono::seconds pause{15};

  static void connect(endpoint& from, link& over, endpoint& to) {
    from.out = &over;
    over.on_arrival = [&to](std::string_view bytes) { to.arrived(bytes); };
    over.on_room = [&from] { from.pump(); };
  }

  void problem(std::string text) { report_.problems.push_back(std::move(text)); }

  /// As a channel does: not before the server's first SETTINGS, which say how many calls it takes.
  void start(client_program& program) {
    if (client_.session().ready() || client_.closed()) {
      program.start();
    } else {
      not_started_.push_back(&program);
    }
  }
  void start_all() {
    for (client_program* program : std::exchange(not_started_, {})) program->start();
  }

  void client_event(const transport::event& e) {
    if (e.kind == transport::event_kind::settings_received) start_all();
    if (e.owner != nullptr) static_cast<client_program*>(e.owner)->on_event(e);
  }

  void server_event(const transport::event& e) {
    if (!e.stream) return;
    auto* to = static_cast<handler*>(e.owner);
    if (to == nullptr) {
      if (e.kind != transport::event_kind::headers_received) {
        return problem("an event of a stream that never began");
      }
      to = &handlers_.emplace_back(scheduler_, random_, server_, plan_, e.stream);
      server_.session().set_owner(e.stream, to);
    }
    to->on_event(e);
  }

  void drain() {
    server_.session().drain("simulated");
    server_.pump();
  }

  void disturb() {
    switch (plan_.middle->what) {
      case trouble::lost:
        return lose();
      case trouble::lost_to_client:
        lose_side(client_);
        return scheduler_.in(second, [this] { lose(); });
      case trouble::lost_to_server:
        lose_side(server_);
        return scheduler_.in(second, [this] { lose(); });
      case trouble::stall:
        up_.stall();
        down_.stall();
        if (!client_.session().ready()) {
          scheduler_.in(connect_timeout, [this] { lose_side(client_, "no SETTINGS in time"); });
        }
        return;
      case trouble::pause:
        up_.stall();
        down_.stall();
        return scheduler_.in(pause, [this] {
          up_.go_on();
          down_.go_on();
        });
      case trouble::cancel:
        for (client_program& program : programs_) program.cancel();
        return client_.pump();
      case trouble::reset:
        for (handler& h : handlers_) h.reset();
        return server_.pump();
      case trouble::drain:
        return drain();
      case trouble::goaway:
        server_.session().shutdown();
        return server_.pump();
      case trouble::angry_goaway:
        server_.session().shutdown(transport::http2_errc::enhance_your_calm, "too_many_pings");
        server_.pump();
        return scheduler_.in(second, [this] { lose(); });
      case trouble::goaway_of_client:
        client_.session().shutdown();
        return client_.pump();
    }
  }

  /// A side that has closed waits a little, then the other one hears of it, if anything arrives.
  void closed(endpoint& side) {
    if (plan_.middle && plan_.middle->what == trouble::stall) return lose_side(side);
    scheduler_.in(linger, [this] { lose(); });
  }

  void lose_side(endpoint& side, std::string_view why = "the network is gone") {
    (&side == &client_ ? up_ : down_).cut();
    side.lose(why);
    if (&side == &client_) start_all();
  }

  void lose() {
    up_.cut();
    down_.cut();
    client_.lose("the network is gone");
    server_.lose("the network is gone");
    start_all();
  }

  void check() {
    if (client_.failed() || server_.failed()) problem("one side says that the other broke a rule");
    for (const client_program& program : programs_) check_call(program);
    for (const handler& h : handlers_) {
      const std::string who = "handler " + (h.plan() != nullptr ? h.plan()->path() : "?");
      if (h.stream_closes() != 1)
        problem(who + ": stream_closed " + std::to_string(h.stream_closes()));
      if (h.ends() != 1) problem(who + ": ended " + std::to_string(h.ends()) + " times");
      if (h.plan() != nullptr && !is_prefix(h.received(), h.plan()->requests)) {
        problem(who + ": requests are not what was sent");
      }
    }
    check_side("client", client_);
    check_side("server", server_);
    if (plan_.undisturbed() && up_.arrived().size() + up_.in_flight() != up_.sent()) {
      problem("bytes were lost on the way up");
    }
  }

  void check_side(std::string_view who, endpoint& end) {
    const std::string name(who);
    if (end.session().open_streams() != 0) {
      problem(name + ": streams left open: " + std::to_string(end.session().open_streams()));
    }
    if (end.session().queued_streams() != 0) problem(name + ": streams left in the queue");
    if (end.session().has_events()) problem(name + ": events left");
    if (end.session().next_timeout()) problem(name + ": a deadline is left");
  }

  void check_call(const client_program& program) {
    const call_plan& call = program.plan();
    const std::string who = "call " + call.path();
    ++report_.calls;
    if (program.ends().size() != 1) {
      return problem(who + ": " + std::to_string(program.ends().size()) + " statuses");
    }
    const codec::status& end = program.ends().front();
    report_.ends.push_back(end);
    ++report_.statuses[end.code()];
    if (program.stream_closes() != (program.opened() ? 1U : 0U)) {
      problem(who + ": stream_closed " + std::to_string(program.stream_closes()));
    }
    if (!is_prefix(program.received(), call.responses)) {
      problem(who + ": responses are not what was sent");
    }
    const auto served = std::find_if(handlers_.begin(), handlers_.end(),
                                     [&](const handler& h) { return h.plan() == &call; });
    if (end.ok()) {
      if (program.received() != call.responses) problem(who + ": OK without all responses");
      if (served == handlers_.end() || served->received() != call.requests) {
        problem(who + ": OK without all requests");
      }
    }
    const bool finishes =
        plan_.undisturbed() || (plan_.finishes_calls() && served != handlers_.end());
    if (finishes && call.undisturbed() && end != call.outcome) {
      problem(who + ": " + codec::to_string(end) + " instead of " + codec::to_string(call.outcome));
    }
  }

  const run_plan plan_;
  tests::random_source random_;
  scheduler scheduler_;
  endpoint client_;
  endpoint server_;
  link up_;
  link down_;
  trap trap_;
  std::deque<client_program> programs_;
  std::vector<client_program*> not_started_;
  std::deque<handler> handlers_;
  run_report report_;
};

}  // namespace

run_report run(std::uint64_t seed) {
  return run(make_plan(seed), seed);
}

run_report run(const run_plan& plan, std::uint64_t seed) {
  return world(plan, seed).play();
}

}  // namespace grpcwire::sim
