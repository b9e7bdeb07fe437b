// A status that fits into the room that trailers have: stock peers refuse header lists above their
// limit, and then the call loses its status altogether.
#pragma once

#include <cstddef>

#include <grpcwire/codec/header.hpp>
#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {

/// What every stock peer accepts as one header list, in bytes as RFC 9113 §6.5.2 counts them: name,
/// value and 32 for each field. gRPC C++ announces and enforces 8192.
inline constexpr std::size_t default_trailers_size_max = 8192;

/// What grpc-status, grpc-message and grpc-status-details-bin take of a header list.
std::size_t list_size(const status& s);

/// The status as it may be sent in trailers of at most `size_max` bytes that carry `custom` (may be
/// null) as well. Details that do not fit are left out, in their order, and a note at the end of
/// the message (the one in the details too) says how many; a message that is too long even then is
/// cut. What fits comes back as it is.
status fit_into_trailers(const status& s, std::size_t size_max, const metadata* custom);

}  // namespace grpcwire::codec
