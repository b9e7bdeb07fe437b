// The last frames of a connection, kept so that a status can show how it came about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/transport/trace.hpp>

namespace grpcwire::detail {

/// A ring of frame heads that passes everything on to another sink, if there is one.
class frame_history final : public transport::trace_sink {
 public:
  /// `size` frames of each stream are asked for; the ring holds 16 times as many in all.
  explicit frame_history(std::size_t size) : size_(size) { ring_.reserve(size * 16); }

  /// Null: to nobody.
  void pass_on_to(std::shared_ptr<transport::trace_sink> next) { next_ = std::move(next); }
  /// What the session is to call; null when neither a history nor a trace is wanted.
  transport::trace_sink* sink() noexcept { return size_ != 0 ? this : next_.get(); }

  /// The last frames of this stream, oldest first, in words.
  std::vector<std::string> of_stream(std::int32_t id) const;

  void on_bytes(transport::direction d, codec::const_bytes bytes) override;
  void on_frame(transport::direction d, const transport::frame_info& frame) override;
  void on_header_block(transport::direction d, std::int32_t id, codec::header_list_view fields,
                       bool end_stream) override;
  void on_window(transport::direction d, std::int32_t id, std::int32_t change,
                 std::int64_t window) override;
  void on_action(std::string_view action, std::int32_t id, std::string_view detail) override;

 private:
  struct entry {
    transport::direction direction;
    transport::frame_info frame;
  };
  std::size_t size_;
  std::shared_ptr<transport::trace_sink> next_;
  std::vector<entry> ring_;
  std::size_t begin_ = 0;
};

}  // namespace grpcwire::detail
