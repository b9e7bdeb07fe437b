// Request heads that a connection has sent before: most calls send one of a few again.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <grpcwire/codec/headers.hpp>

namespace grpcwire::codec {

/// Keeps the first heads it is asked for; those that differ from them are written each time.
/// `scheme`, `user_agent` and `accept_encoding` are not compared: those of a channel stay the same.
class prepared_heads {
 public:
  static constexpr std::size_t count_max = 16;

  /// As write_request(), but not always to `scratch`. What the head has in common with others has
  /// texts that live as long as this object. The list is valid until `scratch` changes.
  header_list_view write(header_fields& scratch, const request_head& head);

 private:
  struct prepared {
    explicit prepared(const request_head& head);
    bool is_for(const request_head& head) const noexcept;

    request_head same;  // views of texts
    std::string texts;
    header_fields all;
    std::size_t end = 0;  // where the fields begin that follow a timeout
  };

  const prepared* find(const request_head& head);

  std::array<std::unique_ptr<const prepared>, count_max> all_;
  std::size_t count_ = 0;
  std::size_t last_ = 0;  // the one that was asked for last
};

}  // namespace grpcwire::codec
