// The floor as a client.
#pragma once

#include "../load.hpp"

namespace bench_floor {

/// Makes the calls and prints what they came to; with requests that are bytes made once if they are
/// to be `canned`. Returns the exit code of the program; throws std::system_error.
int load(const bench::load_options& options, bool canned);

}  // namespace bench_floor
