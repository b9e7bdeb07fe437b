#include "decode_command.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include <grpcwire/codec/compression.hpp>
#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/codec/raw_message.hpp>

#include "../exit_code.hpp"
#include "../file_content.hpp"
#include "../text_forms.hpp"
#include "named_records.hpp"
#include "proto_schema.hpp"
#include "record_forms.hpp"
#include "size_comparison.hpp"

namespace grpcwire::tools {
namespace {

std::string input_of(const decode_arguments& arguments) {
  const bool pipe = arguments.text.empty() || arguments.text == std::vector<std::string>{"-"};
  if (!arguments.file.empty()) {
    return bytes_of(content_of(arguments.file), arguments.from.value_or(written_as::binary));
  }
  if (pipe) return bytes_of(standard_input(), arguments.from.value_or(written_as::binary));
  if (arguments.from == written_as::binary) {
    throw std::runtime_error(
        "--from binary is for a --file and for standard input; bytes on the command line are hex "
        "or base64");
  }
  return bytes_of(fmt::format("{}", fmt::join(arguments.text, " ")),
                  arguments.from.value_or(written_as::hex));
}

// What the messages are read with.
class reader {
 public:
  explicit reader(const decode_arguments& arguments) : form_(arguments.form) {
    if (arguments.proto.empty()) return;
    schema_ = std::make_unique<proto_schema>(arguments.proto, arguments.import_dirs);
    type_ = &schema_->message_type(arguments.type);
  }

  /// Prints the message; an exit_code.
  int show(codec::const_bytes bytes) const {
    const codec::raw_message message = codec::decode_raw(bytes);
    fmt::print("{}", text_of(message));
    if (message.error) {
      std::fflush(stdout);
      fmt::print(stderr, "grpcwire: not a protobuf message: at byte {}: {}; {} not decoded: {}\n",
                 message.error->offset, message.error->text, bytes_count(message.rest.size()),
                 hex(message.rest));
      return exit_broken_rules;
    }
    return type_ == nullptr ? exit_fine : show_sizes(bytes);
  }

 private:
  std::string text_of(const codec::raw_message& message) const {
    if (form_ == decoded_form::text) return text_form(message.records);
    const std::vector<named_record> records = name_records(message.records, type_);
    switch (form_) {
      case decoded_form::tree:
        return tree_form(records);
      case decoded_form::hex:
        return hex_form(records);
      case decoded_form::bits:
        return bits_form(records);
      default:
        return table_form(records);
    }
  }

  int show_sizes(codec::const_bytes bytes) const {
    const google::protobuf::LogSilencer quiet;  // what it has to say is said here
    const auto message = schema_->make(*type_);
    const bool read = message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (!read || !message->IsInitialized()) {
      std::fflush(stdout);
      fmt::print(
          stderr, "grpcwire: protobuf does not take this for a {}{}\n", type_->full_name(),
          read ? "; missing: " + message->InitializationErrorString() : "; is it of another type?");
      return exit_broken_rules;
    }
    fmt::print("\nThe same content in\n{}", sizes_text(sizes_of(*message)));
    return exit_fine;
  }

  decoded_form form_;
  std::unique_ptr<proto_schema> schema_;
  const google::protobuf::Descriptor* type_ = nullptr;
};

codec::buffer inflated(codec::const_bytes payload, const std::string& encoding) {
  if (encoding.empty()) {
    throw std::runtime_error(
        "the message is compressed; say how, with the value of the grpc-encoding header: "
        "--encoding gzip or --encoding deflate");
  }
  auto plain = codec::decompress(*codec::encoding_from_name(encoding), payload, decode_input_max);
  if (plain) return *std::move(plain);
  throw std::runtime_error(fmt::format("the message cannot be read as {}: {}", encoding,
                                       codec::describe(plain.error())));
}

int show_framed(const reader& with, codec::const_bytes body, const std::string& encoding) {
  codec::message_framer framer(decode_input_max);
  framer.feed(body);
  std::size_t at = 0;
  std::size_t number = 0;
  int worst = exit_fine;
  codec::framer_result found{};
  while ((found = framer.next()) == codec::framer_result::message) {
    const codec::const_bytes payload = framer.payload();
    fmt::print("{}message {}, prefix at byte {}: {}: {}, {}\n", number == 0 ? "" : "\n", number + 1,
               at, hex(body.subspan(at, codec::message_prefix_size)),
               framer.compressed() ? "compressed" : "not compressed", bytes_count(payload.size()));
    const int code =
        framer.compressed() ? with.show(inflated(payload, encoding).view()) : with.show(payload);
    if (code != exit_fine) worst = code;
    at += codec::message_prefix_size + payload.size();
    ++number;
  }
  std::fflush(stdout);
  if (found == codec::framer_result::need_more && !framer.mid_message()) return worst;
  if (found == codec::framer_result::need_more) {
    fmt::print(stderr,
               "grpcwire: the bytes end inside message {}, whose prefix begins at byte {}: "
               "{} missing\n",
               number + 1, at, bytes_count(framer.expected_bytes()));
  } else if (found == codec::framer_result::bad_flag) {
    fmt::print(stderr,
               "grpcwire: at byte {}: {:02x} is no flag of a message, which is 00 or 01. "
               "Without --framed the bytes are one message\n",
               at, framer.flag());
  } else {
    fmt::print(stderr, "grpcwire: at byte {}: a message of {}; the limit is {}\n", at,
               bytes_count(framer.declared_length()), decode_input_max);
  }
  return exit_broken_rules;
}

}  // namespace

int run_decode(const decode_arguments& arguments) {
  const reader with(arguments);
  const std::string input = input_of(arguments);
  const codec::const_bytes bytes = codec::as_bytes(input);
  return arguments.framed ? show_framed(with, bytes, arguments.encoding) : with.show(bytes);
}

}  // namespace grpcwire::tools
