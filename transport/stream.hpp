// What a session knows about one stream. Only session and its callbacks look inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>
#include <grpcwire/transport/event.hpp>
#include <grpcwire/transport/message_rules.hpp>

namespace grpcwire::transport {

/// The texts of a header list, in one block. Kept until nghttp2 has serialised them.
class header_text {
 public:
  /// Copies what does not live forever; `each` is given the fields with the texts that stay.
  template <class F>
  void assign(codec::header_list_view fields, F each) {
    // Mostly all of them: a head that is prepared, or a status that says OK.
    for (; !fields.empty() && fields.front().constant; fields = fields.subspan(1)) {
      each(fields.front());
    }
    std::size_t size = 0;
    for (const codec::header_view& field : fields) {
      if (field.constant) continue;
      size += field.value.size() + (field.constant_name ? 0 : field.name.size());
    }
    text_.resize(size);
    auto* to = reinterpret_cast<char*>(text_.data());
    const auto keep = [&](std::string_view& text) {
      if (!text.empty()) std::memcpy(to, text.data(), text.size());
      text = {to, text.size()};
      to += text.size();
    };
    for (const codec::header_view& field : fields) {
      if (field.constant) {
        each(field);
        continue;
      }
      codec::header_view kept = field;
      if (!field.constant_name) keep(kept.name);
      keep(kept.value);
      each(kept);
    }
  }
  void clear() noexcept { text_.clear(); }

 private:
  codec::buffer text_;
};

/// A header list that owns its texts: to be submitted later.
class header_block {
 public:
  void assign(codec::header_list_view fields) {
    fields_.clear();
    fields_.reserve(fields.size());
    text_.assign(fields, [&](const codec::header_view& kept) { fields_.push_back(kept); });
  }
  codec::header_list_view fields() const noexcept { return fields_; }
  void clear() noexcept {
    text_.clear();
    fields_.clear();
  }

 private:
  header_text text_;
  std::vector<codec::header_view> fields_;
};

enum class stream_state : std::uint8_t {
  free,     ///< of no session
  waiting,  ///< of a client: in the queue for MAX_CONCURRENT_STREAMS
  granted,  ///< may send headers; has no number yet
  open,     ///< known to nghttp2
  closed,   ///< its stream_closed event is on the way
};

/// What one stream leaves behind in its slot and the next one must not find.
struct stream_past {
  stream_id id = 0;
  stream_state state = stream_state::free;

  bool announced : 1 = false;  // the owner has heard of it
  bool forgotten : 1 = false;  // closed, and nobody wants to hear of it
  bool headers_sent : 1 = false;
  bool end_after_data : 1 = false;  // half-close when the data is sent
  bool has_trailers : 1 = false;    // … or end with these
  bool trailers_submitted : 1 = false;
  bool deferred : 1 = false;     // nghttp2 waits for resume_data
  bool report_sent : 1 = false;  // the owner wants data_sent
  bool local_end_sent : 1 = false;
  bool remote_end_received : 1 = false;
  bool reset_by_peer : 1 = false;
  bool reset_locally : 1 = false;
  bool credit_by_hand : 1 = false;

  void* owner = nullptr;
  std::string_view fault;           // why it was reset; static text
  message_rules rules;              // of the message that comes in
  std::uint32_t window = 0;         // receive window, as last set
  std::uint32_t wanted_window = 0;  // not 0: asked for, to be set when that is possible
  std::int64_t unread = 0;          // received and not consumed
  // Of a window that was made smaller, which nghttp2 cannot undo: credit is given by hand, and so
  // much of what is consumed gives none.
  std::int64_t debt = 0;
  std::int64_t unreturned = 0;   // consumed, to be given back with the next update
  std::size_t first_data = 0;    // index of the first that is not sent
  std::size_t first_offset = 0;  // and how much of that one is
  std::size_t queued_bytes = 0;
};

struct stream : stream_past {
  stream_handle handle;
  header_text head;
  header_block trailers;
  std::vector<codec::buffer> data;  // outgoing

  /// A slot that is used again keeps its memory, not its past.
  void recycle() noexcept;
};

}  // namespace grpcwire::transport
