// Sockets that systemd, or whoever speaks its protocol, has opened for this process
// (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

#include <grpcwire/rpc/result.hpp>

namespace grpcwire {

struct activated_socket {
  int descriptor;
  /// FileDescriptorName= of the socket unit; empty when the variable LISTEN_FDNAMES is absent.
  std::string name;
};

/// What the variables LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES announce: nothing when they are
/// absent or meant for another process. The sockets belong to the caller from now on; they are set
/// close-on-exec. The variables are removed, so that a second call, or a child process, finds none:
/// call it before there are threads that read the environment. An error when they make no sense.
///
/// Hand listening sockets (Accept=no) to server::listen_descriptor(), connected ones (Accept=yes)
/// to server::serve().
result<std::vector<activated_socket>> take_activated_sockets();

}  // namespace grpcwire
