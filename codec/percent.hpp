// The percent-encoding of `grpc-message` (gRPC doc/PROTOCOL-HTTP2.md, "Status-Message").
#pragma once

#include <string>
#include <string_view>

namespace grpcwire::codec {

/// The wire form of a status message. Printable ASCII other than `%` stays, every other byte
/// becomes %XX. Spaces at either end become %20 too, because HTTP/2 stacks may strip raw ones or
/// reset the stream for them (RFC 9113 §8.2.1). Each byte that is not part of valid UTF-8 is sent
/// as U+FFFD.
std::string percent_encode(std::string_view utf8);

/// The message behind a wire form. It never fails: a `%` without two hexadecimal digits behind it
/// stays as it is. What comes out need not be UTF-8, the peer decides.
std::string percent_decode(std::string_view text);

}  // namespace grpcwire::codec
