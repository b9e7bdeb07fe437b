# Makes a C++ source of report/page.html, so that the program needs no file beside it. Sets
# page_source.
file(READ "${CMAKE_CURRENT_LIST_DIR}/page.html" page_text)
set(page_source "${CMAKE_CURRENT_BINARY_DIR}/page_template.cpp")
configure_file("${CMAKE_CURRENT_LIST_DIR}/page_template.cpp.in" "${page_source}" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${CMAKE_CURRENT_LIST_DIR}/page.html")
