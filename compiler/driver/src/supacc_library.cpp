#include "supacc_library.h"

#include <dlfcn.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc {

struct SupaccLibrary::Functions {
  decltype(&supacc_finalize_device) finalize_device;
  decltype(&supacc_embed_host) embed_host;
  decltype(&supacc_link) link;
  decltype(&supacc_compile) compile;
  decltype(&supacc_release) release;
};

namespace {

template <typename Function>
Status Find(void* library, const char* name, const std::string& path, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("the compiler library '", path, "' has no function ", name));
  }
  return absl::OkStatus();
}

/// Moves `output` into a result or an error, and releases it.
StatusOr<SupaccResult> Take(supacc_status status, supacc_output& output,
                            decltype(&supacc_release) release) {
  SupaccResult result;
  if (output.data != nullptr) {
    result.bytes.assign(static_cast<const char*>(output.data), output.size_bytes);
  }
  if (output.log != nullptr) result.log = output.log;
  release(&output);
  if (status == SUPACC_OK) return result;
  if (result.log.empty()) {
    result.log =
        absl::StrCat("the compiler library failed with status ", status, " and gave no reason");
  }
  switch (status) {
    case SUPACC_ERROR_INVALID:
    case SUPACC_ERROR_LINK:
      return absl::InvalidArgumentError(result.log);
    case SUPACC_ERROR_MEMORY:
      return absl::ResourceExhaustedError(result.log);
    default:
      return absl::InternalError(result.log);
  }
}

}  // namespace

StatusOr<SupaccLibrary> SupaccLibrary::Open(const std::string& path) {
  OPENSUPA_FAULT_POINT("brcc.open_compiler_library");
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot open the compiler library: ", dlerror()));
  }
  decltype(&supacc_abi_version) version = nullptr;
  SUPA_RETURN_IF_ERROR(Find(library, "supacc_abi_version", path, version));
  if (version() != SUPACC_ABI_VERSION) {
    return absl::FailedPreconditionError(
        absl::StrCat("the compiler library '", path, "' speaks version ", version(),
                     " of its interface, and this brcc version ", SUPACC_ABI_VERSION));
  }
  static Functions functions;
  SUPA_RETURN_IF_ERROR(Find(library, "supacc_finalize_device", path, functions.finalize_device));
  SUPA_RETURN_IF_ERROR(Find(library, "supacc_embed_host", path, functions.embed_host));
  SUPA_RETURN_IF_ERROR(Find(library, "supacc_link", path, functions.link));
  SUPA_RETURN_IF_ERROR(Find(library, "supacc_compile", path, functions.compile));
  SUPA_RETURN_IF_ERROR(Find(library, "supacc_release", path, functions.release));
  return SupaccLibrary(&functions);
}

StatusOr<SupaccResult> SupaccLibrary::FinalizeDevice(const std::string& bitcode,
                                                     const std::string& name,
                                                     const std::string& options_json) const {
  OPENSUPA_FAULT_POINT("brcc.finalize_device");
  const supacc_buffer buffer = {bitcode.data(), bitcode.size(), name.c_str()};
  supacc_output output = {};
  const supacc_status status = functions_->finalize_device(&buffer, options_json.c_str(), &output);
  return Take(status, output, functions_->release);
}

StatusOr<SupaccResult> SupaccLibrary::EmbedHost(const std::string& bitcode,
                                                const std::string& fat_binary,
                                                const std::string& name,
                                                const std::string& options_json) const {
  OPENSUPA_FAULT_POINT("brcc.embed_host");
  const supacc_buffer buffer = {bitcode.data(), bitcode.size(), name.c_str()};
  const supacc_buffer device_half = {fat_binary.data(), fat_binary.size(), name.c_str()};
  supacc_output output = {};
  const supacc_status status = functions_->embed_host(
      &buffer, fat_binary.empty() ? nullptr : &device_half, options_json.c_str(), &output);
  return Take(status, output, functions_->release);
}

StatusOr<SupaccResult> SupaccLibrary::Compile(const std::string& bitcode, const std::string& name,
                                              const std::string& target,
                                              const std::string& options_json) const {
  OPENSUPA_FAULT_POINT("brcc.compile_device");
  const supacc_buffer buffer = {bitcode.data(), bitcode.size(), name.c_str()};
  supacc_output output = {};
  const supacc_status status =
      functions_->compile(&buffer, target.c_str(), options_json.c_str(), &output);
  return Take(status, output, functions_->release);
}

StatusOr<SupaccResult> SupaccLibrary::Link(std::span<const DeviceImage> images,
                                           const std::string& options_json) const {
  OPENSUPA_FAULT_POINT("brcc.link_device");
  std::vector<supacc_buffer> buffers;
  for (const DeviceImage& image : images) {
    buffers.push_back({image.bytes.data(), image.bytes.size(), image.origin.c_str()});
  }
  supacc_output output = {};
  const supacc_status status =
      functions_->link(buffers.data(), buffers.size(), options_json.c_str(), &output);
  return Take(status, output, functions_->release);
}

}  // namespace opensupa::cc
