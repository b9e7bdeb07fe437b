#include "tap.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace grpcwire::tools {

class tap::printer final : public relay_observer {
 public:
  printer(const tap_settings& settings, std::function<void(std::string_view)> print)
      : to_(settings.to),
        explain_(settings.explain),
        save_prefix_(settings.save_prefix),
        print_(std::move(print)) {}

  void on_accept_failed(std::error_code error) override {
    print_(fmt::format("cannot accept a connection: {}\n", error.message()));
  }

  void on_connection(std::size_t number, const host_port& client) override {
    connection& c = connections_.try_emplace(number, labelled(number)).first->second;
    if (!save_prefix_.empty()) {
      open(number, c.client_copy, fmt::format("{}-{}.client", save_prefix_, number));
      open(number, c.server_copy, fmt::format("{}-{}.server", save_prefix_, number));
    }
    say(number, fmt::format("connection from {}:{}", client.host, client.port));
  }

  void on_cannot_connect(std::size_t number, std::error_code error) override {
    say(number, fmt::format("cannot connect to {}: {}. Is the server running?", to_string(to_),
                            error.message()));
  }

  void on_bytes(std::size_t number, side sender, codec::const_bytes bytes) override {
    connection& c = connections_.at(number);
    std::ofstream& copy = sender == side::client ? c.client_copy : c.server_copy;
    if (copy.is_open()) copy << codec::as_text(bytes) << std::flush;
    print_(c.explainer.feed(sender, bytes));
  }

  void on_half_close(std::size_t number, side sender) override {
    say(number, fmt::format("the {} has closed its end", name(sender)));
  }

  void on_broken(std::size_t number, side whose, std::error_code error) override {
    say(number, fmt::format("the connection of the {} broke: {}", name(whose), error.message()));
  }

  void on_closed(std::size_t number) override {
    print_(connections_.at(number).explainer.finish());
    connections_.erase(number);
    say(number, "closed");
  }

 private:
  struct connection {
    explicit connection(explain_options options) : explainer(std::move(options)) {}
    frame_explainer explainer;
    std::ofstream client_copy;
    std::ofstream server_copy;
  };

  static std::string label(std::size_t number) { return fmt::format("#{}", number); }

  explain_options labelled(std::size_t number) const {
    explain_options options = explain_;
    options.label = label(number);
    return options;
  }

  void say(std::size_t number, std::string_view text) {
    print_(fmt::format("{}  {}\n", label(number), text));
  }

  void open(std::size_t number, std::ofstream& file, const std::string& path) {
    file.open(path, std::ios::binary | std::ios::trunc);
    if (!file) say(number, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }

  host_port to_;
  explain_options explain_;
  std::string save_prefix_;
  std::function<void(std::string_view)> print_;
  std::map<std::size_t, connection> connections_;
};

tap::tap(asio::io_context& io, tap_settings settings, std::function<void(std::string_view)> print)
    : printer_(std::make_unique<printer>(settings, std::move(print))),
      relay_(io, settings.listen, settings.to,
             settings.also == nullptr
                 ? std::vector<relay_observer*>{printer_.get()}
                 : std::vector<relay_observer*>{printer_.get(), settings.also}) {}

tap::~tap() = default;

std::optional<std::string> tap::start() {
  return relay_.start();
}

std::uint16_t tap::port() const {
  return relay_.port();
}

void tap::stop() {
  relay_.stop();
}

}  // namespace grpcwire::tools
