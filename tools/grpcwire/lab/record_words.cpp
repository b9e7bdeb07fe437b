#include "record_words.hpp"

namespace grpcwire::tools {

std::string field_words(const named_record& record) {
  return record.name.empty() ? record.path : record.path + " " + record.name;
}

std::string reading_words(const named_record& record) {
  std::string words;
  for (const named_reading& reading : record.readings) {
    if (!words.empty()) words += " | ";
    words += reading.type;
    if (!reading.value.empty()) words += " " + reading.value;
  }
  return words;
}

}  // namespace grpcwire::tools
