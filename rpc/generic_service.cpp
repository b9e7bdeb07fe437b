#include "generic_service.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <grpcwire/rpc/server_call_core.hpp>
#include <grpcwire/rpc/service.hpp>

namespace grpcwire::detail {

// Not in an unnamed namespace: coroutines that are made here have types of it as arguments.
class generic_state final : public call_state {
 public:
  generic_state(generic_service& service, std::string_view path) : service_(service), path_(path) {}
  std::string_view path() const noexcept override { return path_; }
  void run(ref<server_call_base> core) override {
    auto& context = core->context();
    spawn_handler(core,
                  [&service = service_, &context, call = generic_server_call(core)]() mutable {
                    return service.serve(context, call);
                  });
  }

 private:
  generic_service& service_;
  std::string path_;
};

class generic_handler final : public method_handler {
 public:
  explicit generic_handler(generic_service& service) : service_(service) {}
  void begin(server_call_base& core) override {
    const auto& call = static_cast<const server_call_core&>(core);
    core.state().emplace<generic_state>(service_, call.head().path);
  }

 private:
  generic_service& service_;
};

std::unique_ptr<method_entry> make_fallback(generic_service& service) {
  return std::make_unique<method_entry>(
      method_entry{{}, method_kind::bidi_streaming, std::make_unique<generic_handler>(service)});
}

}  // namespace grpcwire::detail
