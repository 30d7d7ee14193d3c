#include "opensupa/core/compiler_library.h"

#include <dlfcn.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "elf_build_id.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/options.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

supaError_t CodeOf(supacc_status status) {
  switch (status) {
    case SUPACC_OK:
      return supaSuccess;
    case SUPACC_ERROR_INVALID:
      return supaErrorInvalidPtx;
    case SUPACC_ERROR_LINK:
      return supaErrorSharedObjectSymbolNotFound;
    case SUPACC_ERROR_MEMORY:
      return supaErrorMemoryAllocation;
    case SUPACC_ERROR_INTERNAL:
      return supaErrorInvalidPtx;
  }
  return supaErrorUnknown;
}

StatusOr<CompilerLibrary::Output> Take(supacc_status status, supacc_output& out,
                                       decltype(&supacc_release) release, absl::string_view what) {
  CompilerLibrary::Output result;
  if (out.log != nullptr) result.log = out.log;
  if (status == SUPACC_OK) {
    const auto* bytes = static_cast<const std::byte*>(out.data);
    result.bytes.assign(bytes, bytes + out.size_bytes);
  }
  release(&out);
  if (status != SUPACC_OK) {
    return MakeError(CodeOf(status), absl::StrCat(what, " failed: ", result.log));
  }
  return result;
}

}  // namespace

std::string CompilerLibrary::Path() {
  if (std::string path = options::Get(options::kCompilerLibrary); !path.empty()) return path;
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&CompilerLibrary::Path), &self) == 0 ||
      self.dli_fname == nullptr) {
    return "libsupacc.so";
  }
  // The library may have been opened through a link, as those in lib/compat are.
  std::error_code no_such_file;
  const auto library = std::filesystem::weakly_canonical(self.dli_fname, no_such_file);
  return (library.parent_path() / "libsupacc.so").string();
}

Status CompilerLibrary::OpenLocked() {
  if (library_ != nullptr) return absl::OkStatus();
  OPENSUPA_FAULT_POINT("runtime.open_compiler");
  const std::string path = Path();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return MakeError(supaErrorJitCompilerNotFound,
                     absl::StrCat("The kernel compiler '", path, "' cannot be opened: ",
                                  reason != nullptr ? reason : "no reason was given", "."));
  }
  auto find = [library](const char* name) { return dlsym(library, name); };
  auto version = reinterpret_cast<decltype(&supacc_abi_version)>(find("supacc_abi_version"));
  build_id_ = reinterpret_cast<decltype(&supacc_build_id)>(find("supacc_build_id"));
  compile_ = reinterpret_cast<decltype(&supacc_compile)>(find("supacc_compile"));
  link_ = reinterpret_cast<decltype(&supacc_link)>(find("supacc_link"));
  release_ = reinterpret_cast<decltype(&supacc_release)>(find("supacc_release"));
  const bool complete = version != nullptr && build_id_ != nullptr && compile_ != nullptr &&
                        link_ != nullptr && release_ != nullptr;
  if (!complete || version() != SUPACC_ABI_VERSION) {
    dlclose(library);
    return MakeError(
        supaErrorJitCompilerNotFound,
        complete ? absl::StrCat("The kernel compiler '", path,
                                "' has another interface version than ", SUPACC_ABI_VERSION, ".")
                 : absl::StrCat("'", path, "' is no kernel compiler of OpenSUPA."));
  }
  library_ = library;
  return absl::OkStatus();
}

Status CompilerLibrary::Open() {
  std::lock_guard lock(mutex_);
  return OpenLocked();
}

StatusOr<std::string> CompilerLibrary::BuildId() {
  SUPA_RETURN_IF_ERROR(Open());
  return std::string(build_id_());
}

StatusOr<std::string> CompilerLibrary::Identity() {
  std::lock_guard lock(mutex_);
  if (identity_.empty()) identity_ = ElfBuildId(Path());
  if (identity_.empty()) {
    // Linked without an identity: the compiler must say itself what it is.
    SUPA_RETURN_IF_ERROR(OpenLocked());
    identity_ = build_id_();
  }
  return identity_;
}

StatusOr<CompilerLibrary::Output> CompilerLibrary::Compile(const Input& bitcode,
                                                           absl::string_view target,
                                                           absl::string_view options_json) {
  SUPA_RETURN_IF_ERROR(Open());
  OPENSUPA_FAULT_POINT("runtime.compile");
  const supacc_buffer buffer{bitcode.bytes.data(), bitcode.bytes.size(), bitcode.name.c_str()};
  supacc_output out{};
  const supacc_status status =
      compile_(&buffer, std::string(target).c_str(), std::string(options_json).c_str(), &out);
  return Take(status, out, release_,
              absl::StrCat("Compiling the device code of '", bitcode.name, "' for ", target));
}

StatusOr<CompilerLibrary::Output> CompilerLibrary::Link(const std::vector<Input>& fat_binaries) {
  SUPA_RETURN_IF_ERROR(Open());
  OPENSUPA_FAULT_POINT("runtime.device_link");
  std::vector<supacc_buffer> buffers;
  for (const Input& input : fat_binaries) {
    buffers.push_back({input.bytes.data(), input.bytes.size(), input.name.c_str()});
  }
  supacc_output out{};
  const supacc_status status = link_(buffers.data(), buffers.size(), "{}", &out);
  return Take(status, out, release_, "Linking the relocatable device code of a program");
}

}  // namespace opensupa::rt
