// A real etcd of one member, with data and ports of its own, and etcdctl to look at it.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "tests/interop/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace grpcwire::tests {

class etcd_process {
 public:
  etcd_process() : clients_(free_port()), peers_(free_port()) { start(); }
  etcd_process(const etcd_process&) = delete;
  etcd_process& operator=(const etcd_process&) = delete;

  void start() {
    const std::string here = "http://" + address();
    const std::string among_members = "http://127.0.0.1:" + peers_;
    process_.emplace(std::vector<std::string>{
        "sh", "-c",
        std::string("exec ") + GRPCWIRE_ETCD + " --data-dir " + folder_.path() +
            " --listen-client-urls " + here + " --advertise-client-urls " + here +
            " --listen-peer-urls " + among_members + " --initial-advertise-peer-urls " +
            among_members + " --initial-cluster default=" + among_members + " 2>/dev/null"});
  }
  /// With SIGKILL.
  void stop() { process_.reset(); }

  std::string address() const { return "127.0.0.1:" + clients_; }

  /// What `etcdctl COMMAND…` prints, once etcd answers.
  std::vector<std::string> ctl(std::vector<std::string> command) const {
    command.insert(command.begin(), {GRPCWIRE_ETCDCTL, "--endpoints=" + address()});
    child_process run(std::move(command));
    std::vector<std::string> lines;
    for (std::string line = run.line(); !line.empty(); line = run.line()) lines.push_back(line);
    return lines;
  }

 private:
  /// Below those that the system deals out: any of these may be somebody else's, for a connection
  /// of a test beside this one, by the time that etcd listens.
  static std::string free_port() {
    std::random_device random;
    std::uniform_int_distribution<unsigned> any(20'000, 32'000);
    asio::io_context io;
    for (;;) {
      const auto port = static_cast<std::uint16_t>(any(random));
      asio::ip::tcp::acceptor taken(io, asio::ip::tcp::v4());
      std::error_code error;
      taken.bind({asio::ip::address_v4::loopback(), port}, error);
      if (!error) return std::to_string(port);
    }
  }

  std::string clients_;
  std::string peers_;
  temporary_folder folder_;  // goes after the process
  std::optional<child_process> process_;
};

}  // namespace grpcwire::tests
