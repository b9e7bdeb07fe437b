#include "spare_parts.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include <grpcwire/codec/recycled_memory.hpp>
#include <grpcwire/transport/stream.hpp>
#include <grpcwire/transport/turn_memory.hpp>

namespace grpcwire::transport {
namespace {

template <class T, std::size_t Most>
class shelf {
 public:
  /// Null: it is empty.
  std::unique_ptr<T> take() noexcept {
    return std::unique_ptr<T>(count_ == 0 ? nullptr : parts_[--count_]);
  }
  void put(std::unique_ptr<T> part) noexcept {
    if (count_ < Most) parts_[count_++] = part.release();
  }
  void clear() noexcept {
    while (count_ != 0) take();
  }

 private:
  std::array<T*, Most> parts_{};
  std::size_t count_ = 0;
};

/// Needs no destructor, so that it can be asked for as long as the thread lives.
struct spare_parts {
  shelf<stream, 128> streams;
  shelf<turn_memory, 2> turns;
  bool open = false;

  void clear() noexcept {
    streams.clear();
    turns.clear();
  }
};

constinit thread_local spare_parts of_thread;

void open_for_this_thread() {
  struct opened {
    opened() noexcept { of_thread.open = true; }
    ~opened() {
      of_thread.open = false;
      of_thread.clear();
    }
  };
  if (!codec::recycles) return;
  static thread_local opened until_its_end;
  (void)until_its_end;
}

template <class T, std::size_t Most>
std::unique_ptr<T> take_from(shelf<T, Most>& spare) {
  auto part = spare.take();
  if (part) return part;
  open_for_this_thread();
  return std::make_unique<T>();
}

}  // namespace

std::unique_ptr<stream> take_stream() {
  return take_from(of_thread.streams);
}

void give_back(std::unique_ptr<stream> part) noexcept {
  constexpr std::size_t usual_messages = 64;  // that were queued; the list of more is not kept
  if (!of_thread.open || part->data.capacity() > usual_messages) return;
  part->recycle();
  of_thread.streams.put(std::move(part));
}

std::unique_ptr<turn_memory> take_turn_memory() {
  return take_from(of_thread.turns);
}

void give_back(std::unique_ptr<turn_memory> part) noexcept {
  part->clear();
  if (part->large || !of_thread.open) return;
  of_thread.turns.put(std::move(part));
}

void free_spare_parts() noexcept {
  of_thread.clear();
}

}  // namespace grpcwire::transport
