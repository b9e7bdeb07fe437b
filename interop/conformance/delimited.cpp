#include "delimited.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <google/protobuf/message_lite.h>

namespace grpcwire::conformance {
namespace {

constexpr std::size_t prefix_size = 4;
/// Far above what the suite sends: a longer one means that this is something else.
constexpr std::size_t message_max = 64U << 20;

}  // namespace

asio::posix::stream_descriptor standard_input(const asio::any_io_executor& executor) {
  const int own = ::dup(STDIN_FILENO);
  std::error_code error;
  asio::posix::stream_descriptor input(executor);
  if (own >= 0) input.assign(own, error);
  if (own < 0 || error) {
    throw std::runtime_error(
        "standard input is no pipe; let connectconformance start this program: interop/"
        "run_conformance");
  }
  return input;
}

awaitable<bool> read_message(asio::posix::stream_descriptor& from,
                             google::protobuf::MessageLite& to) {
  std::array<std::uint8_t, prefix_size> prefix{};
  std::error_code error;
  const std::size_t came = co_await asio::async_read(
      from, asio::buffer(prefix), asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::eof && came == 0) co_return false;
  if (error) throw std::runtime_error("the input ends inside a length: " + error.message());
  std::size_t size = 0;
  for (const std::uint8_t byte : prefix) size = size << 8 | byte;
  if (size > message_max) {
    throw std::runtime_error("the input announces a message of " + std::to_string(size) +
                             " bytes: that is not connectconformance");
  }
  std::string bytes(size, '\0');
  co_await asio::async_read(from, asio::buffer(bytes),
                            asio::redirect_error(asio::use_awaitable, error));
  if (error) throw std::runtime_error("the input ends inside a message: " + error.message());
  if (!to.ParseFromString(bytes)) {
    throw std::runtime_error("the input has a message that is no " + to.GetTypeName());
  }
  co_return true;
}

void write_message(const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  std::string framed;
  for (std::size_t i = 0; i < prefix_size; ++i) {
    framed.push_back(static_cast<char>(bytes.size() >> (24 - 8 * i)));
  }
  framed += bytes;
  if (std::fwrite(framed.data(), 1, framed.size(), stdout) != framed.size() ||
      std::fflush(stdout) != 0) {
    throw std::runtime_error("nobody reads the standard output");
  }
}

}  // namespace grpcwire::conformance
