#include "credentials.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <grpcwire/transport/io/tls.hpp>

namespace grpcwire::interop {
namespace {

namespace io = transport::io;

template <class Value>
Value value_of(codec::result<Value, std::string> made) {
  if (!made) throw std::runtime_error(made.error());
  return *std::move(made);
}

// Connections of several threads write to it.
class key_log_file {
 public:
  explicit key_log_file(const std::string& name) : file_(name, std::ios::app) {
    if (!file_) {
      throw std::runtime_error("--key_log_file: cannot write " + name + ": " +
                               std::strerror(errno));
    }
  }

  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    file_ << line << '\n' << std::flush;
  }

 private:
  std::mutex mutex_;
  std::ofstream file_;
};

// Nothing for an empty name.
io::tls_key_log key_log_to(const std::string& name) {
  if (name.empty()) return {};
  return [file = std::make_shared<key_log_file>(name)](std::string_view line) { file->add(line); };
}

}  // namespace

std::shared_ptr<const channel_credentials> make_credentials(const client_tls_flags& flags) {
  if (!flags.use_tls) return nullptr;
  io::tls_client_settings settings;
  if (!flags.ca_file.empty()) settings.roots_pem = value_of(io::read_pem_file(flags.ca_file));
  if (!flags.cert_file.empty()) {
    settings.identity = value_of(io::read_tls_identity(flags.cert_file, flags.key_file));
  }
  settings.key_log = key_log_to(flags.key_log_file);
  return value_of(io::tls_client_credentials(std::move(settings)));
}

std::shared_ptr<const server_credentials> make_credentials(const server_tls_flags& flags) {
  if (!flags.use_tls) return nullptr;
  io::tls_server_settings settings;
  settings.identity = value_of(io::read_tls_identity(flags.cert_file, flags.key_file));
  if (!flags.client_ca_file.empty()) {
    settings.clients = io::client_check::required;
    settings.client_roots_pem = value_of(io::read_pem_file(flags.client_ca_file));
  }
  settings.key_log = key_log_to(flags.key_log_file);
  return value_of(io::tls_server_credentials::make(std::move(settings)));
}

}  // namespace grpcwire::interop
