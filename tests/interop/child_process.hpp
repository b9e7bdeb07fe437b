// A program that a test runs beside itself, what it prints, and stock Python as such a program.
#pragma once

#include <cstdio>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace grpcwire::tests {

/// Its standard input ends, and it is killed, with the object. It has none of our descriptors.
class child_process {
 public:
  explicit child_process(std::vector<std::string> command) {
    int in[2];
    int out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) throw std::runtime_error("no pipe");
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      for (int number = 3; number < 256; ++number) ::close(number);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() {
    ::close(input_);
    ::close(output_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Writes a line to its standard input.
  void say(std::string_view line) {
    const std::string text = std::string(line) + "\n";
    if (::write(input_, text.data(), text.size()) < 0) throw std::runtime_error("it does not read");
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
  int input_ = -1;
  int output_ = -1;
  std::string text_;
};

/// How to run one of our programs on the stock Python library. Tests that want to skip without it.
inline std::vector<std::string> stock_python(std::string_view program,
                                             const std::vector<std::string>& arguments) {
  std::vector<std::string> command{GRPCWIRE_PEER_PYTHON,
                                   GRPCWIRE_PEER_PYTHON_FOLDER "/" + std::string(program)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

struct stock_python_test : testing::Test {
  void SetUp() override {
    const std::string_view missing = GRPCWIRE_PEER_PYTHON_MISSING;
    if (!missing.empty()) GTEST_SKIP() << missing;
  }
};

}  // namespace grpcwire::tests
