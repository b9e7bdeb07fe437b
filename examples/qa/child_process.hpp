// A command that runs beside the server: what it prints can be awaited, and it ends with its
// object.
#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <memory>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>

#include <grpcwire/rpc/operation.hpp>

#include "whole_characters.hpp"

class child_process {
 public:
  /// `command` is a line for the shell. `input` is no part of it: the command finds it on standard
  /// input, so nothing in it can be run. Standard error is that of this program. Throws
  /// std::system_error.
  child_process(const asio::any_io_executor& executor, const std::string& command,
                std::string_view input)
      : child_process(executor) {  // from here on the destructor cleans up
    // A file without a name: unlike a pipe it takes everything at once.
    const descriptor in(::memfd_create("input", MFD_CLOEXEC));
    check(in.number, "cannot keep the input");
    fill(in.number, input);
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC), "cannot make a pipe");
    const descriptor out(ends[1]);
    output_.assign(ends[0]);
    spawn(command, in.number, out.number);
    // glibc 2.36 has pidfd_open(), but not for C++.
    const int exit = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    check(exit, "cannot watch the command");
    exit_.assign(exit);
  }

  /// Kills the command and whatever it has started, unless it has ended.
  ~child_process() {
    if (!running()) return;
    ::kill(-pid_, SIGKILL);
    if (!exit_.is_open()) {
      ::waitpid(pid_, nullptr, 0);
      return;
    }
    // A large process takes its time to go; nobody has to wait for that.
    auto exit = std::make_shared<asio::posix::stream_descriptor>(std::move(exit_));
    exit->async_wait(asio::posix::descriptor_base::wait_read,
                     [exit, pid = pid_](asio::error_code) { ::waitpid(pid, nullptr, WNOHANG); });
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  bool running() const { return pid_ > 0; }
  ::pid_t pid() const { return pid_; }

  /// What it prints next, as soon as there is something, without half characters; empty: it prints
  /// no more. Who does not call this lets the pipe fill up, and then the command waits in its
  /// write: nothing piles up here. Throws std::system_error when cancelled.
  grpcwire::awaitable<std::string> read() {
    for (;;) {
      std::array<char, 4096> buffer;
      asio::error_code error;
      const std::size_t size = co_await output_.async_read_some(
          asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
      if (error && error != asio::error::eof) throw std::system_error(error);
      bytes_.append(buffer.data(), size);
      std::string text = take_whole_characters(bytes_, bool(error));
      if (error || !text.empty()) co_return text;
    }
  }

  /// Waits for its end: empty when it was successful, else what happened.
  grpcwire::awaitable<std::string> end() {
    co_await exit_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
    ::kill(-pid_, SIGKILL);  // what it has left behind
    int how = 0;
    ::waitpid(std::exchange(pid_, 0), &how, 0);
    if (WIFSIGNALED(how)) co_return "was killed by signal " + std::to_string(WTERMSIG(how));
    const int code = WEXITSTATUS(how);
    co_return code == 0 ? "" : "has ended with exit code " + std::to_string(code);
  }

 private:
  struct descriptor {
    explicit descriptor(int n) : number(n) {}
    ~descriptor() { ::close(number); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    const int number;
  };

  explicit child_process(const asio::any_io_executor& executor)
      : output_(executor), exit_(executor) {}

  static void check(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::system_category(), what);
  }

  static void fill(int file, std::string_view text) {
    while (!text.empty()) {
      const ::ssize_t written = ::write(file, text.data(), text.size());
      check(static_cast<int>(written), "cannot keep the input");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    ::lseek(file, 0, SEEK_SET);
  }

  void spawn(const std::string& command, int in, int out) {
    ::posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, 3);  // no socket of the server stays open
    ::posix_spawnattr_t how;
    ::posix_spawnattr_init(&how);
    ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);  // a group, to be killed as a whole
    std::array<const char*, 4> words{"sh", "-c", command.c_str(), nullptr};
    const int error = ::posix_spawn(&pid_, "/bin/sh", &files, &how,
                                    const_cast<char* const*>(words.data()), ::environ);
    ::posix_spawnattr_destroy(&how);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
      pid_ = 0;
      throw std::system_error(error, std::system_category(), "cannot run the command");
    }
  }

  asio::posix::stream_descriptor output_;
  asio::posix::stream_descriptor exit_;  // readable when the command has ended
  ::pid_t pid_ = 0;
  std::string bytes_;  // the beginning of a character
};
