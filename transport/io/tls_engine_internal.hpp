// One TLS connection without waiting: OpenSSL between plain text above and a byte stream below.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/tls_context_internal.hpp>
#include <grpcwire/transport/io/tls_error.hpp>

namespace grpcwire::transport::io {

class tls_engine {
 public:
  /// `name`: whom a client wants to talk to; null on a server.
  tls_engine(std::shared_ptr<const tls_context> context, std::unique_ptr<byte_stream> plain,
             const std::string* name);
  tls_engine(const tls_engine&) = delete;
  tls_engine& operator=(const tls_engine&) = delete;
  ~tls_engine();

  byte_stream& plain() noexcept { return *plain_; }
  const byte_stream& plain() const noexcept { return *plain_; }

  enum class progress : std::uint8_t { done, needs_input, failed };
  /// The next steps of the handshake, as far as the input goes.
  progress shake_hands();
  bool established() const noexcept { return established_; }
  const tls_failure& failure() const noexcept { return failure_; }
  /// Null until established.
  const std::shared_ptr<const security_info>& info() const noexcept { return info_; }

  /// Like byte_stream::try_read() and try_write(), in plain text.
  std::size_t read(std::span<std::uint8_t> into, std::error_code& error);
  std::size_t write(std::span<const codec::const_bytes> blocks, std::error_code& error);
  /// Something can be read without asking the byte stream below.
  bool has_input() const;

  /// Where a waiting read below puts its bytes, and what came of it.
  std::span<std::uint8_t> input_space() noexcept { return early_; }
  void input_came(std::size_t size, std::error_code error);

  /// Hands what is encrypted to the byte stream below. True when nothing is left.
  bool flush(std::error_code& error);
  bool has_output() const noexcept { return out_at_ != out_.size(); }
  /// Encrypted bytes here, and what the byte stream below says of those that it has taken.
  std::size_t unacknowledged() { return out_.size() - out_at_ + plain_->unacknowledged(); }
  /// Says close_notify; flush() sends it.
  void say_goodbye();

 private:
  friend bio_method_ptr make_bio_method();

  int bio_read(char* into, int size, BIO* bio);
  int bio_write(const char* from, int size);
  std::error_code fail(int ssl_error);
  tls_failure explain(unsigned long error) const;
  tls_failure explain_certificate() const;
  tls_failure closed_at_once() const;
  void check_alpn();
  void fill_info();
  std::string_view peer_word() const noexcept { return client_ ? "server" : "client"; }
  std::string peer_named() const;

  std::shared_ptr<const tls_context> context_;
  std::unique_ptr<byte_stream> plain_;
  bool client_;
  std::string name_;  // client: of the server
  tls_verdict verdict_;
  ssl_ptr ssl_;
  // An idle connection holds only this; more is read straight into OpenSSL's buffer.
  std::array<std::uint8_t, 1024> early_;
  std::size_t early_at_ = 0;
  std::size_t early_size_ = 0;
  std::vector<std::uint8_t> out_;  // encrypted; at most one write() and what handshakes say
  std::size_t out_at_ = 0;
  std::error_code plain_error_;
  bool plain_ended_ = false;
  bool heard_ = false;      // the peer has sent something …
  bool heard_tls_ = false;  // … and it looks like TLS
  bool established_ = false;
  bool handshake_output_gone_ = false;
  bool heard_plain_text_ = false;
  bool certificate_asked_ = false;  // client: the server wants to see one
  tls_failure failure_;
  std::shared_ptr<const security_info> info_;
};

}  // namespace grpcwire::transport::io
