# cmake -D… -P compare.cmake: generates headers from one .proto and compares them with the expected ones.
#
#   PROTOC, PLUGIN    programs
#   SOURCE            this folder
#   WORK              an own folder for the output; emptied first
#   PROTO             name below protos/
#   OPTIONS           for the plugin; may be empty
#   UPDATE            true: overwrite the expected headers instead of comparing
#   EXPECTED          the names, separated by commas, of all headers that must come out; may be empty
string(REPLACE "," ";" EXPECTED "${EXPECTED}")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
execute_process(
  COMMAND "${PROTOC}" "--plugin=protoc-gen-grpcwire=${PLUGIN}" "--proto_path=${SOURCE}/protos"
    "--grpcwire_out=${WORK}" "--grpcwire_opt=${OPTIONS}" "${PROTO}"
  RESULT_VARIABLE failed ERROR_VARIABLE errors)
if(failed)
  message(FATAL_ERROR "protoc failed on ${PROTO}:\n${errors}")
endif()
if(errors)
  message(FATAL_ERROR "protoc complained about ${PROTO}:\n${errors}")
endif()

file(GLOB_RECURSE generated RELATIVE "${WORK}" "${WORK}/*")
list(SORT generated)
list(SORT EXPECTED)
if(NOT "${generated}" STREQUAL "${EXPECTED}")
  message(FATAL_ERROR "${PROTO} should make [${EXPECTED}] but made [${generated}]")
endif()

foreach(name IN LISTS generated)
  set(expected_file "${SOURCE}/expected/${name}")
  if(UPDATE)
    file(COPY_FILE "${WORK}/${name}" "${expected_file}" ONLY_IF_DIFFERENT)
    continue()
  endif()
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -E compare_files "${expected_file}" "${WORK}/${name}"
    RESULT_VARIABLE different OUTPUT_QUIET ERROR_QUIET)
  if(different)
    execute_process(COMMAND diff -u "${expected_file}" "${WORK}/${name}"
      OUTPUT_VARIABLE difference ERROR_VARIABLE difference)
    message("${difference}")
    message(FATAL_ERROR "${name} is not as expected (- expected, + generated). When the new output is "
      "right, build the target golden_update and review what changed.")
  endif()
endforeach()
