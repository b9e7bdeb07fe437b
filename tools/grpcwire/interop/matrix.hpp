// Which cells there are to run: every chosen client with every chosen server, in every chosen case.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "implementation.hpp"

namespace grpcwire::tools {

/// What the command line asks for. Each entry is a name or a glob; an empty list means all.
struct selection {
  std::vector<std::string> clients{};
  std::vector<std::string> servers{};
  std::vector<std::string> cases{};  ///< empty: the official ones. `official` stands for those, too
  std::vector<std::string> security{};  ///< plaintext, tls
  std::vector<std::string> through{};  ///< names of proxies, `none` for a direct way. Empty: `none`
};

/// One square of the matrix. It refers to implementations, which have to outlive it.
struct cell {
  const implementation* client = nullptr;
  const implementation* server = nullptr;
  const implementation* proxy = nullptr;  ///< nullptr: none
  std::string case_name;
  tools::security security = security::plaintext;

  std::string_view through() const { return proxy ? std::string_view(proxy->name) : ""; }
};

/// Neighbours have different servers where that is possible, so that what servers print is told
/// apart more easily. Throws selection_error.
std::vector<cell> make_matrix(const std::vector<implementation>& all, const selection& chosen);

/// A choice that fits nothing; says what there is.
class selection_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why the cell is not run: something is missing, or one of them cannot do it.
std::optional<std::string> why_skipped(const cell& c);

}  // namespace grpcwire::tools
