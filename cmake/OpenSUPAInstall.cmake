# `cmake --install` gives a relocatable tree: bin/ lib/ include/ lib/cmake/OpenSUPA lib/pkgconfig.
include(CMakePackageConfigHelpers)

configure_package_config_file(
  "${CMAKE_CURRENT_SOURCE_DIR}/cmake/OpenSUPAConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/lib/cmake/OpenSUPA/OpenSUPAConfig.cmake"
  INSTALL_DESTINATION lib/cmake/OpenSUPA)
write_basic_package_version_file(
  "${CMAKE_BINARY_DIR}/lib/cmake/OpenSUPA/OpenSUPAConfigVersion.cmake"
  COMPATIBILITY SameMajorVersion)
configure_file(cmake/OpenSUPAHelpers.cmake
               "${CMAKE_BINARY_DIR}/lib/cmake/OpenSUPA/OpenSUPAHelpers.cmake" COPYONLY)
foreach(library supart supa)
  set(OPENSUPA_PC_LIBRARY ${library})
  configure_file(cmake/opensupa.pc.in "${CMAKE_BINARY_DIR}/lib/pkgconfig/${library}.pc" @ONLY)
endforeach()
install(DIRECTORY "${CMAKE_BINARY_DIR}/lib/cmake/OpenSUPA" DESTINATION lib/cmake)
install(DIRECTORY "${CMAKE_BINARY_DIR}/lib/pkgconfig" DESTINATION lib)
install(FILES LICENSE README.md DESTINATION share/doc/opensupa)
