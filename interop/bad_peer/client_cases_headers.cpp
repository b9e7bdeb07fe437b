// Requests with a wrong head: what says what the call is.
#include <array>

#include "client_case.hpp"

namespace grpcwire::bad_peer {
namespace {

constexpr std::string_view rfc_pseudo = "RFC 9113 §8.3";
constexpr std::string_view rfc_request_pseudo = "RFC 9113 §8.3.1";
constexpr std::string_view grpc_requests = "gRPC PROTOCOL-HTTP2, Requests";
constexpr std::string_view grpc_statuses = "gRPC statuscodes.md, UNIMPLEMENTED";
// RFC 9113 §8.1.1: a server may answer before it resets the stream.
constexpr std::string_view malformed = "reset PROTOCOL_ERROR | http 400";

fields good() {
  return call_to(empty_call);
}

void ask(bad_client& c, const fields& head) {
  c.send(request(1, head));
}

constexpr std::array cases{
    client_case{"no_te", "leaves out te: trailers", "status 0 | status 2 | status 13",
                grpc_requests, [](bad_client& c) { ask(c, without(good(), "te")); }},
    client_case{"te_gzip", "says te: gzip", malformed, "RFC 9113 §8.2.2",
                [](bad_client& c) { ask(c, with(good(), "te", "gzip")); }},
    client_case{"html_content_type", "says content-type: text/html", "http 415", grpc_requests,
                [](bad_client& c) { ask(c, with(good(), "content-type", "text/html")); }},
    client_case{"no_content_type", "leaves out content-type", "http 415", grpc_requests,
                [](bad_client& c) { ask(c, without(good(), "content-type")); }},
    client_case{
        "grpc_web_content_type", "says content-type: application/grpc-web", "http 415",
        grpc_requests,
        [](bad_client& c) { ask(c, with(good(), "content-type", "application/grpc-web")); }},
    client_case{"almost_grpc_content_type", "says content-type: application/grpcx", "http 415",
                grpc_requests,
                [](bad_client& c) { ask(c, with(good(), "content-type", "application/grpcx")); }},
    client_case{"method_get", "asks with GET", "http 405 | status 2 | status 12 | status 13",
                grpc_requests,
                [](bad_client& c) {
                  c.send(transport::frames().headers(1, with(good(), ":method", "GET"), whole));
                }},
    client_case{"method_put", "asks with PUT", "http 405 | status 2 | status 12 | status 13",
                grpc_requests, [](bad_client& c) { ask(c, with(good(), ":method", "PUT")); }},
    client_case{"unknown_method", "calls a method that the service does not have", "status 12",
                grpc_statuses,
                [](bad_client& c) { ask(c, call_to("/grpc.testing.TestService/X")); }},
    client_case{"unknown_service", "calls a service that the server does not have", "status 12",
                grpc_statuses, [](bad_client& c) { ask(c, call_to("/no.Such/EmptyCall")); }},
    client_case{"path_slash", "calls the path /", "status 12", grpc_statuses,
                [](bad_client& c) { ask(c, call_to("/")); }},
    client_case{"path_with_three_parts", "calls /grpc.testing.TestService/EmptyCall/", "status 12",
                grpc_statuses,
                [](bad_client& c) { ask(c, call_to("/grpc.testing.TestService/EmptyCall/")); }},
    client_case{"path_without_slash", "calls a path that begins without a slash",
                "reset PROTOCOL_ERROR | status 12", rfc_request_pseudo,
                [](bad_client& c) { ask(c, call_to("grpc.testing.TestService/EmptyCall")); }},
    client_case{"empty_path", "calls the empty path", "reset PROTOCOL_ERROR | status 12",
                rfc_request_pseudo, [](bad_client& c) { ask(c, call_to("")); }},
    client_case{"no_path", "leaves out :path", malformed, rfc_request_pseudo,
                [](bad_client& c) { ask(c, without(good(), ":path")); }},
    client_case{"no_method", "leaves out :method", "reset PROTOCOL_ERROR | http 400 | http 405",
                rfc_request_pseudo, [](bad_client& c) { ask(c, without(good(), ":method")); }},
    client_case{"no_scheme", "leaves out :scheme", malformed, rfc_request_pseudo,
                [](bad_client& c) { ask(c, without(good(), ":scheme")); }},
    client_case{"no_authority", "leaves out :authority, and has no host field",
                "status 0 | status 2 | reset PROTOCOL_ERROR | http 400", rfc_request_pseudo,
                [](bad_client& c) { ask(c, without(good(), ":authority")); }},
    client_case{"two_authorities", "sends :authority twice", "reset PROTOCOL_ERROR | http 400",
                "gRFC A41", [](bad_client& c) { ask(c, led_by(":authority", "other", good())); }},
    client_case{"other_host", "sends a host field that differs from :authority",
                "status 0 | reset PROTOCOL_ERROR", "gRFC A41",
                [](bad_client& c) { ask(c, plus(good(), "host", "elsewhere")); }},
    client_case{"two_paths", "sends :path twice", malformed, rfc_pseudo,
                [](bad_client& c) { ask(c, led_by(":path", "/x", good())); }},
    client_case{"late_pseudo_field", "sends :path behind another field", malformed, rfc_pseudo,
                [](bad_client& c) { ask(c, plus(without(good(), ":path"), ":path", empty_call)); }},
    client_case{"unknown_pseudo_field", "sends a pseudo field :grpc", malformed, rfc_pseudo,
                [](bad_client& c) { ask(c, led_by(":grpc", "1", good())); }},
    client_case{"status_in_request", "sends :status in a request", malformed, rfc_pseudo,
                [](bad_client& c) { ask(c, led_by(":status", "200", good())); }},
    client_case{
        "second_head", "sends another header block that does not end the stream",
        "reset PROTOCOL_ERROR | goaway PROTOCOL_ERROR | status 13", "RFC 9113 §8.1",
        [](bad_client& c) { c.send(transport::frames().headers(1, good()).headers(1, good())); }},
    client_case{"request_trailers", "ends the request with trailers instead of DATA",
                "status 0 | status 13 | reset PROTOCOL_ERROR", "gRPC PROTOCOL-HTTP2, Requests",
                [](bad_client& c) {
                  c.send(transport::frames()
                             .headers(1, good())
                             .data(1, message())
                             .headers(1, {{"x-late", "1"}}, whole));
                }},
};

}  // namespace

std::span<const client_case> client_header_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
