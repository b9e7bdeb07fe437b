// Comments of a .proto as lines of C++ documentation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace grpcwire::protoc_gen {

/// The text after `///` of each line, without blank lines at either end. A line that would go on
/// behind its end (a backslash there) is closed.
std::vector<std::string> comment_lines(std::string_view leading, std::string_view trailing);

/// The comments before and behind a service or method; none when it has none.
template <class Declaration>
std::vector<std::string> comment_lines(const Declaration& declaration) {
  google::protobuf::SourceLocation location;
  if (!declaration.GetSourceLocation(&location)) return {};
  return comment_lines(location.leading_comments, location.trailing_comments);
}

}  // namespace grpcwire::protoc_gen
