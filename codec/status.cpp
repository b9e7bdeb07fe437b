#include <utility>

#include <grpcwire/codec/status.hpp>

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

namespace {

std::string_view who(status_origin origin) {
  switch (origin) {
    case status_origin::local:
      return "ended by this side";
    case status_origin::peer:
      return "ended by the peer";
    case status_origin::transport:
      return "ended by the transport";
  }
  return "ended";
}

std::string_view when(call_phase phase) {
  switch (phase) {
    case call_phase::starting:
      return "before the call started";
    case call_phase::connecting:
      return "while waiting for a connection";
    case call_phase::queued:
      return "while waiting for a free stream";
    case call_phase::sending:
      return "while the request was being sent";
    case call_phase::waiting:
      return "after the request, before any response";
    case call_phase::receiving:
      return "while the response was being received";
    case call_phase::finished:
      return "with a regular status";
  }
  return "";
}

}  // namespace

std::string describe(const status& s) {
  std::string text = to_string(s);
  if (s.ok()) return text;
  const status_details& details = s.details();
  text.append("\n  ").append(who(details.origin));
  if (!details.address.empty()) text.append(" (").append(details.address).append(")");
  text.append(", ").append(when(details.phase)).append(".");
  for (const std::string& cause : details.causes) text.append("\n  because: ").append(cause);
  if (!details.advice.empty()) text.append("\n  try: ").append(details.advice);
  if (!details.last_frames.empty()) {
    text.append("\n  last frames of the stream:");
    for (const std::string& frame : details.last_frames) text.append("\n    ").append(frame);
  }
  return text;
}

}  // namespace grpcwire::codec
