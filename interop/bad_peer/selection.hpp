// Finds cases by what a command line names: a case, a theme, or `all`.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace grpcwire::bad_peer {

/// Themes of client or server cases. `all` leaves out the theme `official`, whose clients are of
/// another kind. Empty when there is nothing of this name.
template <class Theme>
auto select(std::span<const Theme> themes, std::string_view wanted) {
  using bad_case = typename decltype(Theme::cases)::element_type;
  std::vector<bad_case*> found;
  for (const Theme& theme : themes) {
    const bool whole_theme = theme.name == wanted || (wanted == "all" && theme.name != "official");
    for (bad_case& c : theme.cases) {
      if (whole_theme || c.name == wanted) found.push_back(&c);
    }
  }
  return found;
}

template <class Theme>
std::string theme_names(std::span<const Theme> themes) {
  std::string names;
  for (const Theme& theme : themes) names.append(theme.name).append(", ");
  return names + "all";
}

/// The theme that this case is of.
template <class Theme, class Case>
std::string_view theme_of(std::span<const Theme> themes, const Case* which) {
  for (const Theme& theme : themes) {
    for (const auto& c : theme.cases) {
      if (&c == which) return theme.name;
    }
  }
  return {};
}

}  // namespace grpcwire::bad_peer
