#pragma once

#include <string>
#include <vector>

#include "driver_options.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {

/// Where the parts of the compiler are. Paths are absolute, except compilers given by a bare name.
struct Toolchain {
  std::string brcc;              // this program
  std::string root;              // holds include/ and lib/; from brcc's place or --supa-path
  std::string include_dir;       // <root>/include
  std::string library_dir;       // <root>/lib
  std::string compiler_library;  // libsupacc.so
  std::string clang;             // clang++ 19
  std::string host_compiler;     // -ccbin, or clang
  bool host_is_clang = true;     // false: GNU options only
  bool host_links_cxx = true;    // false: a C driver, which must be told to link libstdc++
};

/// Finds the parts. An error names the file that is missing and the option that says where it is.
StatusOr<Toolchain> FindToolchain(const DriverOptions& options);

/// Absolute path of the running program, symbolic links followed.
StatusOr<std::string> OwnPath();

/// The clang to run: option OPENSUPA_CLANG, the one found when OpenSUPA was built, or, when that
/// is gone, clang++-19 on the PATH.
StatusOr<std::string> FindClang();

/// Version of OpenSUPA, "0.1.0".
const char* OpenSupaVersion();

}  // namespace opensupa::cc
