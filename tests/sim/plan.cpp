#include "tests/sim/plan.hpp"

#include <array>
#include <chrono>

namespace grpcwire::sim {
namespace {

using namespace std::chrono_literals;
using tests::random_source;

constexpr std::array<std::uint32_t, 6> stream_windows{64, 1000, 5000, 65'535, 100'000, 1U << 20};
constexpr std::array<std::uint32_t, 3> connection_windows{65'535, 70'000, 4U << 20};
constexpr std::array<std::size_t, 4> high_waters{1, 5000, 40'000, 256 * 1024};
constexpr std::array<std::size_t, 5> pieces{1, 10, 300, 20'000, 1U << 20};
constexpr std::array<std::size_t, 3> capacities{1, 3000, 1U << 20};
constexpr std::array<duration, 3> delays{0ms, 1ms, 30ms};

template <class T, std::size_t N>
T pick(random_source& random, const std::array<T, N>& from) {
  return from[random.below(N)];
}

duration up_to(random_source& random, duration most) {
  return duration(random.between(0, static_cast<std::size_t>(most.count())));
}

std::chrono::milliseconds up_to_a_second(random_source& random) {
  return std::chrono::milliseconds(random.between(1, 1000));
}

transport::session_settings session_plan(random_source& random) {
  transport::session_settings s;
  s.max_concurrent_streams =
      static_cast<std::uint32_t>(random.chance(50) ? random.between(1, 3) : 100);
  s.stream_window = pick(random, stream_windows);
  s.connection_window = pick(random, connection_windows);
  s.output_high_water = pick(random, high_waters);
  s.window_growth_max = random.chance(50) ? 16U << 20 : 0;
  if (random.chance(30)) s.keepalive = {.time = up_to_a_second(random), .timeout = 30min};
  s.abuse.ping_interval_min = s.abuse.ping_interval_idle_min = 0ms;
  return s;
}

/// A direction that is slow in every way would take for ever to simulate.
link_settings link_plan(random_source& random) {
  link_settings l{.delay_max = pick(random, delays),
                  .piece_max = pick(random, pieces),
                  .capacity = pick(random, capacities)};
  if (l.piece_max < 300 || l.capacity < 300) {
    l.piece_max = std::max<std::size_t>(l.piece_max, random.chance(10) ? 1 : 100);
    l.capacity = std::max<std::size_t>(l.capacity, random.chance(10) ? 1 : 300);
  }
  return l;
}

std::vector<std::string> messages(random_source& random, bool single, std::size_t size_max) {
  std::vector<std::string> all(single ? 1 : random.below(6));
  for (std::string& m : all) m = random.bytes(random.size(size_max));
  return all;
}

call_plan call(random_source& random, std::size_t number, std::size_t size_max) {
  call_plan c;
  c.number = number;
  c.single_request = random.chance(50);
  c.single_response = random.chance(50);
  c.requests = messages(random, c.single_request, size_max);
  c.responses = messages(random, c.single_response, size_max);
  c.initial_metadata = random.chance(30);
  c.separate_half_close = random.chance(30);
  c.start = up_to(random, 50ms);
  if (random.chance(40)) c.client_read_delay = up_to(random, 40ms);
  if (random.chance(40)) c.server_read_delay = up_to(random, 40ms);
  if (random.chance(40)) c.write_delay_max = 20ms;
  switch (random.below(10)) {
    case 0:
      c.style = server_style::early_status;
      break;
    case 1:
      c.style = server_style::reset;
      break;
    case 2:
      c.style = server_style::silence;
      break;
    case 3:
    case 4:
    case 5:
      if (!c.single_request && !c.single_response) c.style = server_style::answer_each;
      break;
    default:
      break;
  }
  if (c.style == server_style::answer_each) c.responses = c.requests;
  if (c.style == server_style::early_status || random.chance(15)) {
    c.outcome = codec::status(static_cast<codec::status_code>(random.between(1, 16)),
                              random.chance(50) ? "said by the server \u263a %" : "");
  }
  if (c.style == server_style::early_status) {
    c.early_after = random.below(c.requests.size() + 1);
    c.responses.clear();
  }
  c.reset_code = static_cast<std::uint32_t>(random.below(14));
  if (random.chance(15)) c.deadline = up_to(random, 200ms) + 1us;
  if (random.chance(15)) c.cancel = up_to(random, 200ms);
  if (c.style == server_style::silence && !c.cancel && !c.deadline) c.deadline = 500ms;
  return c;
}

constexpr std::array<std::string_view, 11> trouble_names{
    "lost",  "lost_to_client", "lost_to_server", "stall",        "pause",           "cancel",
    "reset", "drain",          "goaway",         "angry_goaway", "goaway_of_client"};

}  // namespace

std::string_view name(trouble what) noexcept {
  return trouble_names.at(static_cast<std::size_t>(what));
}

bool run_plan::finishes_calls() const noexcept {
  if (lost || !middle) return !lost;
  switch (middle->what) {
    case trouble::pause:
    case trouble::drain:
    case trouble::goaway:
    case trouble::goaway_of_client:
      return true;
    default:
      return false;
  }
}

run_plan make_plan(std::uint64_t seed) {
  random_source random(seed * 0x100000001b3 + 1);
  run_plan plan;
  plan.client = session_plan(random);
  plan.server = session_plan(random);
  plan.up = link_plan(random);
  plan.down = link_plan(random);
  const bool slow = plan.up.piece_max < 300 || plan.down.piece_max < 300 ||
                    plan.up.capacity < 300 || plan.down.capacity < 300;
  const std::size_t size_max = slow ? 3000 : 200'000;
  const std::size_t count = random.between(1, 16);
  for (std::size_t i = 0; i < count; ++i) plan.calls.push_back(call(random, i, size_max));
  if (random.chance(15)) plan.lost = up_to(random, 150ms);
  if (random.chance(15)) plan.shutdown = up_to(random, 100ms);
  if (plan.undisturbed()) {
    // Comes when all is quiet: credit that had leaked, or a stream, would stop it.
    call_plan probe;
    probe.number = count;
    probe.single_request = probe.single_response = true;
    probe.requests = {random.bytes(slow ? 5000 : 150'000)};
    probe.responses = {random.bytes(slow ? 5000 : 150'000)};
    probe.start = std::chrono::minutes(30);
    plan.calls.push_back(probe);
  }
  return plan;
}

}  // namespace grpcwire::sim
