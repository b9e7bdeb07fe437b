#include "flag_values.hpp"

namespace grpcwire::interop {
namespace {

bool parse_bool(const std::string& name, const std::string& text) {
  const std::string lower = CLI::detail::to_lower(text);
  if (lower.empty() || lower == "true" || lower == "t" || lower == "1") return true;
  if (lower == "false" || lower == "f" || lower == "0") return false;
  throw CLI::ValidationError(name, "'" + text + "' is neither true nor false");
}

}  // namespace

CLI::Option* add_bool(CLI::App& app, const std::string& name, bool& value,
                      const std::string& help) {
  return app
      .add_option_function<std::string>(
          name, [name, &value](const std::string& text) { value = parse_bool(name, text); }, help)
      ->expected(0, 1)
      ->type_name("BOOL");
}

void refuse_true(CLI::App& app, const std::string& name, std::string_view why) {
  app.add_option_function<std::string>(
         name,
         [name, why](const std::string& text) {
           if (parse_bool(name, text)) throw CLI::ValidationError(name, std::string(why));
         },
         "Only false: " + std::string(why))
      ->expected(0, 1)
      ->type_name("BOOL");
}

void refuse_text(CLI::App& app, const std::string& name, std::string_view why) {
  app.add_option_function<std::string>(
         name,
         [name, why](const std::string& text) {
           if (!text.empty()) throw CLI::ValidationError(name, std::string(why));
         },
         "Only empty: " + std::string(why))
      ->expected(0, 1)  // CLI11 takes `--name=` for a name without a value
      ->type_name("TEXT");
}

parse_outcome parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {.go_on = false, .exit_code = app.exit(error) == 0 ? 0 : 2};
  }
  return {};
}

}  // namespace grpcwire::interop
