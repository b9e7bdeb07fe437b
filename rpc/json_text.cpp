// From JSON text to a tree: with limits, with the place of a mistake, and with an error for names
// that are there twice, of which nobody knows which one counts.
#include <algorithm>
#include <utility>

#include <grpcwire/rpc/json_fields_internal.hpp>

namespace grpcwire::detail {
namespace {

using nlohmann::json;

std::string place(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(lines + 1) + ", column " +
         std::to_string(before.size() - line_start + 1);
}

/// What the parser says, without its place and without text of the input, which may be anything.
std::string reason(std::string_view text) {
  text = text.substr(text.find("] ") + 2);
  if (text.starts_with("parse error at ")) text = text.substr(text.find(": ") + 2);
  for (const std::string_view phrase : {"syntax error while parsing ", "syntax error "}) {
    if (!text.starts_with(phrase)) continue;
    if (const auto dash = text.find(" - "); dash != text.npos) text = text.substr(dash + 3);
    break;
  }
  std::string kept(text.substr(0, text.find("; last read: ")));
  // What was expected instead is behind what was read.
  if (const auto expected = text.find("; expected "); expected != text.npos) {
    if (kept.find("; expected ") == kept.npos) kept += text.substr(expected);
  }
  return kept;
}

bool is_plain(std::string_view key) {
  return !key.empty() && key.size() <= 40 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Builds the tree as the parser reads the text; each function returns false to end that.
class tree_builder : public nlohmann::json_sax<json> {
 public:
  tree_builder(std::string_view text, std::size_t depth_max) : text_(text), depth_max_(depth_max) {}

  json& tree() { return tree_; }
  const std::string& problem() const { return problem_; }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override {
    return add(value) != nullptr;
  }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }  // not in JSON text

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    level& top = levels_.back();
    const auto [at, is_new] = top.value->emplace(name, nullptr);
    top.slot = &*at;
    top.key = std::move(name);
    if (!is_new) problem_ = path() + ": is there twice";
    return is_new;
  }

  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::detail::exception& error) override {
    problem_ = place(text_, byte) + ": " + reason(error.what());
    return false;
  }

 private:
  struct level {
    json* value;
    json* slot = nullptr;  // of an object: where the value of the last key goes
    std::string key{};
  };

  json* add(json value) {
    if (levels_.empty()) {
      tree_ = std::move(value);
      return &tree_;
    }
    level& top = levels_.back();
    if (top.value->is_object()) {
      *top.slot = std::move(value);
      return top.slot;
    }
    top.value->push_back(std::move(value));
    return &top.value->back();
  }

  bool open(json empty) {
    if (levels_.size() >= depth_max_) {
      problem_ = path() + ": objects and arrays inside each other, more than " +
                 std::to_string(depth_max_) + " levels";
      return false;
    }
    levels_.push_back({add(std::move(empty))});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string path() const {
    std::string path;
    for (const level& l : levels_) {
      if (l.value->is_array()) {
        // What is inside of this element has added it already.
        const std::size_t next = l.value->size();
        path += '[' + std::to_string(&l == &levels_.back() ? next : next - 1) + ']';
      } else if (is_plain(l.key)) {
        path += (path.empty() ? "" : ".") + l.key;
      } else {
        path += '[' + shown(json(l.key)) + ']';
      }
      // Deep ones are not worth reading in full.
      if (path.size() > 200) return path + "...";
    }
    return path;
  }

  std::string_view text_;
  std::size_t depth_max_;
  json tree_;
  std::vector<level> levels_;
  std::string problem_;
};

}  // namespace

std::string parse_json(std::string_view text, const service_config_limits& limits, json& tree) {
  if (text.size() > limits.text_size) {
    return std::to_string(text.size()) + " bytes are more than the limit of " +
           std::to_string(limits.text_size);
  }
  tree_builder builder(text, limits.depth);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) return builder.problem();
  tree = std::move(builder.tree());
  return {};
}

}  // namespace grpcwire::detail
