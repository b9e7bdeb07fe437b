// A trace sink that keeps everything: raw bytes of both directions, and the rest as lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/transport/http2_names.hpp>
#include <grpcwire/transport/trace.hpp>

namespace grpcwire::tests {

class trace_recorder final : public transport::trace_sink {
 public:
  std::string received;
  std::string sent;
  std::vector<std::string> lines;

  void on_bytes(transport::direction d, codec::const_bytes bytes) override {
    (d == transport::direction::received ? received : sent).append(codec::as_text(bytes));
  }
  void on_frame(transport::direction d, const transport::frame_info& f) override {
    add(d, std::string(transport::http2::frame_type_name(f.type)) + " " +
               std::to_string(f.stream_id) + " " + std::to_string(f.length));
  }
  void on_header_block(transport::direction d, std::int32_t id, codec::header_list_view fields,
                       bool end_stream) override {
    std::string text = "block " + std::to_string(id) + (end_stream ? " end" : "");
    for (const auto& field : fields) text.append(" ").append(field.name);
    add(d, text);
  }
  void on_window(transport::direction d, std::int32_t id, std::int32_t change,
                 std::int64_t window) override {
    add(d, "window " + std::to_string(id) + " " + std::to_string(change) + " " +
               std::to_string(window));
  }
  void on_action(std::string_view action, std::int32_t id, std::string_view detail) override {
    lines.push_back(std::string(action) + " " + std::to_string(id) + " " + std::string(detail));
  }

 private:
  void add(transport::direction d, std::string_view text) {
    lines.push_back((d == transport::direction::received ? "< " : "> ") + std::string(text));
  }
};

}  // namespace grpcwire::tests
