# `cmake --install`: libraries, headers, the stub generator, and the package that find_package finds.

option(GRPCWIRE_INSTALL "Install grpcwire with this project" ${PROJECT_IS_TOP_LEVEL})
if(NOT GRPCWIRE_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

# Sets `result` to the libraries of this build that `target` needs, itself included: an exported
# target may not need one that stays behind.
function(grpcwire_link_closure target result)
  set(open ${target})
  set(closed "")
  while(open)
    list(POP_FRONT open next)
    get_target_property(aliased ${next} ALIASED_TARGET)
    if(aliased)
      set(next ${aliased})
    endif()
    get_target_property(imported ${next} IMPORTED)
    if(imported OR next IN_LIST closed)
      continue()
    endif()
    list(APPEND closed ${next})
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(needed ${next} ${property})
      foreach(library IN LISTS needed)
        # $<LINK_ONLY:x>, $<BUILD_INTERFACE:x> and so on hold a name as well.
        string(REGEX REPLACE "^\\$<.*:([A-Za-z0-9_]+(::[A-Za-z0-9_]+)?)>$" "\\1" library "${library}")
        if(TARGET "${library}")
          list(APPEND open "${library}")
        endif()
      endforeach()
    endforeach()
  endwhile()
  set(${result} "${closed}" PARENT_SCOPE)
endfunction()

set(grpcwire_package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/grpcwire")
grpcwire_link_closure(grpcwire_rpc libraries)
# Each with the messages it speaks.
foreach(part_and_messages rich_status:google_rpc health:health reflection:reflection
    channelz:channelz etcd:etcd)
  string(REPLACE ":" ";" part_and_messages "${part_and_messages}")
  list(GET part_and_messages 0 part)
  list(GET part_and_messages 1 messages)
  if(NOT TARGET grpcwire_${part})
    continue()
  endif()
  grpcwire_link_closure(grpcwire_${part} part_libraries)
  list(APPEND libraries ${part_libraries})
  # In a folder of its own: other packages may bring google/rpc as well.
  target_include_directories(grpcwire_proto_${messages} SYSTEM INTERFACE
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/grpcwire/proto>")
  install(DIRECTORY "${PROJECT_BINARY_DIR}/proto/generated/grpcwire_proto_${messages}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/grpcwire/proto"
    FILES_MATCHING PATTERN "*.pb.h" PATTERN "*.grpcwire.hpp")
endforeach()
list(REMOVE_DUPLICATES libraries)
install(TARGETS ${libraries} EXPORT grpcwire-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  OBJECTS DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET grpcwire::protoc-gen-grpcwire)
  get_target_property(generator grpcwire::protoc-gen-grpcwire ALIASED_TARGET)
  set_target_properties(${generator} PROPERTIES EXPORT_NAME protoc-gen-grpcwire)
  install(TARGETS ${generator} EXPORT grpcwire-targets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
install(EXPORT grpcwire-targets NAMESPACE grpcwire:: DESTINATION "${grpcwire_package_folder}")

foreach(layer codec transport rpc)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${layer}/"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/grpcwire/${layer}"
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN "*_internal.hpp" EXCLUDE
    PATTERN "nghttp2_*.hpp" EXCLUDE)
endforeach()

# What the exported targets name has to be found again on the other machine.
set(grpcwire_needs_openssl OFF)
foreach(library IN LISTS libraries)
  get_target_property(needed ${library} LINK_LIBRARIES)
  if(needed MATCHES "OpenSSL::")
    set(grpcwire_needs_openssl ON)
  endif()
endforeach()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/grpcwire-config.cmake.in"
  "${PROJECT_BINARY_DIR}/grpcwire-config.cmake" INSTALL_DESTINATION "${grpcwire_package_folder}"
  NO_CHECK_REQUIRED_COMPONENTS_MACRO NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/grpcwire-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/grpcwire-config.cmake"
  "${PROJECT_BINARY_DIR}/grpcwire-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/GrpcwireGenerate.cmake"
  DESTINATION "${grpcwire_package_folder}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
