#include "child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace grpcwire::tools {
namespace {

class descriptor {
 public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() { close(); }
  int get() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!more.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [key, value] : more) all.push_back(key + "=" + value);
  return all;
}

// Everything that the child needs is made before the fork: between it and exec only functions that
// are safe in a signal handler may be called.
struct prepared {
  char* const* arguments;
  char* const* environment;
  const char* working_directory;
  int input;
  int output;
  int problem;  // written to when something fails; closed by exec
  pid_t parent;
};

[[noreturn]] void become(const prepared& p) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != p.parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(p.input, STDIN_FILENO);
  ::dup2(p.output, STDOUT_FILENO);
  ::dup2(p.output, STDERR_FILENO);
  if (::chdir(p.working_directory) == 0) {
    ::execvpe(p.arguments[0], p.arguments, p.environment);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(p.problem, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

std::string exit_status::words() const {
  if (signal == 0) return fmt::format("exit code {}", code);
  return fmt::format("signal {} ({})", signal, ::strsignal(signal));
}

codec::result<child_process, std::string> child_process::start(const launch& what) {
  const auto failed = [&](int error) {
    return fmt::format("cannot start {} in {}: {}", what.command.front(),
                       what.working_directory.string(), std::strerror(error));
  };
  std::vector<std::string> words = what.command;
  std::vector<std::string> variables = environment_with(what.environment);
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> environment = pointers(variables);
  const std::string folder = what.working_directory.string();
  const descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const descriptor output(
      ::open(what.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (output.get() < 0) {
    return fmt::format("cannot write {}: {}", what.log.string(), std::strerror(errno));
  }
  int problem[2];
  if (::pipe2(problem, O_CLOEXEC) != 0) return failed(errno);
  const descriptor told(problem[0]);
  descriptor tell(problem[1]);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return failed(errno);
  if (pid == 0) {
    become({arguments.data(), environment.data(), folder.c_str(), input.get(), output.get(),
            tell.get(), parent});
  }
  ::setpgid(pid, pid);  // here as well: whoever comes first
  child_process child(pid);
  tell.close();
  int error = 0;
  if (::read(told.get(), &error, sizeof error) == sizeof error) return failed(error);
  return codec::result<child_process, std::string>(std::move(child));
}

child_process::child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), ended_(other.ended_) {}

child_process::~child_process() {
  if (pid_ <= 0) return;
  signal(SIGKILL);
  if (!ended_) ::waitpid(pid_, nullptr, 0);
}

std::optional<exit_status> child_process::poll() {
  if (ended_) return ended_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  if (WIFSIGNALED(status)) {
    ended_ = exit_status{128 + WTERMSIG(status), WTERMSIG(status)};
  } else {
    ended_ = exit_status{WEXITSTATUS(status), 0};
  }
  return ended_;
}

void child_process::signal(int number) const {
  ::kill(-pid_, number);
}

codec::result<exit_status, std::string> run_command(const launch& what,
                                                    std::chrono::milliseconds limit) {
  auto child = child_process::start(what);
  if (!child) return child.error();
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    if (const auto ended = child->poll()) return *ended;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return fmt::format("{} did not end within {} ms", what.command.front(), limit.count());
}

}  // namespace grpcwire::tools
