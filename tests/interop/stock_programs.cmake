# The official interop programs of grpc-go and Ruby, as interop/peers/setup puts them into a folder.
# They are looked for when a test runs, which is skipped without them.
set(GRPCWIRE_STOCK_PEERS "${grpcwire_SOURCE_DIR}/build/peers" CACHE PATH
  "What interop/peers/setup was told as --into")
set(go "${GRPCWIRE_STOCK_PEERS}/go")
set(ruby "${GRPCWIRE_STOCK_PEERS}/ruby")
shows(server server_files)

set(basic_cases empty_unary large_unary client_streaming server_streaming ping_pong empty_stream
  cancel_after_begin cancel_after_first_response timeout_on_sleeping_server custom_metadata
  status_code_and_message unimplemented_method unimplemented_service)
set(soaks rpc_soak channel_soak)
set(compressed_cases client_compressed_unary server_compressed_unary client_compressed_streaming
  server_compressed_streaming)

# stock_test(NAME PEER MISSING CASES … COMMANDS …): all of the cases against one server.
function(stock_test name peer missing)
  cmake_parse_arguments(arg "" "" "CASES;COMMANDS" ${ARGN})
  list(JOIN arg_CASES "," cases)
  interop_test("${name}" "${missing}" --cases "${cases}" --need "${${peer}}/client"
    --remedy "interop/peers/setup ${peer}" ${arg_COMMANDS})
  set_tests_properties("interop.${name}" PROPERTIES TIMEOUT 600)
endfunction()

set(ports --server_port={port} --test_case={case})
set(slow_machine --soak_per_iteration_max_acceptable_latency_ms=5000
  --soak_overall_timeout_seconds=50)
set(by_load [[--service_config_json={"loadBalancingConfig":[{"test_backend_metrics_load_balancer":{}}]}]])
set(go_tls --use_tls --use_test_ca "--ca_file=${GRPCWIRE_CERTIFICATES}/ca.pem"
  --server_host_override=foo.test.google.fr)

foreach(over IN ITEMS "" _over_tls)
  set(missing "")
  foreach(flags our_server our_client go_server go_client)
    set(${flags}_flags "")
  endforeach()
  set(ruby_server_flags --use_tls false)
  set(ruby_client_flags --use_tls false)
  set(roots "")
  set(our_client_of_ruby_flags "")
  if(over)
    set(missing "${tls_missing}")
    set(our_server_flags ${tls_server})
    set(our_client_flags ${tls_client})
    set(go_server_flags --use_tls ${server_files})
    set(go_client_flags ${go_tls})
    # The Ruby server shows the official certificate, whatever it is told.
    set(our_client_of_ruby_flags --use_tls "--ca_file=${ruby}/ca.pem"
      --server_host_override=foo.test.google.fr)
    set(ruby_server_flags --use_tls true)
    set(ruby_client_flags --use_tls true --server_host_override foo.test.google.fr)
    set(roots "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=${GRPCWIRE_CERTIFICATES}/ca.pem")
  endif()

  stock_test(go_client_calls_our_server${over}.all_cases go "${missing}"
    CASES ${basic_cases} special_status_message pick_first_unary ${soaks}
    COMMANDS ${our_server} --port=0 ${our_server_flags} --
      "${go}/client" ${go_client_flags} ${ports} ${slow_machine})
  stock_test(go_client_calls_our_server${over}.load_reports go "${missing}"
    CASES orca_per_rpc orca_oob
    COMMANDS ${our_server} --port=0 ${our_server_flags} --
      "${go}/client" ${go_client_flags} ${ports} ${by_load})
  # The Go server has no gzip, and fills in neither server_id nor the caller's address.
  stock_test(our_client_calls_go_server${over}.all_cases go "${missing}"
    CASES ${basic_cases} special_status_message half_duplex orca_per_rpc orca_oob ${soaks}
    COMMANDS "${go}/server" --port={free_port} ${go_server_flags} --
      ${our_client} ${our_client_flags} ${ports} ${slow_machine})
  stock_test(ruby_client_calls_our_server${over}.all_cases ruby "${missing}"
    CASES ${basic_cases} client_compressed_unary client_compressed_streaming
    COMMANDS ${our_server} --port=0 ${our_server_flags} --
      env ${roots} "${ruby}/client" --server_host localhost ${ruby_client_flags} ${ports})
  # The Ruby server ignores wishes about compression, and its HalfDuplexCall cannot be called.
  stock_test(our_client_calls_ruby_server${over}.all_cases ruby "${missing}"
    CASES ${basic_cases} special_status_message ${soaks}
    COMMANDS "${ruby}/server" --port {free_port} ${ruby_server_flags} --
      ${our_client} ${our_client_of_ruby_flags} ${ports} ${slow_machine})
endforeach()
