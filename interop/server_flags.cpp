#include "server_flags.hpp"

#include <limits>
#include <map>

namespace grpcwire::interop {

std::string server_flags::address(std::uint16_t number) const {
  const std::string at = ":" + std::to_string(number);
  switch (addresses) {
    case address_type::ipv4:
      return "0.0.0.0" + at;
    // [::] takes IPv4 as well, so IPv6 alone is what no IPv4 address leads to.
    case address_type::ipv6:
      return "[::1]" + at;
    case address_type::both:
      break;
  }
  return "[::]" + at;
}

parse_outcome parse_server_flags(int argc, char** argv, server_flags& to) {
  CLI::App app("The server of the gRPC interoperability tests.", "interop_server");
  app.footer("Prints `listening on ADDRESS` when it is ready. Ctrl+C and SIGTERM end it.");
  app.add_option("--port", to.port, "0 takes a free one")->capture_default_str();
  const std::map<std::string, address_type> types{{"IPV4", address_type::ipv4},
                                                  {"IPV6", address_type::ipv6},
                                                  {"IPV4_IPV6", address_type::both}};
  app.add_option("--address_type", to.addresses, "IPV4, IPV6 (on ::1 only) or IPV4_IPV6 (default)")
      ->transform(CLI::CheckedTransformer(types, CLI::ignore_case))
      ->type_name("TYPE");
  app.add_option("--max_concurrent_streams", to.max_concurrent_streams, "Of each connection")
      ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()))
      ->type_name("NUMBER")
      ->capture_default_str();
  CLI::Option* const control = app.add_option(
      "--control_port", to.control_port,
      "Of ReconnectService, for the test of connection back-off. 0 takes a free one");
  app.add_option("--retry_port", to.retry_port, "Where that test finds connections closed")
      ->needs(control);
  control->needs("--retry_port");
  refuse_text(app, "--alts_handshaker_service_address",
              "needs Google's cloud, which this server does not know");
  add_tls_flags(app, to.tls);
  refuse_true(app, "--use_alts", "needs Google's cloud, which this server does not know");
  return parse(app, argc, argv);
}

}  // namespace grpcwire::interop
