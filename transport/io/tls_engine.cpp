#include <algorithm>
#include <cstring>
#include <utility>

#include <asio/error.hpp>
#include <openssl/err.h>

#include <grpcwire/transport/io/socket_error.hpp>
#include <grpcwire/transport/io/tls_engine_internal.hpp>

namespace grpcwire::transport::io {
namespace {

constexpr std::size_t record_size = 16 * 1024;  // of plain text (RFC 8446 §5.1)
constexpr std::size_t write_size_max = 4 * record_size;
constexpr std::size_t idle_capacity_max = record_size;

const std::error_code blocked = std::make_error_code(std::errc::operation_would_block);

tls_engine* engine_of(BIO* bio) {
  return static_cast<tls_engine*>(BIO_get_data(bio));
}

}  // namespace

bio_method_ptr make_bio_method() {
  bio_method_ptr method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "byte_stream"));
  if (!method) return method;
  BIO_meth_set_read(method.get(), [](BIO* bio, char* into, int size) {
    return engine_of(bio)->bio_read(into, size, bio);
  });
  BIO_meth_set_write(method.get(), [](BIO* bio, const char* from, int size) {
    return engine_of(bio)->bio_write(from, size);
  });
  BIO_meth_set_ctrl(method.get(), [](BIO*, int command, long, void*) -> long {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  });
  return method;
}

tls_engine::tls_engine(std::shared_ptr<const tls_context> context,
                       std::unique_ptr<byte_stream> plain, const std::string* name)
    : context_(std::move(context)),
      plain_(std::move(plain)),
      client_(name != nullptr),
      name_(client_ ? *name : std::string()),
      ssl_(context_->new_connection()) {
  BIO* const bio = BIO_new(context_->bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // owns it now
  set_verdict(ssl_.get(), verdict_);
  if (client_) {
    SSL_set_connect_state(ssl_.get());
    context_->expect_peer(ssl_.get(), name_);
    SSL_set_cert_cb(
        ssl_.get(),
        [](SSL*, void* asked) {
          *static_cast<bool*>(asked) = true;
          return 1;
        },
        &certificate_asked_);
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

tls_engine::~tls_engine() = default;

// ---- OpenSSL's view of the byte stream

int tls_engine::bio_read(char* into, int size, BIO* bio) {
  BIO_clear_retry_flags(bio);
  std::size_t got = 0;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(into);
  if (early_at_ != early_size_) {
    got = std::min(static_cast<std::size_t>(size), early_size_ - early_at_);
    std::memcpy(bytes, early_.data() + early_at_, got);
    early_at_ += got;
  } else if (!plain_ended_ && !plain_error_) {
    std::error_code error;
    got = plain_->try_read({bytes, static_cast<std::size_t>(size)}, error);
    if (error && !would_block(error)) input_came(0, error);
  }
  if (got != 0) {
    if (!heard_) {
      heard_ = true;
      heard_tls_ = bytes[0] == 0x15 || bytes[0] == 0x16;  // alert or handshake
    }
    return static_cast<int>(got);
  }
  if (plain_ended_) return 0;
  if (!plain_error_) BIO_set_retry_read(bio);
  return -1;
}

int tls_engine::bio_write(const char* from, int size) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  out_.insert(out_.end(), bytes, bytes + size);
  return size;
}

void tls_engine::input_came(std::size_t size, std::error_code error) {
  early_at_ = 0;
  early_size_ = size;
  if (!error) return;
  if (is_end_of_file(error)) {
    plain_ended_ = true;
  } else {
    plain_error_ = error;
  }
}

// ---- plain text

tls_engine::progress tls_engine::shake_hands() {
  ERR_clear_error();
  const int outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1) {
    check_alpn();
    if (failure_.code) return progress::failed;
    fill_info();
    established_ = true;
    return progress::done;
  }
  const int why = SSL_get_error(ssl_.get(), outcome);
  if (why == SSL_ERROR_WANT_READ) return progress::needs_input;
  fail(why);
  return progress::failed;
}

bool tls_engine::has_input() const {
  return early_at_ != early_size_ || plain_ended_ || plain_error_ ||
         SSL_has_pending(ssl_.get()) == 1;
}

std::size_t tls_engine::read(std::span<std::uint8_t> into, std::error_code& error) {
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t size = 0;
    const auto rest = into.subspan(total);
    const int outcome = SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &size);
    if (outcome == 1) {
      total += size;
      continue;
    }
    // What came before an end is given first; the end is found again.
    if (total != 0) break;
    const int why = SSL_get_error(ssl_.get(), outcome);
    error = why == SSL_ERROR_WANT_READ ? blocked : fail(why);
    break;
  }
  if (total != 0) heard_plain_text_ = true;
  return total;
}

