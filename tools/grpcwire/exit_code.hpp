// What the `grpcwire` command returns to the shell.
#pragma once

namespace grpcwire::tools {

enum exit_code : int {
  exit_fine = 0,
  exit_failed = 1,        // a file, a port or the network stood in the way
  exit_usage = 2,         // the command line made no sense
  exit_broken_rules = 3,  // all was shown, and some of it was against the rules
};

}  // namespace grpcwire::tools
