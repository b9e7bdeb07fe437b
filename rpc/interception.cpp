#include "interception.hpp"

#include <exception>
#include <string>
#include <utility>

namespace grpcwire::detail {
namespace {

template <class List, class Hooks, class Interceptor, class Call>
std::unique_ptr<List> ask(std::span<const std::shared_ptr<Interceptor>> interceptors, Call& call,
                          std::optional<status>& refusal) {
  std::unique_ptr<List> list;
  for (const auto& interceptor : interceptors) {
    std::unique_ptr<Hooks> hooks;
    try {
      auto answer = interceptor->intercept(call);
      if (answer) {
        hooks = *std::move(answer);
      } else if (!answer.error().ok()) {
        refusal = std::move(answer).error();
      }
    } catch (...) {
      refusal = status_of_interceptor(std::current_exception());
    }
    if (refusal) break;
    if (!hooks) continue;
    if (!list) list = std::make_unique<List>();
    list->add(std::move(hooks));
  }
  return list;
}

}  // namespace

status status_of_interceptor(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return {status_code::internal, std::string("an interceptor threw: ") + e.what()};
  } catch (...) {
    return {status_code::internal, "an interceptor threw something that is no std::exception"};
  }
}

std::unique_ptr<client_hook_list> intercept(
    std::span<const std::shared_ptr<client_interceptor>> interceptors, client_call_start& call,
    std::optional<status>& refusal) {
  return ask<client_hook_list, client_call_hooks>(interceptors, call, refusal);
}

std::unique_ptr<server_hook_list> intercept(
    std::span<const std::shared_ptr<server_interceptor>> interceptors, server_call_start& call,
    std::optional<status>& refusal) {
  return ask<server_hook_list, server_call_hooks>(interceptors, call, refusal);
}

}  // namespace grpcwire::detail
