#include "codings.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace grpcwire::codec {
namespace {

constexpr std::size_t built_in = 3;
constexpr std::size_t plugged_in_max =
    8 * sizeof(encoding) - built_in;  // an encoding_set has 8 bits

bool is_legal(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

codings::codings() {
  write_accept_text();
}

encoding codings::add(std::shared_ptr<const compressor> algorithm) {
  const std::string name(algorithm->name());
  if (!is_legal(name)) throw std::invalid_argument("\"" + name + "\" is no name of a coding");
  if (find(name)) throw std::invalid_argument("there is a coding \"" + name + "\" already");
  if (plugged_in_.size() == plugged_in_max) throw std::length_error("too many codings");
  const auto added = static_cast<encoding>(built_in + plugged_in_.size());
  plugged_in_.push_back(std::move(algorithm));
  accepted_.insert(added);
  write_accept_text();
  untouched_ = false;
  return added;
}

void codings::accept_only(encoding_set set) {
  accepted_ = set;
  accepted_.insert(encoding::identity);
  write_accept_text();
  untouched_ = false;
}

void codings::write_accept_text() {
  accept_text_.clear();
  for (std::size_t i = 0; i < built_in + plugged_in_.size(); ++i) {
    const auto coding = static_cast<encoding>(i);
    if (!accepted_.contains(coding)) continue;
    if (!accept_text_.empty()) accept_text_.push_back(',');
    accept_text_.append(name(coding));
  }
}

const compressor* codings::plugged_in(encoding coding) const noexcept {
  const auto index = static_cast<std::size_t>(coding) - built_in;  // huge for the built-in ones
  return index < plugged_in_.size() ? plugged_in_[index].get() : nullptr;
}

bool codings::has(encoding coding) const noexcept {
  return static_cast<std::size_t>(coding) < built_in + plugged_in_.size();
}

std::string_view codings::name(encoding coding) const noexcept {
  const compressor* own = plugged_in(coding);
  return own != nullptr ? own->name() : codec::name(coding);
}

std::optional<encoding> codings::find(std::string_view name) const noexcept {
  if (const auto known = encoding_from_name(name)) return known;
  for (std::size_t i = 0; i < plugged_in_.size(); ++i) {
    if (plugged_in_[i]->name() == name) return static_cast<encoding>(built_in + i);
  }
  return std::nullopt;
}

std::optional<encoding> codings::find_accepted(std::string_view name) const noexcept {
  const auto found = find(name);
  return found && accepted_.contains(*found) ? found : std::nullopt;
}

encoding_set codings::parse(std::string_view list) const noexcept {
  encoding_set set = encoding_set::parse(list);
  if (plugged_in_.empty()) return set;
  for_each_coding(list, [&](std::string_view name) {
    if (const auto coding = find(name)) set.insert(*coding);
  });
  return set;
}

std::optional<buffer> codings::compress(encoding coding, const_bytes message) const {
  if (const compressor* own = plugged_in(coding)) {
    buffer packed;
    if (!own->compress(message, packed)) return std::nullopt;
    return packed;
  }
  auto packed = codec::compress(coding, message);
  if (!packed) return std::nullopt;
  return *std::move(packed);
}

result<buffer, compression_error> codings::decompress(encoding coding, const_bytes data,
                                                      std::size_t max_size) const {
  const compressor* own = plugged_in(coding);
  if (own == nullptr) return codec::decompress(coding, data, max_size);
  capped_buffer out(max_size);
  const bool sound = own->decompress(data, out);
  if (out.overflowed()) return compression_error::too_large;
  if (!sound) return compression_error::corrupt;
  return std::move(out).take();
}

const codings& built_in_codings() {
  static const codings built_in_ones;
  return built_in_ones;
}

}  // namespace grpcwire::codec
