// The records of a message made ready to be shown: with the names and types of a schema, or with
// all plausible readings where there is none.
#pragma once

#include <string>
#include <vector>

#include <grpcwire/codec/raw_message.hpp>

namespace google::protobuf {
class Descriptor;
}

namespace grpcwire::tools {

struct named_reading {
  std::string type;   ///< of a .proto: `int64`, `repeated string`, `int, uint, enum`
  std::string value;  ///< fit for a terminal; text stands in quotes
};

struct named_record {
  const codec::raw_record* record = nullptr;  ///< must outlive this
  std::string path;                           ///< field numbers from the outermost one: `3.1`
  std::string name;                     ///< empty without a schema, or when it has no such field
  std::vector<named_reading> readings;  ///< the first one is the likeliest; none for groups
  std::string reason;                   ///< why the first one; empty with a schema
  std::vector<std::string> notes;       ///< what is unusual, or does not fit the schema
  std::vector<named_record> nested;     ///< of groups and of what is taken as a message
};

/// `type`: what the records are of; null: not known.
std::vector<named_record> name_records(const std::vector<codec::raw_record>& records,
                                       const google::protobuf::Descriptor* type);

}  // namespace grpcwire::tools
