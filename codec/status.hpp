// The outcome of a call: code, message, and the story of how it came to it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/status_code.hpp>

namespace grpcwire::codec {

/// Who ended the call.
enum class status_origin : std::uint8_t {
  local,      ///< this program: cancelled, deadline, size limit, bad argument
  peer,       ///< the other side said so in grpc-status, RST_STREAM or an HTTP status
  transport,  ///< the connection or the network
};
std::string_view name(status_origin origin) noexcept;

/// How far the call had come when it ended.
enum class call_phase : std::uint8_t {
  starting,    ///< before anything was tried
  connecting,  ///< waiting for a connection
  queued,      ///< waiting for a free stream on the connection (MAX_CONCURRENT_STREAMS)
  sending,     ///< request headers sent, the request is not half-closed
  waiting,     ///< request complete, no response headers yet
  receiving,   ///< response headers received
  finished,    ///< the status came in the regular way: trailers or trailers-only
};
std::string_view name(call_phase phase) noexcept;

/// Everything about a status beyond its code. All text is UTF-8.
struct status_details {
  std::string message{};  ///< what grpc-message carries
  std::string binary{};   ///< grpc-status-details-bin: a serialized google.rpc.Status
  status_origin origin = status_origin::local;
  call_phase phase = call_phase::finished;
  std::string address{};  ///< of the peer, as host:port or unix:path; may be empty
  std::string advice{};   ///< what to try; may be empty
  /// What led to it, each caused by the next one; the last is what happened first.
  std::vector<std::string> causes{};
  std::vector<std::string> last_frames{};  ///< of the stream, oldest first, when asked for
};

/// A value: cheap to copy, and no more than a pointer when it is OK.
class [[nodiscard]] status {
 public:
  status() noexcept = default;
  explicit(false) status(status_code code) : code_(code) {}
  status(status_code code, std::string message);
  status(status_code code, status_details details);

  bool ok() const noexcept { return code_ == status_code::ok; }
  status_code code() const noexcept { return code_; }
  const std::string& message() const noexcept { return details().message; }
  const status_details& details() const noexcept;
  /// False: there is nothing but the code.
  bool has_details() const noexcept { return details_ != nullptr; }

  /// A changed copy, for layers that know more than the one below.
  template <class F>
  status with(F change) const {
    status_details changed = details();
    change(changed);
    return status(code_, std::move(changed));
  }

  /// A copy whose chain of causes goes on with `cause` and with the causes of that: for a handler
  /// that fails because a call of its own did. Causes are for logs and stay in this program; what
  /// travels is code, message and `binary`.
  status caused_by(const status& cause) const;

  /// Same code and message; the story does not count.
  friend bool operator==(const status& a, const status& b) noexcept {
    return a.code_ == b.code_ && a.message() == b.message();
  }

 private:
  status_code code_ = status_code::ok;
  std::shared_ptr<const status_details> details_;  // null: all empty
};

/// `UNAVAILABLE: message`, for logs and tests.
std::string to_string(const status& s);

/// One paragraph of sentences for people, without line breaks: what happened, who ended the call
/// and where that is, how far the call was, the causes, what to try, the last frames.
std::string describe(const status& s);

}  // namespace grpcwire::codec

namespace grpcwire {
using codec::call_phase;
using codec::describe;
using codec::status;
using codec::status_details;
using codec::status_origin;
using codec::to_string;
}  // namespace grpcwire
