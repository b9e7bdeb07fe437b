#include "tests/sim/live_allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GRPCWIRE_SANITIZED 1
#endif
#endif
#if defined(__GLIBC__) && !defined(GRPCWIRE_SANITIZED) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define GRPCWIRE_COUNTS_MALLOC 1
#endif

namespace grpcwire::sim {
namespace {
std::atomic<std::size_t> live{0};
}

std::size_t live_allocations() noexcept {
  return live;
}

#ifdef GRPCWIRE_COUNTS_MALLOC
namespace {
void* counted(void* made) noexcept {
  if (made != nullptr) ++live;
  return made;
}
}  // namespace

// What a program defines takes the place of the C library's, for its shared libraries too. These
// are the names under which glibc keeps its own.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* old);

void* malloc(std::size_t size) {
  return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) {
  return counted(__libc_calloc(count, size));
}
void* realloc(void* old, std::size_t size) {
  void* made = __libc_realloc(old, size);
  if (old == nullptr) return counted(made);
  if (made == nullptr && size == 0) --live;
  return made;
}
void* memalign(std::size_t alignment, std::size_t size) {
  return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  *to = counted(__libc_memalign(alignment, size));
  return *to != nullptr ? 0 : ENOMEM;
}
void free(void* old) {
  if (old != nullptr) --live;
  __libc_free(old);
}
}
#endif

}  // namespace grpcwire::sim
