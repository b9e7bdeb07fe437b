// A path that is long and fat: what a window that grows is worth there, and how far it grows.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <grpcwire/transport/session.hpp>

#include "tests/sim/network.hpp"

namespace grpcwire::sim {
namespace {

using namespace std::chrono_literals;
using transport::event;
using transport::event_kind;
using transport::role;
using transport::session;

constexpr std::size_t mib = 1 << 20;

/// Two sessions; the server takes whatever comes at once.
class long_path {
 public:
  long_path(const transport::session_settings& settings, duration one_way, double bytes_per_second)
      : one_way_(one_way),
        bytes_per_second_(bytes_per_second),
        client_{session(role::client, settings), {}},
        server_{session(role::server, settings), {}} {
    pump(client_, server_);
    pump(server_, client_);
    run();
  }

  /// How long one stream with so many bytes takes.
  duration upload(std::size_t size) {
    const time_point begin = scheduler_.now();
    transport::open_error error{};
    const auto stream = client_.session_.open_stream(nullptr, error);
    const codec::header_view fields[] = {
        {":method", "POST"}, {":scheme", "http"}, {":path", "/a.B/C"}, {":authority", "x"}};
    client_.session_.send_headers(*stream, fields, false);
    client_.session_.send_data(*stream, codec::buffer(size), true);
    pump(client_, server_);
    run();
    EXPECT_EQ(received_, size);
    EXPECT_TRUE(ended_at_);
    return ended_at_.value_or(scheduler_.now()) - begin;
  }

  /// The largest amount that was on its way to the server.
  std::size_t in_flight_max() const noexcept { return in_flight_max_; }

 private:
  struct side {
    session session_;
    time_point busy_until{};  // its way out
  };

  void run() {
    while (scheduler_.step()) continue;
  }

  void pump(side& from, side& to) {
    do {
      while (const event* e = from.session_.poll_event()) on_event(from, *e);
      std::string bytes;
      for (auto blocks = from.session_.output(); !blocks.empty(); blocks = from.session_.output()) {
        const std::size_t before = bytes.size();
        for (const codec::const_bytes block : blocks) bytes.append(codec::as_text(block));
        from.session_.consume_output(bytes.size() - before);
      }
      send(from, to, std::move(bytes));
    } while (from.session_.has_events());
  }

  /// In pieces, each behind the one before, at the speed of the path.
  void send(side& from, side& to, std::string bytes) {
    constexpr std::size_t piece = 16'384;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      std::string part = bytes.substr(at, piece);
      const std::chrono::duration<double> takes(static_cast<double>(part.size()) /
                                                bytes_per_second_);
      from.busy_until =
          std::max(from.busy_until, scheduler_.now()) + std::chrono::duration_cast<duration>(takes);
      if (&to == &server_) {
        in_flight_ += part.size();
        in_flight_max_ = std::max(in_flight_max_, in_flight_);
      }
      scheduler_.at(from.busy_until + one_way_, [this, &from, &to, part = std::move(part)] {
        if (&to == &server_) in_flight_ -= part.size();
        EXPECT_FALSE(to.session_.receive(codec::as_bytes(part), scheduler_.now()));
        pump(to, from);
      });
    }
  }

  void on_event(side& at, const event& e) {
    if (&at != &server_ || e.kind != event_kind::data_received) return;
    received_ += e.data.size();
    at.session_.consume(e.stream, e.data.size());
    if (e.end_stream) ended_at_ = scheduler_.now();
  }

  scheduler scheduler_;
  duration one_way_;
  double bytes_per_second_;
  side client_;
  side server_;
  std::size_t received_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t in_flight_max_ = 0;
  std::optional<time_point> ended_at_;
};

transport::session_settings growing(bool grow) {
  transport::session_settings s;
  if (!grow) s.window_growth_max = 0;
  return s;
}

TEST(a_long_fat_path, is_filled_when_windows_grow) {
  constexpr std::size_t size = 128 * mib;
  // 1 Gbit/s, 100 ms there and back: 12 MiB on their way, and 1.1 s at best.
  const duration fixed = long_path(growing(false), 50ms, 125e6).upload(size);
  const duration grown = long_path(growing(true), 50ms, 125e6).upload(size);
  EXPECT_GT(fixed, 10s) << "a MiB for each round trip";
  EXPECT_LT(grown, 3s);
  RecordProperty("fixed_ms", static_cast<int>(fixed / 1ms));
  RecordProperty("grown_ms", static_cast<int>(grown / 1ms));
  EXPECT_GT(grown, 1s);
}

TEST(a_long_fat_path, does_not_get_windows_far_beyond_what_it_holds) {
  // 160 Mbit/s, 100 ms: 1.9 MiB.
  long_path narrow(growing(true), 50ms, 20e6);
  const duration took = narrow.upload(64 * mib);
  EXPECT_LT(took, 4s);
  EXPECT_LT(narrow.in_flight_max(), 8 * mib);
}

TEST(a_short_path, keeps_the_windows_it_has) {
  long_path near(growing(true), 100us, 125e6);
  EXPECT_LT(near.upload(64 * mib), 700ms);
  EXPECT_LE(near.in_flight_max(), 2 * mib);
}

}  // namespace
}  // namespace grpcwire::sim
