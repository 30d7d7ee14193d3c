# supa_add_executable(name source... [RDC] [ARCH arch...] [OPTIONS option...])
# supa_add_library(name [STATIC|SHARED|MODULE|OBJECT] source... [RDC] [ARCH arch...] [OPTIONS option...])
#
# A target whose .su and .cu sources are compiled by brcc and all others as usual. It is an ordinary C++ target:
# target_include_directories, target_compile_definitions, target_compile_options, target_link_libraries, CXX_STANDARD
# and the flags of the build type hold for kernel files, too. It links OpenSUPA::supart and OpenSUPA::supa.
#   RDC      device functions and variables may be shared across the files of the target (-fgpu-rdc)
#   ARCH     values for --supa-gpu-arch
#   OPTIONS  further options of brcc, for kernel files only
#
# Works in OpenSUPA's own build tree and from the installed package, whose OpenSUPAConfig.cmake sets OPENSUPA_BRCC and
# OPENSUPA_ROOT.
include_guard(GLOBAL)

if(NOT DEFINED OPENSUPA_BRCC)
  set(OPENSUPA_ROOT "${OpenSUPA_BINARY_DIR}")
  set(OPENSUPA_BRCC "${OPENSUPA_ROOT}/bin/brcc")
endif()
# Functions see the variables of their caller, not of this file.
set_property(GLOBAL PROPERTY OPENSUPA_HELPERS_BRCC "${OPENSUPA_BRCC}")
set_property(GLOBAL PROPERTY OPENSUPA_HELPERS_ROOT "${OPENSUPA_ROOT}")

function(_opensupa_use_brcc name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "RDC" "" "SOURCES;ARCH;OPTIONS" )
  get_property(brcc GLOBAL PROPERTY OPENSUPA_HELPERS_BRCC)
  get_property(root GLOBAL PROPERTY OPENSUPA_HELPERS_ROOT)

  foreach(source IN LISTS ARG_SOURCES)
    if(source MATCHES "\\.(su|cu)$")
      # A language of CMake, so that its rules for flags, dependencies and properties hold; the launcher below puts
      # brcc in the compiler's place.
      set_source_files_properties("${source}" PROPERTIES
        LANGUAGE CXX SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
      set_property(SOURCE "${source}" APPEND PROPERTY OBJECT_DEPENDS "${brcc};${root}/lib/libsupacc.so")
    endif()
  endforeach()

  set(launcher "${brcc}" --supa-launch)
  if(ARG_RDC)
    list(APPEND launcher -fgpu-rdc)
  endif()
  if(ARG_ARCH)
    string(REPLACE ";" "," architectures "${ARG_ARCH}")
    list(APPEND launcher "--supa-gpu-arch=${architectures}")
  endif()
  list(APPEND launcher ${ARG_OPTIONS} --)
  get_target_property(own_launcher ${name} CXX_COMPILER_LAUNCHER)
  if(own_launcher)
    list(APPEND launcher ${own_launcher})
  endif()
  set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}" CXX_SCAN_FOR_MODULES OFF)

  target_link_libraries(${name} PRIVATE OpenSUPA::supart OpenSUPA::supa)
  foreach(needed brcc supacc opensupa_kernel_headers opensupa_api_generated)
    if(TARGET ${needed})
      add_dependencies(${name} ${needed})
    endif()
  endforeach()
endfunction()

# Splits the arguments of the functions below into sources and options.
macro(_opensupa_parse)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "RDC;STATIC;SHARED;MODULE;OBJECT" "" "ARCH;OPTIONS")
  set(rdc "")
  if(ARG_RDC)
    set(rdc RDC)
  endif()
  set(options ${rdc} SOURCES ${ARG_UNPARSED_ARGUMENTS} ARCH ${ARG_ARCH} OPTIONS ${ARG_OPTIONS})
endmacro()

function(supa_add_executable name)
  _opensupa_parse()
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  _opensupa_use_brcc(${name} ${options})
endfunction()

function(supa_add_library name)
  _opensupa_parse()
  set(kind "")
  foreach(known STATIC SHARED MODULE OBJECT)
    if(ARG_${known})
      set(kind ${known})
    endif()
  endforeach()
  add_library(${name} ${kind} ${ARG_UNPARSED_ARGUMENTS})
  _opensupa_use_brcc(${name} ${options})
endfunction()
