#include "tests/fleet/virtual_world.hpp"

#include <cerrno>
#include <random>

#include "tests/support/random_source.hpp"

namespace grpcwire::fleet {
namespace {

// Of the program, like what they stand for. It has one thread at a time.
std::chrono::steady_clock::time_point time_now{std::chrono::hours(1)};
tests::random_source chance{1};

}  // namespace

void set_chance(std::uint64_t seed) {
  chance = tests::random_source(seed);
}

void pass(std::chrono::milliseconds time) {
  time_now += time;
}

}  // namespace grpcwire::fleet

// The names are what the linker knows these functions by.
extern "C" {
std::chrono::steady_clock::time_point __wrap__ZNSt6chrono3_V212steady_clock3nowEv();
unsigned __wrap__ZNSt13random_device9_M_getvalEv(std::random_device*);
int __wrap_timerfd_create(int, int);

/// std::chrono::steady_clock::now()
std::chrono::steady_clock::time_point __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
  return grpcwire::fleet::time_now;
}

/// std::random_device::_M_getval()
unsigned __wrap__ZNSt13random_device9_M_getvalEv(std::random_device*) {
  return static_cast<unsigned>(grpcwire::fleet::chance.next());
}

/// A timer descriptor would wait for the machine's time. Without, Asio asks the clock.
int __wrap_timerfd_create(int, int) {
  errno = ENOSYS;
  return -1;
}
}
