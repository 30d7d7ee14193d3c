# Build options and the layout of the build tree, which mirrors the install tree.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

option(BUILD_TESTING "Build the tests" ON)
option(OPENSUPA_BUILD_SAMPLES "Build the samples" ON)
option(OPENSUPA_WERROR "Treat warnings as errors" ON)
set(OPENSUPA_SANITIZE "" CACHE STRING "Sanitizers for host code: address, undefined, thread, or a comma list")

# The build tree can be used in place: bin/, lib/ and include/ stand as in an installed tree.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(OPENSUPA_STAGED_INCLUDE_DIR "${CMAKE_BINARY_DIR}/include")
set(OPENSUPA_STAGED_DEVICE_DIR "${CMAKE_BINARY_DIR}/lib/opensupa")
set(CMAKE_INSTALL_LIBDIR lib)
# RUNPATH relative to the object, so that both trees can be moved.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

add_compile_options(-Wall -Wextra)
if(OPENSUPA_WERROR)
  add_compile_options(-Werror)
endif()
# Shared libraries that clang instruments take the sanitizer's functions from the program.
if(NOT (OPENSUPA_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
  add_link_options(-Wl,--no-undefined)
endif()

if(OPENSUPA_SANITIZE)
  add_compile_options(-fsanitize=${OPENSUPA_SANITIZE} -fno-omit-frame-pointer)
  if(OPENSUPA_SANITIZE MATCHES "undefined")
    # The API's enumerations are C's: C programs pass any int in them, which the API looks at and refuses. Only
    # C++'s rule, which no compiler here uses without -fstrict-enums, calls that undefined.
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=enum)
  endif()
  add_link_options(-fsanitize=${OPENSUPA_SANITIZE})
endif()
