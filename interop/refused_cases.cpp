#include "refused_cases.hpp"

#include <algorithm>
#include <array>

namespace grpcwire::interop {
namespace {

struct refused_case {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view account = "it needs the key of a service account of Google's cloud";
constexpr std::string_view machine = "it needs a virtual machine of Google's cloud";

constexpr std::array refused{
    refused_case{"cacheable_unary",
                 "it needs a proxy that caches, and calls as HTTP GET, which gRPC has given up"},
    refused_case{"compute_engine_creds", machine},
    refused_case{"compute_engine_channel_credentials", machine},
    refused_case{"google_default_credentials", machine},
    refused_case{"jwt_token_creds", account},
    refused_case{"oauth2_auth_token", account},
    refused_case{"per_rpc_creds", account},
    refused_case{"service_account_creds", account},
};

}  // namespace

std::string_view why_refused(std::string_view name) {
  const auto* const found = std::ranges::find(refused, name, &refused_case::name);
  return found == refused.end() ? std::string_view() : found->why;
}

}  // namespace grpcwire::interop
