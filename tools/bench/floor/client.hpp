// The floor as a client.
#pragma once

#include "../load.hpp"

namespace bench_floor {

/// Makes the calls and prints what they came to. Returns the exit code of the program; throws
/// std::system_error.
int load(const bench::load_options& options);

}  // namespace bench_floor
