#include "frame_link.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace grpcwire::bad_peer {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds slice{100};             // how often a stop is looked for
constexpr std::size_t frames_max = 1'000'000;  // of a peer that floods: nobody would read more
constexpr std::size_t block_max = 16U << 20;

milliseconds until(clock::time_point end) {
  return std::chrono::ceil<milliseconds>(end - clock::now());
}

}  // namespace

bool received_frame::ends_stream() const noexcept {
  return (type == type::data || type == type::headers) && (flags & flag::end_stream) != 0;
}

std::optional<std::string_view> received_frame::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &transport::hpack_field::name);
  if (found == fields.end()) return std::nullopt;
  return found->value;
}

frame_link::frame_link(file_descriptor socket, transport::first_byte reads, std::stop_token stop)
    : socket_(std::move(socket)), stop_(std::move(stop)), parser_(reads) {}

void frame_link::finish() noexcept {
  (void)::shutdown(socket_.number(), SHUT_WR);
}

void frame_link::close() {
  socket_ = {};
  ended_ = true;
}

bool frame_link::send(std::string_view bytes) {
  auto end = clock::now() + patience;
  while (!bytes.empty()) {
    if (!socket_ || stopping() || clock::now() > end) return false;
    const short reading = ended_ ? short{0} : short{POLLIN};
    const short ready = wait_for(socket_, static_cast<short>(reading | POLLOUT), slice);
    if ((ready & POLLIN) != 0) read_some();
    if ((ready & (POLLOUT | POLLERR | POLLHUP)) == 0) continue;
    const auto sent =
        ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (sent <= 0) continue;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    end = clock::now() + patience;
  }
  return true;
}

std::optional<received_frame> frame_link::next(milliseconds wait) {
  const auto end = clock::now() + wait;
  while (frames_.empty()) {
    if (ended_ || stopping() || clock::now() >= end) return std::nullopt;
    const milliseconds now = std::clamp(until(end), milliseconds(0), slice);
    if (wait_for(socket_, POLLIN, now) != 0) read_some();
  }
  received_frame frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

bool frame_link::read_some() {
  std::array<char, 65536> bytes;
  const auto size = ::recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (size <= 0) {
    ended_ = true;
    return false;
  }
  parser_.feed(codec::as_bytes(std::string_view(bytes.data(), static_cast<std::size_t>(size))));
  while (const auto frame = parser_.next()) take(*frame);
  if (parser_.problem()) problem_ = parser_.problem()->text;
  if (frames_.size() > frames_max || block_.size() > block_max) problem_ = "far too many frames";
  if (!problem_.empty()) ended_ = true;
  return !ended_;
}

void frame_link::take(const transport::frame& frame) {
  if (frame.type == type::headers || frame.type == type::continuation) return take_block(frame);
  received_frame came{.type = frame.type, .flags = frame.flags, .stream = frame.stream_id};
  came.payload = codec::as_text(frame.payload);
  if (frame.type == type::data) {
    const auto data = transport::decode_data(frame);
    if (data) came.payload = codec::as_text(data->data);
  }
  frames_.push_back(std::move(came));
}

/// Blocks are decoded in their order, whether anybody looks at them or not: they share a table.
void frame_link::take_block(const transport::frame& frame) {
  const auto fragment = transport::decode_header_fragment(frame);
  if (!fragment) {
    problem_ = fragment.problem().text;
    return;
  }
  if (frame.type == type::headers) {
    open_block_ = {.type = frame.type, .flags = frame.flags, .stream = frame.stream_id};
  }
  block_.append(codec::as_text(fragment->fragment));
  if (!frame.has(flag::end_headers)) return;
  transport::hpack_block decoded = hpack_.decode(codec::as_bytes(block_));
  block_.clear();
  if (decoded.problem) problem_ = decoded.problem->text;
  open_block_.fields = std::move(decoded.fields);
  frames_.push_back(std::exchange(open_block_, {}));
}

}  // namespace grpcwire::bad_peer
