#include "call_reflection.hpp"

#include <set>
#include <stdexcept>
#include <utility>

#include <asio/io_context.hpp>
#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>

#include <grpcwire/codec/protobuf.hpp>

#include "grpc/reflection/v1/reflection.pb.h"

namespace grpcwire::tools {
namespace {

namespace reflection = grpc::reflection::v1;

constexpr std::size_t reflection_size_max = std::size_t{4} << 20;
constexpr std::size_t files_max = 1000;
constexpr std::chrono::seconds patience{20};  // when the call itself has no deadline

class asker {
 public:
  asker(const wire_peer& peer, call_fields call) : peer_(peer), call_(std::move(call)) {
    if (!call_.deadline) call_.deadline = patience;
    call_.gzip = false;
  }

  /// All questions in one call. The newer name of the service first, then the one that most servers
  /// still have.
  void ask(const std::vector<reflection::ServerReflectionRequest>& questions) {
    codec::status outcome;
    for (const char* version : {"v1", "v1alpha"}) {
      outcome = ask_once(version, questions);
      if (outcome.code() != codec::status_code::unimplemented) break;
    }
    if (outcome.ok()) return;
    throw std::runtime_error(fmt::format(
        "the server does not tell what its services look like, so give the .proto file with "
        "--proto: {}",
        codec::describe(outcome)));
  }

  /// The names of files that others import and that were not told of.
  std::set<std::string> missing() const {
    std::set<std::string> names;
    for (const std::string& name : imports_) {
      if (told_.count(name) == 0) names.insert(name);
    }
    return names;
  }

  std::vector<std::string> take() && { return std::move(files_); }

 private:
  codec::status ask_once(std::string_view version,
                         const std::vector<reflection::ServerReflectionRequest>& questions) {
    call_.path = fmt::format("/grpc.reflection.{}.ServerReflection/ServerReflectionInfo", version);
    std::vector<codec::buffer> messages;
    for (const auto& question : questions) {
      auto bytes = codec::encode_message(question);
      if (!bytes) return bytes.error();
      messages.push_back(*std::move(bytes));
    }
    asio::io_context loop(1);
    one_call call(loop,
                  {.peer = peer_,
                   .fields = request_fields(call_),
                   .messages = std::move(messages),
                   .single_response = false,
                   .deadline = call_.deadline},
                  nullptr, [this](codec::const_bytes payload, codec::encoding coding) {
                    reflection::ServerReflectionResponse answer;
                    codec::status read =
                        codec::decode_message(answer, payload, coding, reflection_size_max);
                    return read.ok() ? add(answer) : read;
                  });
    call.start();
    loop.run();
    return call.outcome();
  }

  codec::status add(const reflection::ServerReflectionResponse& answer) {
    if (answer.has_error_response()) {
      return codec::status(codec::status_code::not_found, answer.error_response().error_message());
    }
    for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      if (!file.ParseFromString(bytes) || !told_.insert(file.name()).second) continue;
      imports_.insert(file.dependency().begin(), file.dependency().end());
      files_.push_back(bytes);
    }
    if (files_.size() <= files_max) return {};
    return codec::status(codec::status_code::resource_exhausted,
                         fmt::format("it tells of more than {} files", files_max));
  }

  wire_peer peer_;
  call_fields call_;
  std::vector<std::string> files_;
  std::set<std::string> told_;
  std::set<std::string> imports_;
};

}  // namespace

std::vector<std::string> files_by_reflection(const wire_peer& peer, call_fields call,
                                             const std::string& service) {
  asker asker(peer, std::move(call));
  std::vector<reflection::ServerReflectionRequest> questions(1);
  questions[0].set_file_containing_symbol(service);
  // Servers may send what a file imports along with it, or wait until they are asked.
  for (std::size_t known = 0; !questions.empty();) {
    asker.ask(questions);
    questions.clear();
    const std::set<std::string> missing = asker.missing();
    if (!missing.empty() && missing.size() == known) break;  // it does not know them either
    known = missing.size();
    for (const std::string& name : missing) questions.emplace_back().set_file_by_filename(name);
  }
  return std::move(asker).take();
}

}  // namespace grpcwire::tools
