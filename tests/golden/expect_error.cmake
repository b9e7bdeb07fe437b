# cmake -D… -P expect_error.cmake: a command line that protoc must refuse, with a message for people.
#
#   PROTOC, PLUGIN, SOURCE, WORK   as for compare.cmake
#   OPTIONS                        the wrong options
#   MESSAGE                        regular expression that the message must match
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
execute_process(
  COMMAND "${PROTOC}" "--plugin=protoc-gen-grpcwire=${PLUGIN}" "--proto_path=${SOURCE}/protos"
    "--grpcwire_out=${WORK}" "--grpcwire_opt=${OPTIONS}" kinds.proto
  RESULT_VARIABLE failed ERROR_VARIABLE errors)
if(NOT failed)
  message(FATAL_ERROR "protoc accepted the options ${OPTIONS}")
endif()
if(NOT errors MATCHES "${MESSAGE}")
  message(FATAL_ERROR "expected a message like\n  ${MESSAGE}\nbut got\n  ${errors}")
endif()
file(GLOB_RECURSE generated "${WORK}/*")
if(generated)
  message(FATAL_ERROR "protoc failed, but wrote ${generated}")
endif()
