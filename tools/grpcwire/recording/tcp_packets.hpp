// Makes up the Ethernet, IPv4 and TCP around the bytes of a connection, as if somebody had captured
// it: a tap sees streams, a capture wants packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

#include "recording.hpp"

namespace grpcwire::tools {

namespace tcp_flag {
inline constexpr std::uint8_t fin = 0x01;
inline constexpr std::uint8_t syn = 0x02;
inline constexpr std::uint8_t rst = 0x04;
inline constexpr std::uint8_t psh = 0x08;
inline constexpr std::uint8_t ack = 0x10;
}  // namespace tcp_flag

/// What the packets call the two sides: of the block that is reserved for documentation (RFC 5737).
inline constexpr std::string_view client_address{"\xc0\x00\x02\x01", 4};
inline constexpr std::string_view server_address{"\xc0\x00\x02\x02", 4};

/// One TCP connection. Sequence and acknowledgement numbers count along.
class tcp_packets {
 public:
  static constexpr std::size_t payload_max = 65000;  // bytes; an IPv4 packet has 65535

  tcp_packets(std::uint16_t client_port, std::uint16_t server_port)
      : client_{client_port, 1000}, server_{server_port, 2000} {}

  /// The next packet of a side, from the Ethernet header on. It acknowledges what the other side
  /// has sent before, when `flags` say so. Precondition: payload.size() <= payload_max.
  std::string next(side sender, std::uint8_t flags, codec::const_bytes payload = {});

  /// These bytes were sent, too, but there is no packet of them.
  void skip(side sender, std::uint64_t bytes) {
    of(sender).sequence += static_cast<std::uint32_t>(bytes);
  }

 private:
  struct end {
    std::uint16_t port;
    std::uint32_t sequence;  // of the next byte it sends
  };
  end& of(side s) { return s == side::client ? client_ : server_; }

  end client_;
  end server_;
  std::uint16_t identification_ = 0;
};

}  // namespace grpcwire::tools
