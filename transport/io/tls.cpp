#include "tls.hpp"

#include <mutex>
#include <utility>

#include <grpcwire/transport/io/tls_context_internal.hpp>
#include <grpcwire/transport/io/tls_stream_internal.hpp>

namespace grpcwire::transport::io {
namespace {

class tls_client final : public client_credentials {
 public:
  tls_client(std::shared_ptr<const tls_context> context, std::string name)
      : context_(std::move(context)), name_(std::move(name)) {}

  std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain,
                                      const std::string& name) const override {
    return make_tls_stream(context_, std::move(plain), name_.empty() ? &name : &name_);
  }

 private:
  std::shared_ptr<const tls_context> context_;
  std::string name_;
};

}  // namespace

codec::result<std::shared_ptr<const client_credentials>, std::string> tls_client_credentials(
    tls_client_settings settings) {
  std::string name = settings.server_name;
  auto context = tls_context::for_client(std::move(settings));
  if (!context) return codec::unexpected{context.error()};
  return std::shared_ptr<const client_credentials>(
      std::make_shared<tls_client>(*std::move(context), std::move(name)));
}

struct tls_server_credentials::state {
  mutable std::mutex mutex;
  std::shared_ptr<const tls_context> context;
};

tls_server_credentials::tls_server_credentials(std::unique_ptr<state> s) : state_(std::move(s)) {}
tls_server_credentials::~tls_server_credentials() = default;

codec::result<std::shared_ptr<tls_server_credentials>, std::string> tls_server_credentials::make(
    tls_server_settings settings) {
  std::shared_ptr<tls_server_credentials> made(
      new tls_server_credentials(std::make_unique<state>()));
  if (auto wrong = made->reload(std::move(settings))) return codec::unexpected{*std::move(wrong)};
  return made;
}

std::optional<std::string> tls_server_credentials::reload(tls_server_settings settings) {
  auto context = tls_context::for_server(std::move(settings));
  if (!context) return context.error();
  const std::lock_guard lock(state_->mutex);
  state_->context = *std::move(context);
  return std::nullopt;
}

std::unique_ptr<byte_stream> tls_server_credentials::secure(
    std::unique_ptr<byte_stream> plain) const {
  std::shared_ptr<const tls_context> context;
  {
    const std::lock_guard lock(state_->mutex);
    context = state_->context;
  }
  return make_tls_stream(std::move(context), std::move(plain), nullptr);
}

codec::result<tls_identity, std::string> read_tls_identity(const std::string& certificate_file,
                                                           const std::string& key_file) {
  auto certificate = read_pem_file(certificate_file);
  if (!certificate) return codec::unexpected{certificate.error()};
  auto key = read_pem_file(key_file);
  if (!key) return codec::unexpected{key.error()};
  return tls_identity{.certificate_chain_pem = *std::move(certificate),
                      .private_key_pem = *std::move(key)};
}

}  // namespace grpcwire::transport::io
