// Whether metadata of the program may go over the wire.
#pragma once

#include <optional>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/transport/session.hpp>

namespace grpcwire::detail {

/// INTERNAL with the first field that must not be sent; none when all of them are legal. Servers
/// may send any field value of HTTP, to echo what they received, and say when to retry. Clients may
/// send a `user-agent` when they are told `with_user_agent`: their channel has none.
std::optional<codec::status> illegal_metadata(const codec::metadata& fields, transport::role sender,
                                              bool with_user_agent = false);

}  // namespace grpcwire::detail
