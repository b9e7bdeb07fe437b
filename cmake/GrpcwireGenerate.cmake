# grpcwire_generate(TARGET target PROTOS a.proto …
#                   [IMPORT_DIRS dir …] [OUT_DIR dir] [LITE] [OPTIONS option …] [PROTOBUF_ONLY])
#
# Generates messages (.pb.h, .pb.cc) and stubs (.grpcwire.hpp) and adds them to the target, which
# becomes a static library when it does not exist yet. Several calls may add to one target, in the
# folder that made it.
#
#   PROTOS         relative to the current source folder, or absolute.
#   IMPORT_DIRS    where imports are looked up; the first one above a file gives the file its name,
#                  which is what others import and include. Default: the current source folder.
#   OUT_DIR        where generated files go; becomes an include folder of the target.
#                  Default: generated/<target> in the current binary folder.
#   LITE           messages for, and a link to, protobuf's lite runtime.
#   OPTIONS        for protoc-gen-grpcwire: mock, namespace=a::b.
#   PROTOBUF_ONLY  do not link grpcwire::grpcwire: for targets that only want the messages.
#
# Set GRPCWIRE_PROTOC_GEN to a program for the build machine when cross-compiling.

# Depfiles of protoc name files absolutely; the new behaviour makes them fit Ninja's names.
cmake_policy(PUSH)
cmake_policy(SET CMP0116 NEW)

# The name protoc knows a file by: relative to the first import folder above it.
function(_grpcwire_proto_name out_var file import_dirs)
  foreach(dir IN LISTS import_dirs)
    cmake_path(IS_PREFIX dir "${file}" inside)
    if(inside)
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${dir}" OUTPUT_VARIABLE name)
      set(${out_var} "${name}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(JOIN import_dirs ", " import_dirs)
  message(FATAL_ERROR
    "grpcwire_generate: ${file} is in none of the import folders (${import_dirs}); add its root to IMPORT_DIRS")
endfunction()

function(_grpcwire_absolute out_var)
  set(result)
  foreach(path IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    # Without a slash at the end, which would keep a folder from being a prefix.
    string(REGEX REPLACE "(.)/$" "\\1" path "${path}")
    list(APPEND result "${path}")
  endforeach()
  set(${out_var} "${result}" PARENT_SCOPE)
endfunction()

function(grpcwire_generate)
  if(NOT TARGET protobuf::protoc OR NOT TARGET protobuf::libprotobuf)
    find_package(Protobuf REQUIRED)  # imported targets are seen only in the folder that made them
  endif()
  cmake_parse_arguments(PARSE_ARGV 0 arg "LITE;PROTOBUF_ONLY" "TARGET;OUT_DIR" "PROTOS;IMPORT_DIRS;OPTIONS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "grpcwire_generate: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TARGET OR NOT arg_PROTOS)
    message(FATAL_ERROR "grpcwire_generate: TARGET and PROTOS are needed")
  endif()
  if(NOT arg_IMPORT_DIRS)
    set(arg_IMPORT_DIRS "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  if(NOT arg_OUT_DIR)
    set(arg_OUT_DIR "${CMAKE_CURRENT_BINARY_DIR}/generated/${arg_TARGET}")
  endif()
  _grpcwire_absolute(protos ${arg_PROTOS})
  _grpcwire_absolute(import_dirs ${arg_IMPORT_DIRS})
  cmake_path(ABSOLUTE_PATH arg_OUT_DIR BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE)
  string(REGEX REPLACE "(.)/$" "\\1" out_dir "${arg_OUT_DIR}")
  file(MAKE_DIRECTORY "${out_dir}")

  # `always`: the rule below promises a stub header for files without services too.
  set(options always ${arg_OPTIONS})
  set(cpp_out "${out_dir}")
  set(protobuf protobuf::libprotobuf)
  if(arg_LITE)
    list(APPEND options lite)
    set(cpp_out "lite:${out_dir}")
    set(protobuf protobuf::libprotobuf-lite)
  endif()
  list(REMOVE_DUPLICATES options)
  # In the order of protoc's depfile, which is the alphabet: Ninja wants the same file first in both.
  set(extensions .grpcwire.hpp .pb.cc .pb.h)
  if("mock" IN_LIST options)
    list(INSERT extensions 1 .grpcwire.mock.hpp)
  endif()
  list(JOIN options "," options)

  if(GRPCWIRE_PROTOC_GEN)
    set(plugin "${GRPCWIRE_PROTOC_GEN}")
    set(plugin_depends "${GRPCWIRE_PROTOC_GEN}")
  else()
    set(plugin "$<TARGET_FILE:grpcwire::protoc-gen-grpcwire>")
    set(plugin_depends grpcwire::protoc-gen-grpcwire)
  endif()
  set(imports)
  foreach(dir IN LISTS import_dirs)
    list(APPEND imports "--proto_path=${dir}")
  endforeach()
  # protoc finds google/protobuf/*.proto by itself only next to where it is installed.
  if(Protobuf_INCLUDE_DIR AND EXISTS "${Protobuf_INCLUDE_DIR}/google/protobuf/any.proto")
    list(APPEND imports "--proto_path=${Protobuf_INCLUDE_DIR}")
  endif()

  if(NOT TARGET ${arg_TARGET})
    add_library(${arg_TARGET} STATIC)
  endif()
  foreach(proto IN LISTS protos)
    _grpcwire_proto_name(name "${proto}" "${import_dirs}")
    string(REGEX REPLACE "\\.proto(devel)?$" "" base "${name}")
    list(TRANSFORM extensions PREPEND "${out_dir}/${base}" OUTPUT_VARIABLE outputs)
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc
        "--plugin=protoc-gen-grpcwire=${plugin}"
        "--cpp_out=${cpp_out}" "--grpcwire_out=${out_dir}" "--grpcwire_opt=${options}"
        "--dependency_out=${out_dir}/${base}.d" ${imports} "${proto}"
      DEPENDS "${proto}" protobuf::protoc ${plugin_depends}
      DEPFILE "${out_dir}/${base}.d"
      COMMENT "Generating messages and stubs of ${name}"
      VERBATIM)
    # Warnings are for people who can edit the file.
    set_source_files_properties("${out_dir}/${base}.pb.cc" PROPERTIES COMPILE_OPTIONS -w)
    target_sources(${arg_TARGET} PRIVATE ${outputs})
  endforeach()

  target_include_directories(${arg_TARGET} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out_dir}>")
  target_link_libraries(${arg_TARGET} PUBLIC ${protobuf})
  if(NOT arg_PROTOBUF_ONLY)
    target_link_libraries(${arg_TARGET} PUBLIC grpcwire::grpcwire)
  endif()
endfunction()

cmake_policy(POP)
