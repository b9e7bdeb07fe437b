#include "decode_options.hpp"

#include <map>

namespace grpcwire::tools {

CLI::App* add_decode(CLI::App& app, decode_arguments& arguments) {
  CLI::App* decode = app.add_subcommand("decode", "Take a protobuf message apart");
  decode->footer(
      "Without a schema each value is shown with all its plausible readings, the likeliest first:\n"
      "  grpcwire decode 0a 05 50 65 74 65 72\n"
      "  grpcwire decode --as bits 08 b9 0a\n"
      "With one, fields have names, and the sizes in other formats are compared:\n"
      "  grpcwire decode --proto proto/interests.proto --file person.bin\n"
      "Exit code 3: the bytes break protobuf's rules; what comes before the mistake is shown.");
  auto* text = decode->add_option("bytes", arguments.text,
                                  "The bytes; without any, or with -, standard input");
  text->type_name("TEXT");
  decode->add_option("--file", arguments.file, "Read this file instead")
      ->type_name("FILE")
      ->excludes(text);
  const std::map<std::string, written_as> writings = {
      {"hex", written_as::hex}, {"base64", written_as::base64}, {"binary", written_as::binary}};
  decode
      ->add_option("--from", arguments.from,
                   "How the bytes are written; default: hex on the command line, binary in a file "
                   "and on standard input")
      ->transform(CLI::CheckedTransformer(writings))
      ->type_name("hex|base64|binary")
      ->option_text("hex|base64|binary");
  const std::map<std::string, decoded_form> forms = {{"table", decoded_form::table},
                                                     {"tree", decoded_form::tree},
                                                     {"hex", decoded_form::hex},
                                                     {"bits", decoded_form::bits},
                                                     {"text", decoded_form::text}};
  decode
      ->add_option("--as", arguments.form,
                   "table (default); tree: with the reason of each guess; hex: a line for each "
                   "record; bits: one for each byte; text: as protoc --decode_raw writes")
      ->transform(CLI::CheckedTransformer(forms))
      ->option_text("table|tree|hex|bits|text");
  auto* framed =
      decode->add_flag("--framed", arguments.framed,
                       "The bytes are messages of a gRPC call, each behind its five-byte prefix");
  decode
      ->add_option("--encoding", arguments.encoding,
                   "What compressed messages are compressed with, as grpc-encoding says it")
      ->check(CLI::IsMember({"gzip", "deflate"}))
      ->needs(framed);
  auto* proto = decode->add_option("--proto", arguments.proto, "Name fields by this .proto file")
                    ->type_name("FILE");
  decode
      ->add_option("--type", arguments.type, "The message type; default: the only one in the file")
      ->type_name("NAME")
      ->needs(proto);
  decode->add_option("-I", arguments.import_dirs, "Where imports of the .proto file are")
      ->type_name("FOLDER")
      ->allow_extra_args(false)
      ->needs(proto);
  return decode;
}

}  // namespace grpcwire::tools
