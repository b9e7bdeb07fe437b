#include "reflection_service.hpp"

#include <utility>

#include <google/protobuf/descriptor.h>

#include <grpcwire/rpc/reflection_files_internal.hpp>
#include <grpcwire/rpc/server_core.hpp>

#include "grpc/reflection/v1/reflection.grpcwire.hpp"
#include "grpc/reflection/v1alpha/reflection.grpcwire.hpp"

namespace grpcwire {
namespace detail {
namespace {

/// What there is to tell.
struct reflected {
  const google::protobuf::DescriptorPool& files;
  std::weak_ptr<server_core> server;
};

template <class Response>
void add_error(Response& response, const status& why) {
  response.mutable_error_response()->set_error_code(static_cast<int>(why.code()));
  response.mutable_error_response()->set_error_message(why.message());
}

template <class Response>
void add_files(Response& response, result<reflection_files::serialized>&& found) {
  if (!found) return add_error(response, found.error());
  auto& answer = *response.mutable_file_descriptor_response();
  for (std::string& file : *found) answer.add_file_descriptor_proto(std::move(file));
}

template <class Response>
void add_numbers(Response& response, const std::string& type,
                 result<std::vector<std::int32_t>>&& found) {
  if (!found) return add_error(response, found.error());
  auto& answer = *response.mutable_all_extension_numbers_response();
  answer.set_base_type_name(type);
  answer.mutable_extension_number()->Add(found->begin(), found->end());
}

template <class Response>
void add_services(Response& response, const std::weak_ptr<server_core>& of) {
  auto& answer = *response.mutable_list_services_response();
  const auto server = of.lock();
  if (!server) return;
  for (const std::string& name : server->service_names()) answer.add_service()->set_name(name);
}

/// False when the request asks for nothing.
template <class Request, class Response>
bool answer(const Request& request, const reflected& what, reflection_files& files,
            Response& response) {
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      add_files(response, files.named(request.file_by_filename()));
      return true;
    case Request::kFileContainingSymbol:
      add_files(response, files.with_symbol(request.file_containing_symbol()));
      return true;
    case Request::kFileContainingExtension: {
      const auto& extension = request.file_containing_extension();
      add_files(response,
                files.with_extension(extension.containing_type(), extension.extension_number()));
      return true;
    }
    case Request::kAllExtensionNumbersOfType: {
      const std::string& type = request.all_extension_numbers_of_type();
      add_numbers(response, type, files.extension_numbers(type));
      return true;
    }
    case Request::kListServices:
      add_services(response, what.server);
      return true;
    case Request::MESSAGE_REQUEST_NOT_SET:
      break;
  }
  return false;
}

/// Touches nothing of the service, which may go before it.
template <class Request, class Response>
awaitable<status> converse(reflected what, server_call<Request, Response>& call) {
  reflection_files files(what.files);
  while (auto request = co_await call.read()) {
    Response response;
    if (!answer(*request, what, files, response)) {
      co_return status(status_code::invalid_argument, "the request asks for nothing");
    }
    response.set_valid_host(request->host());
    *response.mutable_original_request() = *std::move(request);
    if (!co_await call.write(std::move(response))) break;
  }
  co_return status();
}

/// One version of the service. The two differ in nothing but their names.
template <class Reflection, class Request, class Response>
class reflection_of final : public Reflection::service {
 public:
  explicit reflection_of(const reflected& what) : what_(what) {}
  awaitable<status> ServerReflectionInfo(server_context&,
                                         server_call<Request, Response>& call) override {
    return converse(what_, call);
  }

 private:
  reflected what_;
};

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;

}  // namespace

/// Both versions, for one server.
class reflection_handlers {
 public:
  explicit reflection_handlers(const reflected& what) : newer_(what), older_(what) {}
  void bind(method_binder& binder) {
    newer_.bind(binder);
    older_.bind(binder);
  }

 private:
  reflection_of<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>
      newer_;
  reflection_of<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest,
                v1alpha::ServerReflectionResponse>
      older_;
};

}  // namespace detail

reflection_service::reflection_service()
    : reflection_service(*google::protobuf::DescriptorPool::generated_pool()) {}

reflection_service::reflection_service(const google::protobuf::DescriptorPool& files)
    : files_(files) {}

reflection_service::~reflection_service() = default;

std::string_view reflection_service::name() const noexcept {
  return detail::v1::ServerReflection::full_name;
}

void reflection_service::bind(method_binder& binder) {
  of_servers_.push_back(std::make_unique<detail::reflection_handlers>(
      detail::reflected{.files = files_, .server = binder.server()}));
  of_servers_.back()->bind(binder);
}

}  // namespace grpcwire
