#include "tcp_packets.hpp"

namespace grpcwire::tools {
namespace {

// Network byte order.
void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}

void put_checksum(std::string& out, std::size_t at, std::uint16_t sum) {
  out[at] = static_cast<char>(sum >> 8);
  out[at + 1] = static_cast<char>(sum & 0xff);
}

// The Internet checksum (RFC 1071).
std::uint16_t checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint32_t byte = static_cast<std::uint8_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

std::string_view address_of(side s) {
  return s == side::client ? client_address : server_address;
}

// Locally administered, the last byte as in the IPv4 address.
std::string hardware_address_of(side s) {
  return std::string("\x02\0\0\0\0", 5) + address_of(s).back();
}

// Room for the maximum segment size and a window so large that it never closes.
std::string syn_options() {
  return std::string("\x02\x04\xff\xd7\x01\x03\x03\x0e", 8);
}

}  // namespace

std::string tcp_packets::next(side sender, std::uint8_t flags, codec::const_bytes payload) {
  end& from = of(sender);
  const end& to = of(other(sender));
  const bool acknowledges = (flags & tcp_flag::ack) != 0;

  std::string segment;
  put16(segment, from.port);
  put16(segment, to.port);
  put32(segment, from.sequence);
  put32(segment, acknowledges ? to.sequence : 0);
  const std::string options = (flags & tcp_flag::syn) != 0 ? syn_options() : "";
  put16(segment, static_cast<std::uint32_t>((20 + options.size()) / 4 << 12) | flags);
  put16(segment, 0xffff);  // the window
  const std::size_t tcp_checksum_at = segment.size();
  put32(segment, 0);  // the checksum, and the urgent pointer
  segment += options;
  segment += codec::as_text(payload);

  std::string pseudo{address_of(sender)};
  pseudo += address_of(other(sender));
  put16(pseudo, 6);
  put16(pseudo, static_cast<std::uint32_t>(segment.size()));
  put_checksum(segment, tcp_checksum_at, checksum(pseudo + segment));

  std::string packet;
  put16(packet, 0x4500);
  put16(packet, static_cast<std::uint32_t>(20 + segment.size()));
  put16(packet, ++identification_);
  put16(packet, 0x4000);  // must not be fragmented
  put16(packet, 0x4006);  // 64 hops, TCP
  put16(packet, 0);       // the checksum
  packet += address_of(sender);
  packet += address_of(other(sender));
  put_checksum(packet, 10, checksum(packet));

  // SYN and FIN count as one byte each.
  const bool counts = (flags & (tcp_flag::syn | tcp_flag::fin)) != 0;
  from.sequence += static_cast<std::uint32_t>(payload.size() + (counts ? 1 : 0));

  std::string ethernet = hardware_address_of(other(sender)) + hardware_address_of(sender);
  put16(ethernet, 0x0800);
  return ethernet + packet + segment;
}

}  // namespace grpcwire::tools
