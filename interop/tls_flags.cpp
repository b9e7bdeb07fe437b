#include "tls_flags.hpp"

#include <memory>

#include "certificate_folder.hpp"
#include "flag_values.hpp"

namespace grpcwire::interop {
namespace {

void add_file(CLI::App& app, const std::string& name, std::string& value, const std::string& help) {
  app.add_option(name, value, help)
      ->expected(0, 1)  // CLI11 takes `--name=` for a name without a value
      ->type_name("FILE");
}

void need_tls(const std::string& name, bool given) {
  if (given) throw CLI::ValidationError(name, "has no effect without --use_tls");
}

void need_pair(const std::string& cert_file, const std::string& key_file) {
  if (cert_file.empty() != key_file.empty()) {
    throw CLI::ValidationError("--tls_cert_file", "goes together with --tls_key_file");
  }
}

void complete(server_tls_flags& flags) {
  if (!flags.use_tls) {
    need_tls("--tls_cert_file", !flags.cert_file.empty());
    need_tls("--tls_key_file", !flags.key_file.empty());
    need_tls("--tls_client_ca_file", !flags.client_ca_file.empty());
    need_tls("--key_log_file", !flags.key_log_file.empty());
    return;
  }
  need_pair(flags.cert_file, flags.key_file);
  if (flags.cert_file.empty()) {
    flags.cert_file = certificate_file("server.pem");
    flags.key_file = certificate_file("server.key");
  }
}

void complete(client_tls_flags& flags, bool use_test_ca) {
  if (!flags.use_tls) {
    need_tls("--use_test_ca", use_test_ca);
    need_tls("--ca_file", !flags.ca_file.empty());
    need_tls("--tls_cert_file", !flags.cert_file.empty());
    need_tls("--tls_key_file", !flags.key_file.empty());
    need_tls("--key_log_file", !flags.key_log_file.empty());
    return;
  }
  need_pair(flags.cert_file, flags.key_file);
  if (use_test_ca && flags.ca_file.empty()) flags.ca_file = certificate_file("ca.pem");
}

void add_key_log(CLI::App& app, std::string& file) {
  add_file(app, "--key_log_file", file,
           "Not official. Append the keys of all connections, as SSLKEYLOGFILE has them: whoever "
           "has them can read everything");
}

}  // namespace

void add_tls_flags(CLI::App& app, server_tls_flags& to) {
  add_bool(app, "--use_tls", to.use_tls, "TLS, or plaintext (default)");
  add_file(app, "--tls_cert_file", to.cert_file, "PEM. Default: made by interop/certificates/make");
  add_file(app, "--tls_key_file", to.key_file, "PEM, of that certificate");
  add_file(app, "--tls_client_ca_file", to.client_ca_file,
           "PEM. Clients have to show a certificate of this authority");
  add_key_log(app, to.key_log_file);
  app.final_callback([&to] { complete(to); });
}

void add_tls_flags(CLI::App& app, client_tls_flags& to) {
  const auto use_test_ca = std::make_shared<bool>(false);
  add_bool(app, "--use_tls", to.use_tls, "TLS, or plaintext (default)");
  add_bool(app, "--use_test_ca", *use_test_ca,
           "Trust --ca_file (default: made by interop/certificates/make), not the system's roots");
  add_file(app, "--ca_file", to.ca_file, "PEM. Trust this authority, also without --use_test_ca");
  add_file(app, "--tls_cert_file", to.cert_file, "PEM. For servers that ask for a certificate");
  add_file(app, "--tls_key_file", to.key_file, "PEM, of that certificate");
  add_key_log(app, to.key_log_file);
  app.final_callback([&to, use_test_ca] { complete(to, *use_test_ca); });
}

}  // namespace grpcwire::interop
