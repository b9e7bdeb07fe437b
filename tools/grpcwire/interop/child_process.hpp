// A program that is run beside this one, with everything it prints in a file.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::tools {

struct launch {
  std::vector<std::string> command;                ///< the first word is looked for in PATH
  std::map<std::string, std::string> environment;  ///< added to our own
  std::filesystem::path working_directory;
  std::filesystem::path log;  ///< standard output and error are appended
};

/// How a program ended.
struct exit_status {
  int code = 0;
  int signal = 0;  ///< not 0: it was ended by this one, and `code` is 128 more, as shells have it

  bool good() const { return code == 0; }
  std::string words() const;  ///< `exit code 1`, `signal 11 (Segmentation fault)`
};

/// It leads a process group, which is killed with the object, and it is killed when the thread that
/// started it ends in whatever way. Nothing is read from a terminal.
class child_process {
 public:
  /// An answer in words says why it could not be started.
  static codec::result<child_process, std::string> start(const launch& what);

  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&&) = delete;
  ~child_process();

  /// How it ended; nothing while it runs.
  std::optional<exit_status> poll();

  /// To the whole group.
  void signal(int number) const;

 private:
  explicit child_process(pid_t pid) : pid_(pid) {}

  pid_t pid_ = 0;
  std::optional<exit_status> ended_;
};

/// Runs a short command to its end, which comes within `limit` or by SIGKILL. Throws nothing; what
/// it printed is in the log.
codec::result<exit_status, std::string> run_command(const launch& what,
                                                    std::chrono::milliseconds limit);

}  // namespace grpcwire::tools
