// A gRPC implementation as the interop runner knows it: how its test client and server are started,
// and what they cannot do. It is what a file of interop/implementations says.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grpcwire::tools {

enum class security : std::uint8_t { plaintext, tls };

std::string_view name(security s);

/// Which cells something is said about.
struct cell_pattern {
  std::string cases = "*";     ///< a glob
  std::string security = "*";  ///< plaintext, tls or *

  bool fits(std::string_view case_name, tools::security s) const;
};

struct unsupported_cases {
  cell_pattern which;
  std::string reason;
};

struct case_arguments {
  cell_pattern which;
  std::vector<std::string> arguments;
};

/// A file that is written before a program starts, for example its configuration.
struct file_template {
  struct part {
    bool is_file = false;  ///< the text is the path of a file whose content goes here
    std::string text;      ///< else it is a line
  };
  std::string name;
  std::vector<part> parts;
};

/// What is different with and without TLS.
struct security_part {
  std::vector<std::string> arguments;
  std::vector<file_template> files;
  /// Of a server: the authority that has issued its certificate. Default: ca.pem of {certificates}.
  std::string ca;
};

/// One program: a client, a server or a proxy. All texts may have {placeholders}.
struct program {
  std::vector<std::string> command;
  security_part plaintext;
  security_part tls;
  std::vector<case_arguments> for_cases;
  std::vector<unsupported_cases> unsupported;
  /// Of a client: a regular expression for the line that says why a case failed. Default: its last.
  std::string failure_line;
  /// Of the others: a regular expression for the line that says the port. Default: they get a port,
  /// and are ready when it takes connections.
  std::string ready_line;
  std::chrono::seconds ready_limit{20};
  /// With which a server or proxy may end after SIGTERM; 0 and SIGTERM itself are always fine.
  std::vector<int> ignored_exit_codes;

  const security_part& part(security s) const { return s == security::tls ? tls : plaintext; }
  /// What for_cases has for this one.
  std::vector<std::string> arguments_for(std::string_view case_name, security s) const;
  /// Why the case cannot be run.
  std::optional<std::string> why_unsupported(std::string_view case_name, security s) const;
};

/// Something that has to be there, or nothing of the implementation can be run.
struct need {
  std::string file;                  ///< a path, or
  std::vector<std::string> command;  ///< a command that ends with 0
  std::string reason;                ///< what is missing
  std::string remedy;                ///< what to do about it
};

struct implementation {
  std::string name;
  std::filesystem::path file;  ///< that describes it
  std::string notes;
  std::string version;                       ///< a text, or what is found out with the command
  std::vector<std::string> version_command;  ///< that prints it
  std::string version_line;  ///< a regular expression; its first group is the version
  std::vector<need> needs;
  std::map<std::string, std::string> environment;
  std::string working_directory;  ///< default: the folder of the results
  bool tap = true;                ///< whether the recording tap may stand between it and the others
  std::optional<program> client;
  std::optional<program> server;
  std::optional<program> proxy;

  std::optional<std::string> missing;  ///< why it cannot be run here; set by look_for()
};

}  // namespace grpcwire::tools
