// Links grpcwire::transport and, through it, codec; no Asio, no sockets.
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/session.hpp>

int main() {
  using namespace grpcwire;
  transport::session client{transport::role::client, transport::session_settings{}};
  const auto blocks = client.output();
  if (blocks.empty()) return 1;
  return codec::as_text(blocks.front()).starts_with("PRI * HTTP/2.0") ? 0 : 1;
}
