// Flags about TLS, as the interop programs of all languages spell them. Where no official name
// exists, ours are the same for the programs on both sides.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace grpcwire::interop {

struct server_tls_flags {
  bool use_tls = false;
  std::string cert_file;  ///< PEM; the defaults are those of interop/certificates/make
  std::string key_file;
  std::string client_ca_file;  ///< not empty: clients must show a certificate of this authority
  std::string key_log_file;    ///< not empty: gets the keys of all connections, line by line
};

struct client_tls_flags {
  bool use_tls = false;
  std::string ca_file;    ///< of --ca_file or --use_test_ca; empty: the roots of the system
  std::string cert_file;  ///< for servers that ask for a certificate; empty: none
  std::string key_file;
  std::string key_log_file;  ///< not empty: gets the keys of all connections, line by line
};

void add_tls_flags(CLI::App& app, server_tls_flags& to);
/// Takes the place of app.final_callback().
void add_tls_flags(CLI::App& app, client_tls_flags& to);

}  // namespace grpcwire::interop
