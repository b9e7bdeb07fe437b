// The forms in which `grpcwire decode` shows records. Each gives whole lines.
#pragma once

#include <string>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

#include "named_records.hpp"

namespace grpcwire::tools {

/// A line for each record: offset, its bytes in hexadecimal digits, what they are.
std::string hex_form(const std::vector<named_record>& records);

/// A line for each byte: offset, hexadecimal digits, the bits and what they mean.
std::string bits_form(const std::vector<named_record>& records);

/// A line for each record with offset, field, wire type, length, payload and readings in columns.
std::string table_form(const std::vector<named_record>& records);

/// Nested records below the one they are in, with the reason of each guess and all that is odd.
std::string tree_form(const std::vector<named_record>& records);

/// As `protoc --decode_raw` writes it: what can be read as a message is taken as one.
std::string text_form(const std::vector<codec::raw_record>& records);

}  // namespace grpcwire::tools
