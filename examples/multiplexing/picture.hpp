// Watches the frames of a client's connection and draws its streams over time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include <grpcwire/transport/trace.hpp>

class stream_picture final : public grpcwire::transport::trace_sink {
  using clock = std::chrono::steady_clock;
  using direction = grpcwire::transport::direction;

 public:
  /// A stream is opened by its request headers, begins to be answered with the first response
  /// headers and ends with the trailers, the last header block.
  void on_header_block(direction way, std::int32_t id, grpcwire::codec::header_list_view fields,
                       bool end_stream) override {
    auto& stream = streams_[id];
    if (way == direction::sent) {
      stream.opened = clock::now();
      for (const auto& field : fields) {
        if (field.name == ":path") stream.method = field.value.substr(field.value.rfind('/') + 1);
      }
    } else if (end_stream) {
      stream.ended = clock::now();
    } else {
      stream.answered = clock::now();
    }
  }

  /// A line for each stream: dots while it waits for its answer, then # until the answer is whole.
  void print() const {
    if (streams_.empty()) return;
    auto first = clock::time_point::max();
    auto last = clock::time_point::min();
    for (const auto& [id, stream] : streams_) {
      first = std::min(first, stream.opened);
      last = std::max(last, stream.ended.value_or(clock::now()));
    }
    const double length = std::max(seconds(last - first), 1e-3);
    const auto column = [&](clock::time_point t) {
      return static_cast<std::size_t>(std::lround(seconds(t - first) / length * width));
    };
    std::printf("\n%zu streams on one connection   . sent, waits   # is being answered\n",
                streams_.size());
    for (const auto& [id, stream] : streams_) {
      const auto end = stream.ended.value_or(last);
      const std::size_t from = column(stream.opened);
      const std::size_t turn = column(stream.answered.value_or(end));
      std::string bar(from, ' ');
      bar.append(turn - from, '.').append(column(end) - turn, '#');
      std::printf("stream %3d  %-7s|%-*s|%s%6.2f s\n", static_cast<int>(id), stream.method.c_str(),
                  static_cast<int>(width), bar.c_str(), stream.ended ? "" : " cut off at",
                  seconds(end - first));
    }
  }

 private:
  struct line {
    std::string method;
    clock::time_point opened = clock::now();
    std::optional<clock::time_point> answered;
    std::optional<clock::time_point> ended;
  };

  static double seconds(clock::duration time) {
    return std::chrono::duration<double>(time).count();
  }

  static constexpr std::size_t width = 50;
  std::map<std::int32_t, line> streams_;
};
