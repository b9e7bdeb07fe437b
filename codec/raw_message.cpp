#include "raw_message.hpp"

#include <utility>

#include <grpcwire/codec/raw_message_guess.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::size_t varint_size_max = 10;
constexpr std::size_t short_varint_size_max = 5;  // of tags and lengths, as in protobuf's C++
constexpr std::uint64_t length_max = 0x7fff'ffff;

std::string count(std::uint64_t number, std::string_view unit) {
  return std::to_string(number) + " " + std::string(unit) + (number == 1 ? "" : "s");
}

struct varint_read {
  std::uint64_t value = 0;
  std::size_t size = 0;  // 0: there is none
  raw_problem problem{};
};

varint_read read_varint(const_bytes from, std::size_t size_max) {
  varint_read read;
  for (std::size_t i = 0; i < size_max; ++i) {
    if (i == from.size()) {
      read.problem = raw_problem::truncated;
      return read;
    }
    // Bits beyond 64 fall out, as they do in protobuf's C++.
    read.value |= std::uint64_t{from[i] & 0x7fU} << (7 * i);
    if (from[i] < 0x80) {
      read.size = i + 1;
      return read;
    }
  }
  read.problem = raw_problem::overlong;
  return read;
}

class decoder {
 public:
  decoder(const_bytes all, raw_limits limits)
      : all_(all),
        limits_(limits),
        certain_left_(limits.records_max),
        tries_left_(limits.records_max) {}

  raw_message run() {
    raw_message message;
    const_bytes left = all_;
    read_records(left, message.records, {});
    if (error_) {
      message.rest = all_.subspan(failed_record_);
      message.error = std::move(error_);
    }
    return message;
  }

 private:
  struct place {
    std::size_t depth = 0;
    std::uint32_t group = 0;  // the number of the group it is in; 0: none
    bool attempt = false;     // of reading a LEN payload as a message
  };

  std::size_t offset(const_bytes at) const {
    return static_cast<std::size_t>(at.data() - all_.data());
  }

  bool fail(std::size_t at, raw_problem problem, std::string text) {
    error_ = raw_error{at, problem, std::move(text)};
    return false;
  }

  bool fail_varint(const_bytes at, const varint_read& read, std::string_view what,
                   std::size_t size_max) {
    std::string text =
        read.problem == raw_problem::truncated
            ? "the bytes end inside " + std::string(what)
            : std::string(what) + " is longer than " + std::to_string(size_max) + " bytes";
    return fail(offset(at), read.problem, std::move(text));
  }

  // To the end of `left`, or of the group. False: error_ says why, and failed_record_ where.
  bool read_records(const_bytes& left, std::vector<raw_record>& to, place where) {
    while (!left.empty()) {
      failed_record_ = offset(left);
      std::size_t& budget = where.attempt ? tries_left_ : certain_left_;
      if (budget == 0) {
        return fail(offset(left), raw_problem::too_many,
                    "more than " + count(limits_.records_max, "record"));
      }
      --budget;
      raw_record record;
      record.offset = offset(left);
      if (!read_tag(left, record)) return false;
      if (record.type == wire_type::egroup) {
        if (record.number == where.group) return true;  // the caller takes it
        return fail(record.offset, raw_problem::bad_group,
                    where.group == 0 ? "the end of group " + std::to_string(record.number) +
                                           ", which was not begun"
                                     : "the end of group " + std::to_string(record.number) +
                                           " inside group " + std::to_string(where.group));
      }
      if (record.type == wire_type::sgroup) {
        if (where.depth == limits_.depth_max) {
          return fail(record.offset, raw_problem::too_deep,
                      "groups nested deeper than " + std::to_string(limits_.depth_max));
        }
        to.push_back(std::move(record));
        if (!read_group(left, to.back(), where)) return false;
      } else {
        if (!read_value(left, record, where)) return false;
        to.push_back(std::move(record));
      }
    }
    return true;
  }

  bool read_tag(const_bytes left, raw_record& record) {
    const varint_read tag = read_varint(left, short_varint_size_max);
    if (tag.size == 0) return fail_varint(left, tag, "a tag", short_varint_size_max);
    const auto bits = static_cast<std::uint32_t>(tag.value);  // a fifth byte may have more
    record.tag_size = static_cast<std::uint8_t>(tag.size);
    record.bytes = left.first(tag.size);
    record.number = bits >> 3;
    if ((bits & 7) > 5) {
      return fail(record.offset, raw_problem::bad_type,
                  "wire type " + std::to_string(bits & 7) + ", which does not exist");
    }
    if (record.number == 0) {
      return fail(record.offset, raw_problem::bad_number, "field number 0, which is not legal");
    }
    record.type = static_cast<wire_type>(bits & 7);
    return true;
  }

