#include "field_text.hpp"

#include <nghttp2/nghttp2.h>

namespace grpcwire::transport {

field_text::field_text(nghttp2_rcbuf* name, nghttp2_rcbuf* value) noexcept
    : name_(name), value_(value) {
  nghttp2_rcbuf_incref(name);
  nghttp2_rcbuf_incref(value);
}

field_text::~field_text() {
  if (name_ == nullptr) return;
  nghttp2_rcbuf_decref(name_);
  nghttp2_rcbuf_decref(value_);
}

}  // namespace grpcwire::transport
