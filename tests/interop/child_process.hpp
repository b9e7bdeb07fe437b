// A program that a test runs beside itself, and what it prints.
#pragma once

#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace grpcwire::tests {

/// Killed with the object.
class child_process {
 public:
  explicit child_process(std::vector<std::string> command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() {
    ::close(output_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// The next line without its end; what there is when the program ends or is silent for too long.
  std::string line() {
    std::size_t end = 0;
    while ((end = text_.find('\n')) == std::string::npos && read_some()) continue;
    std::string found = text_.substr(0, end);
    text_.erase(0, end == std::string::npos ? end : end + 1);
    return found;
  }

 private:
  bool read_some() {
    constexpr int patience_ms = 30'000;
    pollfd readable{output_, POLLIN, 0};
    if (::poll(&readable, 1, patience_ms) != 1) return false;
    char buffer[4096];
    const ssize_t size = ::read(output_, buffer, sizeof buffer);
    if (size <= 0) return false;
    text_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  pid_t pid_ = 0;
  int output_ = -1;
  std::string text_;
};

}  // namespace grpcwire::tests
