# Test suites of others: h2spec for HTTP/2, connectrpc's conformance suite for gRPC. They are looked
# for when they run, in build/peers/bin and PATH, so that setting them up later needs no new build.

function(suite_test name missing script)
  if(missing)
    set(command Python3::Interpreter -B "${CMAKE_CURRENT_SOURCE_DIR}/run_case.py" --skip "${missing}")
  else()
    set(command "${grpcwire_SOURCE_DIR}/interop/${script}" --bin "${bin}" ${ARGN})
  endif()
  add_test(NAME "interop.${name}" COMMAND ${command})
  # By itself: they make as many calls at a time as the machine can.
  set_tests_properties("interop.${name}" PROPERTIES
    LABELS interop TIMEOUT 600 SKIP_RETURN_CODE 77 RUN_SERIAL TRUE)
endfunction()

suite_test(h2spec.plaintext "" h2spec)
suite_test(h2spec.tls "${tls_missing}" h2spec --tls)
set(conformance_missing "")
if(NOT GRPCWIRE_TLS)
  set(conformance_missing "this build has no TLS (GRPCWIRE_TLS=OFF)")
endif()
suite_test(conformance.client "${conformance_missing}" run_conformance client)
suite_test(conformance.server "${conformance_missing}" run_conformance server)

# What the programs do, without the suite.
if(TARGET conformance_client)
  find_package(Protobuf REQUIRED)
  set(programs_test "${CMAKE_CURRENT_SOURCE_DIR}/conformance_programs_test.py")
  if(python_missing)
    set(programs_test "${CMAKE_CURRENT_SOURCE_DIR}/run_case.py" --skip "${python_missing}")
  endif()
  add_test(NAME interop.conformance.programs COMMAND "${GRPCWIRE_PEER_PYTHON}" -B ${programs_test}
    "$<TARGET_FILE:protobuf::protoc>" "${grpcwire_SOURCE_DIR}/proto" "${bin}")
  set_tests_properties(interop.conformance.programs PROPERTIES
    LABELS interop TIMEOUT 120 SKIP_RETURN_CODE 77)
endif()
