# opensupa_add_sample(name SOURCES file... [LIBS target...] [TEST_ARGS arg...] [TIMEOUT seconds])
#
# One program from .su and .cpp sources, and a test with the label "sample" that runs it with
# TEST_ARGS. In the build tree of OpenSUPA the program goes to bin/samples/. When a sample, or the
# folder of all samples, is configured by itself, an installed OpenSUPA is used: name it with
# -DCMAKE_PREFIX_PATH=<where OpenSUPA is installed>.
include_guard(GLOBAL)

if(DEFINED OPENSUPA_STAGED_INCLUDE_DIR)
  include(OpenSUPAHelpers)
elseif(NOT COMMAND supa_add_executable)
  find_package(OpenSUPA REQUIRED)
endif()
include(CTest)

function(opensupa_add_sample name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;TEST_ARGS" ${ARGN})
  supa_add_executable(${name} ${ARG_SOURCES})
  if(DEFINED OPENSUPA_STAGED_INCLUDE_DIR)
    set_target_properties(${name} PROPERTIES
                          RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin/samples")
  endif()
  if(ARG_LIBS)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  endif()

  if(BUILD_TESTING)
    if(NOT ARG_TIMEOUT)
      set(ARG_TIMEOUT 60)
    endif()
    add_test(NAME sample_${name} COMMAND ${name} ${ARG_TEST_ARGS}
             WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
    set_tests_properties(sample_${name} PROPERTIES LABELS sample TIMEOUT ${ARG_TIMEOUT})
  endif()
endfunction()
