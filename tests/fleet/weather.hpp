// Networks that part and come together again: around each connection of a channel there is a valve
// for the server it goes to. While that is shut, nothing comes or goes, and nobody hears why.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <grpcwire/rpc/credentials.hpp>

namespace grpcwire::fleet {

class valve_stream_core;

/// By address of the server.
class weather {
 public:
  void shut(const std::string& address) { valves_[address].shut = true; }
  void open(const std::string& address);
  bool is_shut(const std::string& address) const;
  void add(const std::string& address, const std::weak_ptr<valve_stream_core>& stream) {
    valves_[address].streams.push_back(stream);
  }

 private:
  struct valve {
    bool shut = false;
    std::vector<std::weak_ptr<valve_stream_core>> streams{};
  };
  std::map<std::string, valve> valves_;
};

/// What a channel takes for its credentials: they protect nothing, but sit where everything passes.
std::shared_ptr<const channel_credentials> exposed_to(std::shared_ptr<weather> w);

}  // namespace grpcwire::fleet
