// Calls of grpc.testing.BenchmarkService through a generated stub: what bench_client does.
#pragma once

#include "load.hpp"

namespace bench {

/// Makes the calls, with an io_context and its own connections for each thread, and prints what
/// they came to. The exit code of the program.
int run_load(const load_options& options);

/// --hold: idle connections, then calls that do not end.
int hold_calls(const load_options& options);

}  // namespace bench
