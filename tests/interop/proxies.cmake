# Calls through proxies: plaintext HTTP/2 on both of their sides, or TLS on both.

# How each is found, and what it cannot do. All three carry every case; these make up all kinds of
# calls, ends, metadata and codings.
set(proxied_cases
  empty_unary large_unary client_streaming server_streaming ping_pong half_duplex empty_stream
  custom_metadata status_code_and_message special_status_message unimplemented_method
  cancel_after_begin cancel_after_first_response timeout_on_sleeping_server
  client_compressed_streaming server_compressed_streaming)
set(proxy_packages nghttpx nghttp2-proxy haproxy haproxy nginx nginx-light)
set(behind_proxy "${CMAKE_CURRENT_SOURCE_DIR}/behind_proxy.py")
set(proxy_definitions "")

while(proxy_packages)
  list(POP_FRONT proxy_packages proxy package)
  string(TOUPPER "GRPCWIRE_${proxy}" program)
  find_program(${program} ${proxy} DOC "The proxy ${proxy}, to test with")
  set(proxy_missing "")
  if(NOT ${program})
    set(proxy_missing "${proxy} is not installed (Debian: ${package})")
  endif()
  list(APPEND proxy_definitions
    ${program}="${${program}}" ${program}_MISSING="${proxy_missing}")

  set(plain_pair ${behind_proxy} "${${program}}" ${our_server} --port=0)
  set(tls_pair ${behind_proxy} "--certificates=${GRPCWIRE_CERTIFICATES}" "${${program}}"
    ${our_server} --port=0 ${tls_server})
  foreach(case IN LISTS proxied_cases)
    interop_test("our_client_calls_our_server_through_${proxy}.${case}" "${proxy_missing}"
      ${plain_pair} -- ${our_client} --server_port={port} --test_case=${case})
    interop_test("our_client_calls_our_server_through_${proxy}_over_tls.${case}"
      "${proxy_missing}${tls_missing}"
      ${tls_pair} -- ${our_client} --server_port={port} ${tls_client} --test_case=${case})
  endforeach()
  interop_test("python_client_calls_our_server_through_${proxy}.ping_pong"
    "${proxy_missing}${python_missing}"
    ${plain_pair} -- ${python_client} --server_port={port} --test_case=ping_pong)
  interop_test("python_client_calls_our_server_through_${proxy}_over_tls.large_unary"
    "${proxy_missing}${python_missing}${tls_missing}"
    ${tls_pair} -- ${python_client} --server_port={port} ${tls_client} --test_case=large_unary)
  # Some credit each piece of what they get with WINDOW_UPDATE frames, which is no flood. haproxy 2.6
  # sometimes ends the connection to a server when trailers come and its buffer of the stream is full
  # (its issue 2388): the calls of one or two such connections may fail, but not over a limit of ours.
  set(may_fail 0)
  if(proxy STREQUAL "haproxy")
    set(may_fail 24)
  endif()
  interop_test("our_client_calls_our_server_through_${proxy}.800_large_messages"
    "${proxy_missing}"
    --never "this side sent GOAWAY" ${plain_pair} -- ${our_client} --server_port={port}
    --test_case=rpc_soak --soak_iterations=800 --soak_num_threads=8 --soak_max_failures=${may_fail}
    --soak_per_iteration_max_acceptable_latency_ms=30000 --soak_overall_timeout_seconds=50)
endwhile()
