// Many bad servers in one process: a port for each case, a thread for each connection, and a port
// that tells which is where.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "case_record.hpp"
#include "server_case.hpp"
#include "socket.hpp"

namespace grpcwire::bad_peer {

class server_host {
 public:
  /// One case is served on this port itself. With several ones this is the port of a good server,
  /// whose answers have the trailer `bad-peer-cases: NAME=PORT NAME=PORT`; each case gets a free
  /// port. Port 0 takes a free one. Throws std::runtime_error when there is none.
  server_host(const std::vector<const server_case*>& cases, std::uint16_t port);

  std::uint16_t port() const { return port_of(listeners_.front()); }

  /// Serves until `stop` can be read. Then no connection is left.
  void run(const file_descriptor& stop);

  struct result {
    const server_case* which;
    server_verdict verdict;
  };
  std::vector<result> results() const;

 private:
  struct place {
    const server_case* which = nullptr;  ///< null: the good server
    case_record record;
  };
  struct connection {
    std::shared_ptr<std::atomic<bool>> ended;
    std::jthread thread;
  };

  void accept(std::size_t index);

  std::vector<file_descriptor> listeners_;  // side by side with places_
  std::vector<std::unique_ptr<place>> places_;
  std::string directory_;
  std::list<connection> connections_;
};

}  // namespace grpcwire::bad_peer