  bool read_group(const_bytes& left, raw_record& record, place where) {
    const const_bytes whole = left;
    const std::size_t start = record.offset;
    left = left.subspan(record.tag_size);
    if (!read_records(left, record.nested, {where.depth + 1, record.number, where.attempt})) {
      record.bytes = whole.first(failed_record_ - start);
      return false;
    }
    if (left.empty()) {
      record.bytes = whole;
      failed_record_ = offset(left);
      return fail(start, raw_problem::bad_group,
                  "group " + std::to_string(record.number) + " begins here and has no end");
    }
    const varint_read end = read_varint(left, short_varint_size_max);  // read before, so it is good
    record.end_tag_size = static_cast<std::uint8_t>(end.size);
    left = left.subspan(end.size);
    record.bytes = whole.first(whole.size() - left.size());
    return true;
  }

  bool read_value(const_bytes& left, raw_record& record, place where) {
    const const_bytes after = left.subspan(record.tag_size);
    std::size_t size = 0;
    switch (record.type) {
      case wire_type::varint: {
        const varint_read value = read_varint(after, varint_size_max);
        if (value.size == 0) return fail_varint(after, value, "a varint", varint_size_max);
        record.varint = value.value;
        size = value.size;
        break;
      }
      case wire_type::i64:
      case wire_type::i32:
        size = record.type == wire_type::i64 ? 8 : 4;
        if (after.size() < size) {
          return fail(offset(after), raw_problem::truncated,
                      "the bytes end inside a value of " + count(size, "byte") + ", of which " +
                          count(after.size(), "byte") + (after.size() == 1 ? " is" : " are") +
                          " there");
        }
        break;
      default: {
        const varint_read length = read_varint(after, short_varint_size_max);
        if (length.size == 0) return fail_varint(after, length, "a length", short_varint_size_max);
        if (length.value > length_max) {
          return fail(offset(after), raw_problem::bad_length,
                      "a length of " + count(length.value, "byte") + "; the limit is " +
                          std::to_string(length_max));
        }
        const const_bytes body = after.subspan(length.size);
        if (body.size() < length.value) {
          return fail(offset(after), raw_problem::truncated,
                      "a length of " + count(length.value, "byte") + ", but only " +
                          count(body.size(), "byte") + (body.size() == 1 ? " follows" : " follow"));
        }
        record.length_size = static_cast<std::uint8_t>(length.size);
        size = length.size + static_cast<std::size_t>(length.value);
        record.bytes = left.first(record.tag_size + size);
        try_message(record, where);
        record.guess = guess(record);
      }
    }
    record.bytes = left.first(record.tag_size + size);
    left = left.subspan(record.bytes.size());
    return true;
  }

  // Fills nested when the payload can be read as a message. That it cannot is no mistake.
  void try_message(raw_record& record, place where) {
    if (record.payload().empty()) return;
    if (where.depth == limits_.depth_max) {
      record.limit = not_tried::too_deep;
      return;
    }
    const std::size_t outer = failed_record_;
    const_bytes left = record.payload();
    record.message_possible = read_records(left, record.nested, {where.depth + 1, 0, true});
    failed_record_ = outer;
    if (record.message_possible) return;
    if (error_->problem == raw_problem::too_many) record.limit = not_tried::too_many_records;
    record.nested = {};
    error_.reset();
  }

  const_bytes all_;
  raw_limits limits_;
  std::size_t certain_left_;
  std::size_t tries_left_;
  std::size_t failed_record_ = 0;  // the offset of the record that is being read
  std::optional<raw_error> error_;
};

void append(buffer& out, const std::vector<raw_record>& records) {
  for (const raw_record& record : records) {
    out.append(record.tag());
    if (record.type == wire_type::sgroup) {
      append(out, record.nested);
    } else {
      out.append(record.length_prefix());
      record.message_possible ? append(out, record.nested) : out.append(record.payload());
    }
    out.append(record.end_tag());
  }
}

}  // namespace

std::string_view name(wire_type type) noexcept {
  switch (type) {
    case wire_type::varint:
      return "VARINT";
    case wire_type::i64:
      return "I64";
    case wire_type::len:
      return "LEN";
    case wire_type::sgroup:
      return "SGROUP";
    case wire_type::egroup:
      return "EGROUP";
    case wire_type::i32:
      return "I32";
  }
  return "?";
}

raw_message decode_raw(const_bytes bytes, raw_limits limits) {
  return decoder(bytes, limits).run();
}

buffer encode(const raw_message& message) {
  buffer out;
  append(out, message.records);
  out.append(message.rest);
  return out;
}

}  // namespace grpcwire::codec
