// Protobuf without a schema under fuzzed input.
#include <algorithm>

#include <google/protobuf/empty.pb.h>

#include <grpcwire/codec/raw_message.hpp>
#include <grpcwire/codec/raw_message_guess.hpp>

#include "tests/fuzz/harness.hpp"

namespace grpcwire::fuzz {
namespace {

// Records lie one behind the other, inside the group or message that they are part of.
std::string misplaced_record(const std::vector<codec::raw_record>& records, std::size_t begin) {
  std::size_t at = begin;
  for (const codec::raw_record& record : records) {
    if (record.offset != at) return "a record is not where the last one ended";
    at += record.bytes.size();
    if (record.type == codec::wire_type::egroup) return "an end of a group as a record";
    const bool with_records = record.message_possible || record.type == codec::wire_type::sgroup;
    if (!with_records && !record.nested.empty()) return "records in a value";
    if (with_records) {
      std::string problem =
          misplaced_record(record.nested, record.offset + record.tag_size + record.length_size);
      if (!problem.empty()) return problem;
    }
    const bool len = record.type == codec::wire_type::len;
    if (len == codec::reason(record).empty()) return "no reason, or one for no guess";
    if (record.type != codec::wire_type::sgroup && codec::readings(record).empty()) {
      return "a record without a reading";
    }
    (void)codec::oddities(record);
  }
  return {};
}

}  // namespace

std::string raw_message(codec::const_bytes input) {
  const codec::raw_message message = codec::decode_raw(input, {.records_max = 2000});
  std::string problem = misplaced_record(message.records, 0);
  if (!problem.empty()) return problem;
  if (!std::ranges::equal(codec::encode(message).view(), input))
    return "other bytes on the way back";
  if (message.error && message.error->offset > input.size()) return "a mistake beyond the end";
  if (message.error && message.error->problem == codec::raw_problem::too_many) return {};
  // To protobuf, all fields of an Empty are unknown.
  google::protobuf::Empty empty;
  const bool legal = empty.ParseFromArray(input.data(), static_cast<int>(input.size()));
  return legal == !message.error ? "" : "protobuf is of another opinion";
}

}  // namespace grpcwire::fuzz
