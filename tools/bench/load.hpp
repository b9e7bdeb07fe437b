// What every load client is told and what it tells, whatever library it calls with: flags, the rule
// for when the next call begins, and the figures in the end.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "histogram.hpp"

namespace CLI {
class App;
}

namespace bench {

/// The methods of grpc.testing.BenchmarkService.
enum class rpc_kind : std::uint8_t { unary, streaming, from_server, from_client, both_ways };

struct load_options {
  std::string target = "127.0.0.1:50051";
  rpc_kind rpc = rpc_kind::unary;
  std::uint32_t request_size = 16;   ///< bytes of the payload
  std::uint32_t response_size = 16;  ///< bytes of the payload
  unsigned connections = 1;
  unsigned streams = 1;     ///< calls at a time on each connection
  double seconds = 0;       ///< 0: until `calls` are done
  std::uint64_t calls = 0;  ///< of all connections; messages, of the streaming methods; 0: no limit
  unsigned threads = 1;
  double rate = 0;  ///< calls to begin in a second; 0: each begins when one has ended
  bool tls = false;
  std::string ca_file{};  ///< PEM
  bool hold = false;      ///< keep connections and calls idle instead, see docs/performance.md
  std::string json{};     ///< the file that gets the figures as well
};

/// --port, --target, --rpc, … Their defaults are those above.
void add_load_flags(CLI::App& app, load_options& to);
/// What is wrong with the combination; empty: nothing.
std::string complaint_about(const load_options& options);

using clock = std::chrono::steady_clock;

/// What the calls of one thread have come to.
class meter {
 public:
  /// The part of `options` that falls to thread `index`.
  meter(const load_options& options, unsigned index)
      : left_(options.calls == 0 ? std::numeric_limits<std::uint64_t>::max()
                                 : options.calls / options.threads +
                                       (index < options.calls % options.threads ? 1 : 0)),
        seconds_(options.seconds) {
    if (options.rate > 0) {
      slot_length_ = std::chrono::duration_cast<clock::duration>(
          std::chrono::duration<double>(options.threads / options.rate));
      slot_offset_ = slot_length_ * index / options.threads;
    }
  }

  /// Connections are made; the time begins.
  void start(clock::time_point now) {
    started_ = ended_ = now;
    next_slot_ = now + slot_offset_;
    end_ = seconds_ <= 0 ? clock::time_point::max()
                         : now + std::chrono::duration_cast<clock::duration>(
                                     std::chrono::duration<double>(seconds_));
  }

  /// Whether another call may begin; if so, it counts as begun.
  bool may_begin(clock::time_point now) noexcept {
    if (left_ == 0 || now >= end_) return false;
    --left_;
    return true;
  }
  /// Of an open loop: when the next call is meant to begin.
  clock::time_point take_slot() noexcept {
    return std::exchange(next_slot_, next_slot_ + slot_length_);
  }
  bool open_loop() const noexcept { return slot_length_ > clock::duration::zero(); }

  void call_done(clock::time_point begun, clock::time_point now, std::uint64_t bytes) noexcept {
    latencies_.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - begun).count()));
    bytes_ += bytes;
    ended_ = now;
  }
  /// A message of a stream: there is no latency to tell.
  void moved(std::uint64_t bytes) noexcept {
    ++messages_;
    bytes_ += bytes;
  }
  void stream_done(clock::time_point now) noexcept { ended_ = std::max(ended_, now); }
  /// Ends the run.
  void fail(std::string why) {
    if (failure_.empty()) failure_ = std::move(why);
    left_ = 0;
  }

  const histogram& latencies() const noexcept { return latencies_; }
  std::uint64_t messages() const noexcept { return messages_ + latencies_.total(); }
  std::uint64_t bytes() const noexcept { return bytes_; }
  clock::time_point started() const noexcept { return started_; }
  clock::time_point ended() const noexcept { return ended_; }
  const std::string& failure() const noexcept { return failure_; }

 private:
  std::uint64_t left_;
  double seconds_;
  clock::duration slot_length_{};
  clock::duration slot_offset_{};
  clock::time_point next_slot_{};
  clock::time_point started_{};
  clock::time_point end_{};
  clock::time_point ended_{};
  histogram latencies_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::string failure_;
};

/// Prints the figures of all threads, and writes them to options.json. The exit code of the
/// program.
int report(const load_options& options, const std::vector<meter>& meters);

/// Between the phases of a client that holds: says what is reached, and waits for a line.
void announce_phase(const char* what);

}  // namespace bench
