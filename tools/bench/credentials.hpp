// TLS for the programs of grpcwire, from files. Both throw std::runtime_error with what is wrong.
#pragma once

#include <memory>
#include <string>

#include <grpcwire/rpc/credentials.hpp>

namespace bench {

/// With the roots of the system when the name is empty.
std::shared_ptr<const grpcwire::channel_credentials> client_credentials(const std::string& ca_file);
std::shared_ptr<const grpcwire::server_credentials> server_credentials(
    const std::string& certificate_file, const std::string& key_file);

}  // namespace bench
