// A balancing policy: calls go to servers on this machine, in turn, and to others only while none
// of those is READY.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/rpc/load_balancer.hpp>

class local_first final : public grpcwire::every_backend {
 public:
  static grpcwire::load_balancer_kind kind() {
    return {.name = "local_first",
            .make = [](std::string_view) { return std::make_unique<local_first>(); }};
  }

 private:
  using servers = std::vector<grpcwire::backend*>;

  static bool is_local(const grpcwire::backend* server) {
    const auto& addresses = server->where().addresses;
    return std::any_of(addresses.begin(), addresses.end(), [](const std::string& address) {
      return address.starts_with("127.") || address.starts_with("[::1]") ||
             address.starts_with("unix:");
    });
  }

  grpcwire::backend& among(const servers& ready, const grpcwire::pick_request&) override {
    const auto local = std::count_if(ready.begin(), ready.end(), is_local);
    if (local == 0) return *ready[next_++ % ready.size()];
    auto turn = next_++ % static_cast<std::size_t>(local);
    return **std::find_if(ready.begin(), ready.end(),
                          [&](auto* server) { return is_local(server) && turn-- == 0; });
  }

  std::size_t next_ = 0;
};
