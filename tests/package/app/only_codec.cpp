// Links grpcwire::codec and nothing else.
#include <string>

#include <grpcwire/codec/status.hpp>

int main() {
  const grpcwire::status status{grpcwire::status_code::not_found, "no such thing"};
  return grpcwire::to_string(status) == "NOT_FOUND: no such thing" ? 0 : 1;
}
