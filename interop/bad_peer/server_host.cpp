#include "server_host.hpp"

#include <array>
#include <poll.h>
#include <stdexcept>
#include <utility>

namespace grpcwire::bad_peer {
namespace {

constexpr std::size_t connections_max = 512;  // at a time; test programs make a handful

void serve_case(bad_server& server, const server_case& which) {
  if (server.record().connection_began() == 1 && which.greet != nullptr) {
    which.greet(server);
  } else {
    server.greet();
  }
  while (const auto call = server.next_call()) {
    if (call->path == empty_call) {
      server.record().good_call(call->outcome, call->says);
      server.answer(*call);
    } else if (which.answer != nullptr) {
      which.answer(server, *call);
    } else {
      server.answer(*call);
    }
  }
  if (server.pings_not_answered() > 0) {
    server.record().complain(std::to_string(server.pings_not_answered()) +
                             " PINGs were not acknowledged");
  }
}

/// Answers every call well, and with the ports of all cases.
void serve_directory(bad_server& server, const std::string& directory) {
  server.greet();
  while (const auto call = server.next_call()) {
    server.send(whole_answer(*call, response_head(), message(),
                             plus(ok_trailers(), "bad-peer-cases", directory)));
  }
}

}  // namespace

std::span<const server_theme> server_themes() {
  static const std::array themes{
      server_theme{"official", server_official_cases()},
      server_theme{"headers", server_header_cases()},
      server_theme{"trailers", server_trailer_cases()},
      server_theme{"messages", server_message_cases()},
      server_theme{"resets", server_reset_cases()},
      server_theme{"frames", server_frame_cases()},
      server_theme{"setup", server_setup_cases()},
  };
  return themes;
}

server_host::server_host(const std::vector<const server_case*>& cases, std::uint16_t port) {
  const auto add = [this](const server_case* which, std::uint16_t on) {
    listeners_.push_back(listen_on(on));
    places_.push_back(std::make_unique<place>());
    places_.back()->which = which;
  };
  if (cases.size() == 1) {
    add(cases.front(), port);
    return;
  }
  add(nullptr, port);
  for (const server_case* which : cases) {
    add(which, 0);
    directory_.append(directory_.empty() ? "" : " ").append(which->name).append("=");
    directory_.append(std::to_string(port_of(listeners_.back())));
  }
}

void server_host::run(const file_descriptor& stop) {
  std::vector<pollfd> waits;
  for (const file_descriptor& listener : listeners_)
    waits.push_back({listener.number(), POLLIN, 0});
  waits.push_back({stop.number(), POLLIN, 0});
  while (waits.back().revents == 0) {
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;  // a signal that means nothing here
    for (std::size_t n = 0; n < listeners_.size(); ++n) {
      if (waits[n].revents != 0) accept(n);
    }
  }
  for (connection& c : connections_) c.thread.request_stop();
  connections_.clear();  // waits for them
}

void server_host::accept(std::size_t index) {
  std::erase_if(connections_, [](const connection& c) { return c.ended->load(); });
  file_descriptor socket = accept_from(listeners_[index]);
  if (connections_.size() >= connections_max) return;  // closes it
  auto ended = std::make_shared<std::atomic<bool>>(false);
  place& at = *places_[index];
  connections_.push_back(
      {ended, std::jthread(
                  [this, &at, ended, s = std::move(socket)](const std::stop_token& asked) mutable {
                    frame_link link(std::move(s), transport::first_byte::of_a_client, asked);
                    bad_server server(link, at.record);
                    if (at.which == nullptr) {
                      serve_directory(server, directory_);
                    } else {
                      serve_case(server, *at.which);
                    }
                    ended->store(true);
                  })});
}

std::vector<server_host::result> server_host::results() const {
  std::vector<result> all;
  for (const auto& at : places_) {
    if (at->which == nullptr) continue;
    const server_case& which = *at->which;
    all.push_back(
        {&which, at->record.verdict(which.expectation, which.official, which.connections)});
  }
  return all;
}

}  // namespace grpcwire::bad_peer
