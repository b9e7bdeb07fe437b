// What channelz sees, as messages of grpc.channelz.v1.
#pragma once

#include <cstdint>
#include <string>

#include <grpcwire/rpc/channelz_view_internal.hpp>

#include "grpc/channelz/v1/channelz.pb.h"

namespace grpcwire::detail {

/// `id` is that of the server; those of what it has begin behind it.
void to_message(const server_view& view, std::int64_t id, grpc::channelz::v1::Server& to);
void to_message(const connection_view& view, std::int64_t server_id,
                grpc::channelz::v1::SocketRef& to);
void to_message(const connection_view& view, std::int64_t server_id,
                grpc::channelz::v1::Socket& to);
/// A listener.
void to_message(std::uint64_t number, const std::string& address, std::int64_t server_id,
                grpc::channelz::v1::Socket& to);

}  // namespace grpcwire::detail
