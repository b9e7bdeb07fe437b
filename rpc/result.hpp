// A value or the status that says why there is none: what unary handlers return.
#pragma once

#include <grpcwire/codec/result.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire {

template <class T>
using result = codec::result<T, status>;

}  // namespace grpcwire
