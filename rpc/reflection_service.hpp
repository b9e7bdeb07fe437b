// The service grpc.reflection.v1.ServerReflection, ready to be added to a server: clients that have
// no .proto, such as grpcurl, learn from it what the server offers. It is a library of its own:
// link grpcwire::reflection. More in docs/services.md.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <grpcwire/rpc/service.hpp>

namespace google::protobuf {
class DescriptorPool;
}

namespace grpcwire {

namespace detail {
class reflection_handlers;
}

/// Answers in v1 and in the older, identical v1alpha; tells of all services of the server that it
/// is added to, itself included, whether they are added before or after it. Files come with
/// everything that they import, once in each stream. A question without an answer gets an error
/// response, and the stream goes on; one that asks for nothing ends it with INVALID_ARGUMENT.
///
/// May be added to several servers, each of which hears of its own services, and must outlive them.
class reflection_service final : public service {
 public:
  /// Knows the files of all messages that were generated for this program, except those generated
  /// for protobuf's lite runtime.
  reflection_service();
  /// Knows the files of this pool, which must live as long.
  explicit reflection_service(const google::protobuf::DescriptorPool& files);
  ~reflection_service() override;
  reflection_service(const reflection_service&) = delete;
  reflection_service& operator=(const reflection_service&) = delete;

  /// That of v1.
  std::string_view name() const noexcept override;
  void bind(method_binder& binder) override;

 private:
  const google::protobuf::DescriptorPool& files_;
  std::vector<std::unique_ptr<detail::reflection_handlers>> of_servers_;
};

}  // namespace grpcwire
