// What a program says about the threads that run its executor.
#pragma once

namespace grpcwire {

/// How many threads run the executor that a user passes in.
enum class threading {
  many,  ///< any number: each connection and channel gets a strand
  one,   ///< an io_context run by one thread, or a strand already: no strand is put around it
};

}  // namespace grpcwire