std::size_t tls_engine::write(std::span<const codec::const_bytes> blocks, std::error_code& error) {
  if (!established_ || !flush(error)) {
    if (!error) error = blocked;
    return 0;
  }
  std::array<std::uint8_t, record_size> record;
  std::size_t total = 0;
  std::size_t block = 0;
  std::size_t at = 0;  // within the block
  while (block < blocks.size() && total < write_size_max) {
    codec::const_bytes next;
    if (blocks[block].size() - at >= record.size()) {
      next = blocks[block].subspan(at, record.size());
      at += next.size();
    } else {
      // Small blocks share a record: a header block, a prefix and a message are one.
      std::size_t filled = 0;
      while (block < blocks.size() && filled < record.size()) {
        const std::size_t take = std::min(record.size() - filled, blocks[block].size() - at);
        if (take != 0) std::memcpy(record.data() + filled, blocks[block].data() + at, take);
        filled += take;
        at += take;
        if (at != blocks[block].size()) break;
        ++block;
        at = 0;
      }
      next = {record.data(), filled};
    }
    if (block < blocks.size() && at == blocks[block].size()) {
      ++block;
      at = 0;
    }
    if (next.empty()) continue;
    ERR_clear_error();
    std::size_t taken = 0;
    const int outcome = SSL_write_ex(ssl_.get(), next.data(), next.size(), &taken);
    if (outcome != 1) {
      error = fail(SSL_get_error(ssl_.get(), outcome));
      return total;
    }
    total += taken;
  }
  std::error_code flush_error;
  flush(flush_error);  // an error shows at the next write or read
  return total;
}

bool tls_engine::flush(std::error_code& error) {
  while (has_output()) {
    const codec::const_bytes rest(out_.data() + out_at_, out_.size() - out_at_);
    const std::size_t size = plain_->try_write({&rest, 1}, error);
    out_at_ += size;
    if (!error) continue;
    if (would_block(error)) error.clear();
    return false;
  }
  out_at_ = 0;
  out_.clear();
  // What the handshake said was more than most connections will ever say at once.
  const bool first = established_ && !std::exchange(handshake_output_gone_, established_);
  if (first || out_.capacity() > idle_capacity_max) out_.shrink_to_fit();
  return true;
}

void tls_engine::say_goodbye() {
  if (!established_ || failure_.code) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

// ---- what was agreed upon

void tls_engine::check_alpn() {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  if (size == 2 && std::memcmp(chosen, "h2", 2) == 0) return;
  failure_ = {.code = tls_errc::no_alpn,
              .text = peer_named() + " does TLS, but did not agree to HTTP/2 (ALPN h2)",
              .advice = client_ ? "check that this is the port of a gRPC server"
                                : "the client must offer ALPN h2; old or non-gRPC clients do not"};
}

void tls_engine::fill_info() {
  const auto info = std::make_shared<security_info>();
  info->protocol = SSL_get_version(ssl_.get());
  info->cipher = SSL_get_cipher_name(ssl_.get());
  info->resumed = SSL_session_reused(ssl_.get()) == 1;
  if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name)) {
    info->server_name = name;
  }
  if (const x509_ptr peer{SSL_get1_peer_certificate(ssl_.get())}) {
    // The check has described it already, unless this is an earlier session that goes on.
    info->peer = std::make_unique<peer_certificate>(
        verdict_.certificate.pem.empty()
            ? describe_certificate(peer.get(), SSL_get_peer_cert_chain(ssl_.get()))
            : std::move(verdict_.certificate));
    info->peer_verified = context_->checks_chain();
  }
  info_ = info;
}

}  // namespace grpcwire::transport::io
