#include "toolchain.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "file_io.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/options.h"

#ifndef OPENSUPA_DEFAULT_CLANG
#error "The build defines OPENSUPA_DEFAULT_CLANG and OPENSUPA_VERSION for this file."
#endif

namespace opensupa::cc {
namespace {

constexpr const char* kPrelude = "/opensupa/device/prelude.h";

/// A name without a slash is looked up on the PATH when it is run.
bool CanBeRun(const std::string& name) {
  return name.find('/') == std::string::npos || IsExecutable(name);
}

bool IsCxxDriver(const std::string& path) { return BaseName(path).find("++") != std::string::npos; }

Status FindHostCompiler(const DriverOptions& options, Toolchain& toolchain) {
  if (options.host_compiler.empty()) {
    toolchain.host_compiler = toolchain.clang;
    toolchain.host_links_cxx = IsCxxDriver(toolchain.clang);
    return absl::OkStatus();
  }
  std::string name = options.host_compiler;
  if (IsDirectory(name)) name += "/g++";
  toolchain.host_compiler = name;
  if (!CanBeRun(name)) {
    return absl::NotFoundError(absl::StrCat("the host compiler '", name,
                                            "' given with -ccbin does not exist or is not "
                                            "executable"));
  }
  toolchain.host_is_clang = BaseName(name).find("clang") != std::string::npos;
  toolchain.host_links_cxx = IsCxxDriver(name);
  return absl::OkStatus();
}

}  // namespace

const char* OpenSupaVersion() { return OPENSUPA_VERSION; }

StatusOr<std::string> OwnPath() {
  OPENSUPA_FAULT_POINT("brcc.own_path");
  std::error_code error;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot find the place of brcc itself: ", error.message()));
  }
  return path.string();
}

StatusOr<std::string> FindClang() {
  std::string wanted = options::Get(options::kClang);
  if (!wanted.empty()) {
    if (!CanBeRun(wanted)) {
      return absl::NotFoundError(absl::StrCat("'", wanted, "', which ", options::kClang.name,
                                              " names as clang, does not exist or is not "
                                              "executable"));
    }
    return wanted;
  }
  return std::string(CanBeRun(OPENSUPA_DEFAULT_CLANG) ? OPENSUPA_DEFAULT_CLANG : "clang++-19");
}

StatusOr<Toolchain> FindToolchain(const DriverOptions& options) {
  Toolchain toolchain;
  SUPA_ASSIGN_OR_RETURN(toolchain.brcc, OwnPath());
  const std::string own_root = DirectoryName(DirectoryName(toolchain.brcc));
  toolchain.root = own_root;
  if (!options.supa_path.empty()) {
    std::error_code error;
    toolchain.root = std::filesystem::absolute(options.supa_path, error).lexically_normal();
    if (!toolchain.root.empty() && toolchain.root.back() == '/') toolchain.root.pop_back();
    if (error) toolchain.root = options.supa_path;
  }
  toolchain.include_dir = toolchain.root + "/include";
  toolchain.library_dir = toolchain.root + "/lib";
  if (!options.supa_path.empty() && !FileExists(toolchain.include_dir + kPrelude)) {
    return absl::NotFoundError(
        absl::StrCat("'", toolchain.root,
                     "' given with --supa-path is no OpenSUPA tree: it has no include", kPrelude));
  }
  toolchain.compiler_library = options::Get(options::kCompilerLibrary);
  if (toolchain.compiler_library.empty()) {
    toolchain.compiler_library = own_root + "/lib/libsupacc.so";
  }
  SUPA_ASSIGN_OR_RETURN(toolchain.clang, FindClang());
  SUPA_RETURN_IF_ERROR(FindHostCompiler(options, toolchain));
  return toolchain;
}

}  // namespace opensupa::cc
