#include "explaining_trace.hpp"

#include <ostream>
#include <utility>

namespace grpcwire::tools {

explaining_trace::explaining_trace(side me, std::ostream& out, explain_options options)
    : me_(me), out_(out), explainer_(std::move(options)) {}

void explaining_trace::on_bytes(transport::direction way, codec::const_bytes bytes) {
  const side sender = way == transport::direction::sent ? me_ : other(me_);
  out_ << explainer_.feed(sender, bytes) << std::flush;
}

void explaining_trace::finish() {
  out_ << explainer_.finish() << std::flush;
}

}  // namespace grpcwire::tools
