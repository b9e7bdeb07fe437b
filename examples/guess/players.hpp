// Who makes the guesses: a person at a keyboard, or a binary search.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>

#include <grpcwire/rpc/operation.hpp>

class player {
 public:
  virtual ~player() = default;
  /// The next guess; none: this player gives up.
  virtual grpcwire::awaitable<std::optional<std::int32_t>> guess() = 0;
  /// What the server has said: `number SYMBOL guess`.
  virtual void learn(std::int32_t guess, std::string_view symbol) = 0;
  /// Any guess() that is under way ends, with none.
  virtual void leave() {}
};

class binary_search final : public player {
 public:
  grpcwire::awaitable<std::optional<std::int32_t>> guess() override {
    if (low_ > high_) {
      std::cerr << "no number is like that: the server contradicts itself\n";
      co_return std::nullopt;
    }
    co_return low_ + (high_ - low_) / 2;
  }
  void learn(std::int32_t guess, std::string_view symbol) override {
    if (symbol == "<") high_ = guess - 1;
    if (symbol == ">") low_ = guess + 1;
  }

 private:
  std::int32_t low_ = 1;
  std::int32_t high_ = 100;
};

/// Reads standard input in the loop that moves the call's bytes, too: while somebody thinks, the
/// connection stays alive.
class keyboard final : public player {
 public:
  explicit keyboard(asio::io_context& io) : input_(io, ::dup(STDIN_FILENO)) {}
  ~keyboard() override {
    asio::error_code ignored;
    input_.native_non_blocking(false, ignored);  // the terminal is the shell's, too
  }

  grpcwire::awaitable<std::optional<std::int32_t>> guess() override {
    for (;;) {
      std::cout << "a number from 1 to 100?" << std::endl;
      asio::error_code error;
      const std::size_t size =
          co_await asio::async_read_until(input_, asio::dynamic_buffer(typed_, longest_line), '\n',
                                          asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return std::nullopt;  // end of input, or leave()
      const std::string line = typed_.substr(0, size - 1);
      typed_.erase(0, size);
      std::int32_t number = 0;
      const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), number);
      if (problem == std::errc() && end == line.data() + line.size()) co_return number;
      // Nothing was sent: the call does not know of it and lives on.
      std::cout << "'" << line << "' is not a number" << std::endl;
    }
  }
  void learn(std::int32_t, std::string_view) override {}
  void leave() override { input_.cancel(); }

 private:
  static constexpr std::size_t longest_line = 1000;
  asio::posix::stream_descriptor input_;
  std::string typed_;
};
