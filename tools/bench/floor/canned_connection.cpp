#include "canned_connection.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include "grpc/testing/messages.pb.h"

namespace bench_floor {
namespace {

constexpr std::size_t input_size = 256 * 1024;
constexpr std::uint32_t large_window = 1U << 30;

std::array<std::uint8_t, frame_head_size> frame_head(std::size_t size, std::uint8_t type,
                                                     std::uint8_t flags, std::uint32_t stream) {
  std::array<std::uint8_t, frame_head_size> head{};
  put_number(head.data(), static_cast<std::uint32_t>(size) << 8);
  head[3] = type;
  head[4] = flags;
  put_number(head.data() + 5, stream);
  return head;
}

/// Of one byte: a text here is shorter than 127.
void put_text(std::vector<std::uint8_t>& to, std::string_view text) {
  to.push_back(static_cast<std::uint8_t>(text.size()));
  to.insert(to.end(), text.begin(), text.end());
}

/// The first header block (RFC 7541 §6): four fields go into the table, which the other blocks name
/// by their indices.
std::vector<std::uint8_t> first_block(std::string_view authority) {
  std::vector<std::uint8_t> block{0x83, 0x86};  // :method POST, :scheme http
  block.push_back(0x44);                        // :path
  put_text(block, paths[static_cast<std::size_t>(method::unary)]);
  block.push_back(0x41);  // :authority
  put_text(block, authority);
  block.push_back(0x40);
  put_text(block, "te");
  put_text(block, "trailers");
  block.push_back(0x5f);  // content-type
  put_text(block, "application/grpc");
  return block;
}
constexpr std::array<std::uint8_t, 6> other_block{0x83, 0x86, 0xc1, 0xc0, 0xbf, 0xbe};

}  // namespace

canned_connection::canned_connection(descriptor socket, client_parts& shared)
    : socket_(std::move(socket)),
      shared_(shared),
      input_(input_size),
      calls_(std::bit_ceil(std::size_t{shared.options.streams} * 16)) {
  grpc::testing::SimpleResponse response;
  response.mutable_payload()->mutable_body()->resize(shared.options.response_size);
  response_size_ = prefix_size + response.ByteSizeLong();

  output_.append(
      {reinterpret_cast<const std::uint8_t*>(NGHTTP2_CLIENT_MAGIC), NGHTTP2_CLIENT_MAGIC_LEN});
  std::array<std::uint8_t, 6> initial_window{0, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE};
  put_number(initial_window.data() + 2, large_window);
  send_frame(NGHTTP2_SETTINGS, 0, 0, initial_window);
  std::array<std::uint8_t, 4> more{};
  put_number(more.data(), large_window);
  send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, more);

  std::vector<std::uint8_t> message;
  serialize(shared.request, message);
  const auto add = [&](std::uint8_t type, std::uint8_t flags, bytes_view payload) {
    const auto head = frame_head(payload.size(), type, flags, 0);
    request_.insert(request_.end(), head.begin(), head.end());
    request_.insert(request_.end(), payload.begin(), payload.end());
  };
  add(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, other_block);
  data_at_ = request_.size();
  add(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, message);
}

void canned_connection::send_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                   bytes_view payload) {
  output_.append(frame_head(payload.size(), type, flags, stream));
  output_.append(payload);
}

void canned_connection::ping() {
  send_frame(NGHTTP2_PING, 0, 0, std::array<std::uint8_t, 8>{});
}

void canned_connection::begin_calls() {
  again_ += shared_.options.streams;
}

void canned_connection::begin(bench::clock::time_point now) {
  if (!shared_.meter.may_begin(now)) return;
  const std::uint32_t stream = std::exchange(next_stream_, next_stream_ + 2);
  calls_[stream / 2 % calls_.size()] = {now, false};
  ++running_;
  put_number(request_.data() + data_at_ + 5, stream);
  if (stream == 1) {
    send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, first_block(shared_.authority));
    output_.append(bytes_view(request_).subspan(data_at_));
    return;
  }
  put_number(request_.data() + 5, stream);
  output_.append(request_);
}

bool canned_connection::flush() {
  for (;;) {
    if (output_.empty() && again_ != 0) {
      const auto now = bench::clock::now();
      for (; again_ != 0; --again_) begin(now);
    }
    if (output_.empty()) return true;
    if (!output_.write_to(fd())) return false;
    if (!output_.empty() || again_ == 0) return true;
  }
}

bool canned_connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return false;
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) {
    const ssize_t size = ::recv(fd(), input_.data() + received_, input_.size() - received_, 0);
    if (size == 0) return false;
    if (size < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (size > 0) received_ += static_cast<std::size_t>(size);
    if (!read_frames()) return true;  // the meter has the failure
  }
  return flush();
}

bool canned_connection::read_frames() {
  read_at_ = bench::clock::now();
  std::size_t at = 0;
  while (received_ - at >= frame_head_size) {
    const std::uint8_t* head = input_.data() + at;
    const std::size_t size = number_at(head) >> 8;
    if (frame_head_size + size > input_.size())
      return fail("a frame is larger than any that was allowed");
    if (received_ - at < frame_head_size + size) break;
    at += frame_head_size + size;
    if (!on_frame(head[3], head[4], number_at(head + 5), {head + frame_head_size, size}))
      return false;
  }
  received_ -= at;
  if (at != 0) std::memmove(input_.data(), input_.data() + at, received_);
  return true;
}

bool canned_connection::on_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                 bytes_view payload) {
  const bool ack = (flags & NGHTTP2_FLAG_ACK) != 0;
  switch (type) {
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS:
      return on_answer(type, flags, calls_[stream / 2 % calls_.size()], payload.size());
    case NGHTTP2_SETTINGS:
      for (std::size_t i = 0; i + 6 <= payload.size(); i += 6) {
        if (payload[i + 1] == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE) {
          return fail("the server wants an HPACK table of another size");
        }
      }
      if (!ack) send_frame(type, NGHTTP2_FLAG_ACK, 0, {});
      return true;
    case NGHTTP2_PING:
      if (ack) {
        ++pinged_;
      } else {
        send_frame(type, NGHTTP2_FLAG_ACK, 0, payload);
      }
      return true;
    case NGHTTP2_RST_STREAM:
      return fail("it was reset");
    case NGHTTP2_GOAWAY:
      return fail("the server sent GOAWAY");
    default:
      return true;
  }
}

bool canned_connection::on_answer(std::uint8_t type, std::uint8_t flags, call& of,
                                  std::size_t size) {
  if (type == NGHTTP2_DATA && size != 0) {
    if (of.answered || size != response_size_) return fail("its response is not as expected");
    of.answered = true;
  }
  if ((flags & NGHTTP2_FLAG_END_STREAM) == 0) return true;
  if (!of.answered) return fail("it ended without a response");
  --running_;
  ++again_;
  shared_.meter.call_done(of.begun, read_at_, shared_.bytes_of_call);
  return true;
}

bool canned_connection::fail(const char* why) {
  shared_.meter.fail(why);
  return false;
}

}  // namespace bench_floor
