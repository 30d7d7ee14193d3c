# opensupa_add_layer(NAME SOURCES ... [PUBLIC targets...] [PRIVATE targets...])
#
# One static library for one folder. Its public headers stand in include/opensupa/<folder>/, private ones beside
# the sources in src/. The explicit PUBLIC and PRIVATE lists are the arrows of the layer picture.
function(opensupa_add_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include"
                                     PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} Threads::Threads)
endfunction()
