// A connected, ordered stream of bytes: TCP, a Unix-domain socket, memory, TLS over one of them.
// The pump knows no more of it than this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

#include <asio/any_io_executor.hpp>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::transport::io {

/// Who is told when a stream can go on. Calls come on the stream's executor, never from within the
/// function that asked.
class stream_user {
 public:
  virtual void on_read(std::error_code error, std::size_t size) = 0;
  virtual void on_writable(std::error_code error) = 0;

 protected:
  ~stream_user() = default;
};

struct security_info;

/// Why a stream broke, where it knows more than an error code can say.
struct stream_failure {
  std::string text{};    ///< empty: the error code says it all
  std::string advice{};  ///< what to change; may be empty
};

/// Used on one executor. At most one read and one wait are under way at a time.
class byte_stream {
 public:
  virtual ~byte_stream() = default;

  virtual asio::any_io_executor executor() = 0;

  /// Reads at least one byte into `into`, which must stay until on_read(). The user is kept alive
  /// until then.
  virtual void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) = 0;
  /// What is there now, without waiting; std::errc::operation_would_block when there is nothing.
  virtual std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) = 0;
  /// As much as goes out without waiting, in one gather write.
  virtual std::size_t try_write(std::span<const codec::const_bytes> blocks,
                                std::error_code& error) = 0;
  /// Tells on_writable() when try_write() may take more.
  virtual void wait_writable(std::shared_ptr<stream_user> user) = 0;
  /// Bytes that try_write() has taken and the peer's system has not acknowledged, as far as can be
  /// known. They go out by themselves, also behind shut_down_writing(), until close().
  virtual std::size_t unacknowledged() { return 0; }

  /// No more bytes will be written; the peer reads end of file.
  virtual void shut_down_writing() = 0;
  /// Ends everything; pending reads and waits end with operation_aborted. Writes nothing, not even
  /// a farewell: after a fork the bytes of the connection belong to the other process.
  virtual void close() = 0;
  /// In the child of a fork, whose parent goes on with the connection: without a byte to the peer.
  virtual void close_silently() { close(); }

  /// As a target that can be dialled again: `127.0.0.1:50051`, `[::1]:50051`, `unix:/path`.
  virtual const std::string& peer_address() const = 0;
  virtual const std::string& local_address() const = 0;

  /// What is known about the peer of a secure stream, once it is; null for plaintext.
  virtual std::shared_ptr<const security_info> security() const { return nullptr; }
  virtual stream_failure failure() const { return {}; }
};

/// The end of a stream of bytes without an error, as on_read() and try_read() report it.
bool is_end_of_file(std::error_code error);

}  // namespace grpcwire::transport::io
