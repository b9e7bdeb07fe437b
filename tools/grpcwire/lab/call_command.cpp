#include "call_command.hpp"

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <asio/io_context.hpp>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <grpcwire/codec/protobuf.hpp>
#include <grpcwire/codec/status.hpp>
#ifdef GRPCWIRE_HAS_TLS
#include <grpcwire/transport/io/tls.hpp>
#endif

#include "../exit_code.hpp"
#include "../explaining_trace.hpp"
#include "../text_forms.hpp"
#include "call_reflection.hpp"
#include "call_request.hpp"
#include "one_call.hpp"
#include "proto_schema.hpp"

namespace grpcwire::tools {
namespace {

namespace pb = google::protobuf;
namespace io = transport::io;

constexpr std::size_t message_size_max = std::size_t{64} << 20;

std::shared_ptr<const io::client_credentials> credentials_of(const call_arguments& arguments) {
  if (!arguments.tls) return nullptr;
#ifdef GRPCWIRE_HAS_TLS
  io::tls_client_settings settings;
  if (!arguments.ca_file.empty()) {
    auto pem = io::read_pem_file(arguments.ca_file);
    if (!pem) throw std::runtime_error(pem.error());
    settings.roots_pem = *std::move(pem);
  }
  auto credentials = io::tls_client_credentials(std::move(settings));
  if (!credentials) throw std::runtime_error(credentials.error());
  return *credentials;
#else
  throw std::runtime_error("this grpcwire was built without TLS (GRPCWIRE_TLS=OFF)");
#endif
}

codec::buffer request_of(const proto_schema& schema, const pb::Descriptor& type,
                         const std::string& json, codec::encoding coding) {
  const auto message = schema.make(type);
  const auto read = pb::util::JsonStringToMessage(json, message.get());
  if (!read.ok()) {
    throw std::runtime_error(fmt::format("the request is no {} in JSON: {}", type.full_name(),
                                         std::string(read.message())));
  }
  auto bytes = codec::encode_message(*message, message_size_max, coding);
  if (!bytes) throw std::runtime_error(bytes.error().message());
  return *std::move(bytes);
}

codec::status print_reply(const proto_schema& schema, const pb::Descriptor& type,
                          codec::const_bytes payload, codec::encoding coding) {
  const auto message = schema.make(type);
  codec::status read = codec::decode_message(*message, payload, coding, message_size_max);
  if (!read.ok()) return read;
  std::string json;
  const auto written = pb::util::MessageToJsonString(*message, &json);
  if (!written.ok()) {
    return codec::status(codec::status_code::internal,
                         "the reply cannot be written as JSON: " + std::string(written.message()));
  }
  fmt::print("{}\n", printable(json, true, json.size()));
  std::fflush(stdout);
  return {};
}

// All but the path.
call_fields fields_of(const call_arguments& arguments) {
  call_fields fields;
  fields.authority = arguments.authority.empty() ? arguments.address : arguments.authority;
  fields.tls = arguments.tls;
  fields.content_type = arguments.content_type;
  fields.gzip = arguments.gzip;
  if (!arguments.deadline.empty()) fields.deadline = parse_time(arguments.deadline);
  for (const std::string& line : arguments.metadata) {
    auto [name, value] = parse_metadata(line);
    fields.metadata.add(std::move(name), std::move(value));
  }
  return fields;
}

std::vector<codec::buffer> messages_of(const call_arguments& arguments, const proto_schema& schema,
                                       const pb::MethodDescriptor& method) {
  std::vector<std::string> json = arguments.json;
  if (json.empty() && !method.client_streaming()) json.emplace_back("{}");
  if (json.size() > 1 && !method.client_streaming()) {
    throw std::runtime_error(
        fmt::format("{} takes one request, so --json can be given once", method.full_name()));
  }
  const auto coding = arguments.gzip ? codec::encoding::gzip : codec::encoding::identity;
  std::vector<codec::buffer> messages;
  for (const std::string& text : json) {
    messages.push_back(request_of(schema, *method.input_type(), text, coding));
  }
  return messages;
}

std::unique_ptr<proto_schema> schema_of(const call_arguments& arguments, const wire_peer& peer,
                                        const call_fields& fields) {
  if (!arguments.proto.empty()) {
    return std::make_unique<proto_schema>(arguments.proto, arguments.import_dirs);
  }
  const std::string service = arguments.method.substr(0, arguments.method.rfind('/'));
  return std::make_unique<proto_schema>(files_by_reflection(peer, fields, service), service);
}

}  // namespace

int run_call(const call_arguments& arguments) {
  const auto address = io::parse_address(arguments.address, 443);
  if (!address) throw std::runtime_error(address.error());
  call_fields fields = fields_of(arguments);
  const wire_peer peer{*address, credentials_of(arguments), io::host_of(fields.authority)};
  const std::unique_ptr<proto_schema> schema = schema_of(arguments, peer, fields);
  const pb::MethodDescriptor& method = schema->method(arguments.method);
  fields.path = fmt::format("/{}/{}", method.service()->full_name(), method.name());

  asio::io_context loop(1);
  explaining_trace trace(side::client, std::cout, {arguments.hex, arguments.colour, {}});
  one_call call(loop,
                {.peer = peer,
                 .fields = request_fields(fields),
                 .messages = messages_of(arguments, *schema, method),
                 .single_response = !method.server_streaming(),
                 .deadline = fields.deadline},
                arguments.frames ? &trace : nullptr,
                [&](codec::const_bytes payload, codec::encoding coding) {
                  return print_reply(*schema, *method.output_type(), payload, coding);
                });
  call.start();
  loop.run();
  if (call.outcome().ok()) return exit_fine;
  std::cout.flush();
  fmt::print(stderr, "{}\n", codec::describe(call.outcome()));
  return exit_failed;
}

}  // namespace grpcwire::tools
