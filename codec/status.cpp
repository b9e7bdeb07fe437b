#include "status.hpp"

#include <utility>

namespace grpcwire::codec {

std::string_view name(status_origin origin) noexcept {
  switch (origin) {
    case status_origin::local:
      return "local";
    case status_origin::peer:
      return "peer";
    case status_origin::transport:
      return "transport";
  }
  return "?";
}

std::string_view name(call_phase phase) noexcept {
  switch (phase) {
    case call_phase::starting:
      return "starting";
    case call_phase::connecting:
      return "connecting";
    case call_phase::queued:
      return "queued";
    case call_phase::sending:
      return "sending";
    case call_phase::waiting:
      return "waiting";
    case call_phase::receiving:
      return "receiving";
    case call_phase::finished:
      return "finished";
  }
  return "?";
}

status::status(status_code code, std::string message) : code_(code) {
  if (message.empty()) return;
  auto details = std::make_shared<status_details>();
  details->message = std::move(message);
  details_ = std::move(details);
}

status::status(status_code code, status_details details)
    : code_(code), details_(std::make_shared<const status_details>(std::move(details))) {}

const status_details& status::details() const noexcept {
  static const status_details none;
  return details_ ? *details_ : none;
}

std::string to_string(const status& s) {
  std::string text{name(s.code())};
  if (!s.message().empty()) text.append(": ").append(s.message());
  return text;
}

status status::caused_by(const status& cause) const {
  return with([&](status_details& d) {
    std::string text = to_string(cause);
    const status_details& deeper = cause.details();
    if (!deeper.address.empty()) text.append(" (").append(deeper.address).append(")");
    d.causes.push_back(std::move(text));
    d.causes.insert(d.causes.end(), deeper.causes.begin(), deeper.causes.end());
  });
}

namespace {

std::string who(status_origin origin, const std::string& address) {
  const auto with = [&](std::string_view subject, std::string_view relation) {
    std::string text{subject};
    if (!address.empty()) text.append(" (").append(relation).append(address).append(")");
    return text;
  };
  switch (origin) {
    case status_origin::local:
      return with("This side", "the peer is ");
    case status_origin::peer:
      return with("The peer", "");
    case status_origin::transport:
      return with("The transport", "to ");
  }
  return with("Somebody", "");
}

std::string_view when(call_phase phase) {
  switch (phase) {
    case call_phase::starting:
      return " before it started";
    case call_phase::connecting:
      return " while it waited for a connection";
    case call_phase::queued:
      return " while it waited for a free stream";
    case call_phase::sending:
      return " while the request was being sent";
    case call_phase::waiting:
      return " after the request, before any response";
    case call_phase::receiving:
      return " while the response was being received";
    case call_phase::finished:
      return " with a regular status";
  }
  return "";
}

/// Adds a full stop, unless the text ends in a mark of its own.
void end_sentence(std::string& text) {
  if (!text.ends_with('.') && !text.ends_with('!') && !text.ends_with('?')) text.push_back('.');
}

}  // namespace

std::string describe(const status& s) {
  std::string text = to_string(s);
  if (s.ok()) return text;
  const status_details& details = s.details();
  const auto sentence = [&](std::string_view begin, std::string_view rest) {
    text.append(" ").append(begin).append(rest);
    end_sentence(text);
  };
  end_sentence(text);
  sentence(who(details.origin, details.address),
           std::string(" ended the call").append(when(details.phase)));
  std::string_view link = "The cause: ";
  for (const std::string& cause : details.causes) {
    sentence(std::exchange(link, "Behind that: "), cause);
  }
  if (!details.advice.empty()) sentence("What to try: ", details.advice);
  if (!details.last_frames.empty()) {
    std::string frames;
    for (const std::string& frame : details.last_frames) {
      frames.append(frames.empty() ? "" : "; ").append(frame);
    }
    sentence("The last frames of the stream: ", frames);
  }
  return text;
}

}  // namespace grpcwire::codec
