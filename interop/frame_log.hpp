// The last frames that went over the connections of a test case, for the message of a failure.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/transport/trace.hpp>

namespace grpcwire::interop {

/// In words; DATA frames of one stream in a row are one line. Any thread.
class last_frames {
 public:
  static constexpr std::size_t lines_kept = 20;

  void add_header_list(std::string text);
  void add(transport::direction way, const transport::frame_info& frame);
  /// Oldest first.
  std::vector<std::string> lines() const;
  /// All that there were.
  std::size_t count() const;

 private:
  struct line {
    std::string text;
    std::size_t data_frames = 0;
    std::size_t data_size = 0;
    std::string flags{};
  };
  void push(line next);

  mutable std::mutex mutex_;
  std::deque<line> lines_;
  std::size_t count_ = 0;
};

/// Watches the connections of one channel. In place of HEADERS and CONTINUATION it notes the header
/// list that they carry, a sent one when it is handed over.
class frame_log final : public transport::trace_sink {
 public:
  /// `bytes_to` gets the bytes; null: nobody does.
  explicit frame_log(std::shared_ptr<last_frames> to,
                     std::shared_ptr<transport::trace_sink> bytes_to = nullptr)
      : to_(std::move(to)), bytes_to_(std::move(bytes_to)) {}

  void on_bytes(transport::direction way, codec::const_bytes bytes) override;
  void on_frame(transport::direction way, const transport::frame_info& frame) override;
  void on_header_block(transport::direction way, std::int32_t stream,
                       codec::header_list_view fields, bool end_stream) override;

 private:
  std::shared_ptr<last_frames> to_;
  std::shared_ptr<transport::trace_sink> bytes_to_;
};

}  // namespace grpcwire::interop
