// The text of a header field as nghttp2 has it: shared with the tables of HPACK by counted
// references.
#pragma once

#include <utility>

struct nghttp2_rcbuf;

namespace grpcwire::transport {

/// Keeps name and value of one field alive. Move-only.
class field_text {
 public:
  field_text() noexcept = default;
  field_text(nghttp2_rcbuf* name, nghttp2_rcbuf* value) noexcept;
  field_text(field_text&& other) noexcept
      : name_(std::exchange(other.name_, nullptr)), value_(other.value_) {}
  field_text& operator=(field_text&& other) noexcept {
    std::swap(name_, other.name_);
    std::swap(value_, other.value_);
    return *this;
  }
  ~field_text();

  explicit operator bool() const noexcept { return name_ != nullptr; }
  /// The very same texts, not only equal ones.
  bool is(const nghttp2_rcbuf* name, const nghttp2_rcbuf* value) const noexcept {
    return name_ == name && value_ == value;
  }

 private:
  nghttp2_rcbuf* name_ = nullptr;  // null: there is none of the two
  nghttp2_rcbuf* value_ = nullptr;
};

}  // namespace grpcwire::transport
