# Which headers are for users: all of the three layers, but not those in a `detail` folder, named
# *_internal.hpp, or named nghttp2_*.hpp (they show what transport hides).

# Sets `result` to their paths below the project, such as codec/bytes.hpp.
function(grpcwire_public_headers result)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${grpcwire_SOURCE_DIR}"
    "${grpcwire_SOURCE_DIR}/codec/*.hpp"
    "${grpcwire_SOURCE_DIR}/transport/*.hpp"
    "${grpcwire_SOURCE_DIR}/transport/io/*.hpp"
    "${grpcwire_SOURCE_DIR}/rpc/*.hpp")
  list(FILTER headers EXCLUDE REGEX "_internal\\.hpp$|/nghttp2_[^/]*\\.hpp$")
  set(${result} "${headers}" PARENT_SCOPE)
endfunction()
