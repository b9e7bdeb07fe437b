// What is fuzzed: each function takes any bytes at all and says what went wrong, or nothing. The
// replay test feeds them from seeds, the programs in targets/ from libFuzzer.
#pragma once

#include <string>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::fuzz {

/// A session with real calls on top, which gets the bytes in pieces. The first byte chooses the
/// size of the pieces, so that each input also stands for a way of cutting it.
std::string session_server(codec::const_bytes input);
std::string session_client(codec::const_bytes input);

/// One call, whose inputs the bytes choose: legal and illegal ones in any order.
std::string client_call(codec::const_bytes input);
std::string server_call(codec::const_bytes input);

/// Whole, and in pieces: both give the same messages.
std::string message_framer(codec::const_bytes input);
/// frame_parser, all decoders of payloads, and hpack_view for the header blocks.
std::string frames(codec::const_bytes input);
/// Names and values as a peer could send them; what was accepted reads the same when it is sent on.
std::string metadata(codec::const_bytes input);
/// Protobuf without a schema: the same bytes come back, and protobuf agrees on what is legal.
std::string raw_message(codec::const_bytes input);
/// JSON text: it gives a service config that can be asked, or an error of printable ASCII.
std::string service_config(codec::const_bytes input);

}  // namespace grpcwire::fuzz
