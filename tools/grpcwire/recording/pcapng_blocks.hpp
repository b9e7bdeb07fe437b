// The blocks of a pcapng file (draft-ietf-opsawg-pcapng section 4), in little-endian byte order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace grpcwire::tools::pcapng_block {

/// Begins the file; version 1.0. `comment` is about all of it.
std::string section_header(std::string_view program, std::string_view comment);

/// Ethernet, times in nanoseconds.
std::string interface_description(std::string_view name, std::string_view description);

/// The names of IPv4 addresses (four bytes each).
class name_resolution {
 public:
  name_resolution& add(std::string_view address, std::string_view name);
  std::string block() const;

 private:
  std::string records_;
};

/// The keys of TLS connections as SSLKEYLOGFILE has them. Must come before the packets.
std::string tls_secrets(std::string_view key_log);

/// One packet. `time_ns`: since 1970. The comment may be empty.
std::string packet(std::int64_t time_ns, std::string_view bytes, std::string_view comment);

}  // namespace grpcwire::tools::pcapng_block
