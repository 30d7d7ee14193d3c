#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "driver_handles.h"
#include "function_attributes.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::api {
namespace {

using Bytes = std::span<const std::byte>;

/// The fat binary at `image`, which may also be the record that compiled objects hold of one.
StatusOr<Bytes> BytesAt(const void* image) {
  SUPA_RETURN_IF_ERROR(NotNull(image, "image"));
  uint32_t magic = 0;
  std::memcpy(&magic, image, sizeof(magic));
  if (magic == binary::kWrapperMagic) {
    binary::FatBinaryWrapper wrapper;
    std::memcpy(&wrapper, image, sizeof(wrapper));
    if (wrapper.version == binary::kWrapperVersion && wrapper.fat_binary != nullptr) {
      image = wrapper.fat_binary;
    }
  }
  StatusOr<uint64_t> size_bytes = binary::FatBinarySize(image);
  if (!size_bytes.ok()) return rt::WithCode(size_bytes.status(), supaErrorInvalidKernelImage);
  return Bytes(static_cast<const std::byte*>(image), *size_bytes);
}

StatusOr<std::vector<std::byte>> ReadFile(const char* file_name) {
  OPENSUPA_FAULT_POINT("runtime.module_read");
  constexpr size_t kStepBytes = 1 << 16;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(file_name, "rbe"), &std::fclose);
  std::vector<std::byte> bytes;
  size_t read_bytes = 0;
  while (file != nullptr) {
    bytes.resize(read_bytes + kStepBytes);
    const size_t step_bytes = std::fread(bytes.data() + read_bytes, 1, kStepBytes, file.get());
    read_bytes += step_bytes;
    if (step_bytes == 0) break;
  }
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return MakeError(supaErrorFileNotFound,
                     absl::StrFormat("Module file '%s' cannot be read.", file_name));
  }
  bytes.resize(read_bytes);
  return bytes;
}

Status Load(SUmodule* module, Bytes bytes, const char* name, std::string* log) {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Image> image,
                        rt::Image::Parse(bytes, name, Process().code_store()));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Module> loaded,
                        context->modules().Load(std::move(image), log));
  *module = reinterpret_cast<SUmodule>(loaded.get());
  Process().modules().Insert(*module, std::move(loaded));
  return absl::OkStatus();
}

StatusOr<std::shared_ptr<rt::Module>> FindModule(SUmodule handle) {
  std::shared_ptr<rt::Module> module = Process().modules().Find(handle);
  if (module != nullptr) return module;
  return MakeError(
      supaErrorInvalidResourceHandle,
      absl::StrFormat("Handle %p is no loaded module.", static_cast<const void*>(handle)));
}

/// The options of a load that have an effect here. Values stand in the pointers of the list.
class JitOptions {
 public:
  Status Parse(unsigned int count, const SUjit_option* options, void** values) {
    if (count == 0) return absl::OkStatus();
    SUPA_RETURN_IF_ERROR(NotNull(options, "options"));
    SUPA_RETURN_IF_ERROR(NotNull(values, "option_values"));
    for (unsigned int i = 0; i < count; ++i) {
      if (static_cast<unsigned int>(options[i]) >= SU_JIT_NUM_OPTIONS) {
        return MakeError(supaErrorInvalidValue,
                         absl::StrFormat("There is no option %d of a module load.",
                                         static_cast<int>(options[i])));
      }
      slots_[options[i]] = &values[i];
    }
    return absl::OkStatus();
  }

  /// Hands out the log, the error's text and the time the load took.
  void Report(const std::string& log, const Status& status, float milliseconds) const {
    WriteLog(SU_JIT_INFO_LOG_BUFFER, SU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, log);
    WriteLog(SU_JIT_ERROR_LOG_BUFFER, SU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
             std::string(status.message()));
    if (void** slot = slots_[SU_JIT_WALL_TIME]) {
      std::memcpy(slot, &milliseconds, sizeof(milliseconds));
    }
  }

 private:
  void WriteLog(SUjit_option buffer, SUjit_option size, const std::string& text) const {
    if (slots_[buffer] == nullptr || slots_[size] == nullptr || *slots_[buffer] == nullptr) return;
    const auto room = static_cast<unsigned int>(reinterpret_cast<uintptr_t>(*slots_[size]));
    if (room == 0) return;
    auto* out = static_cast<char*>(*slots_[buffer]);
    const size_t bytes = std::min<size_t>(text.size(), room - 1);
    std::memcpy(out, text.data(), bytes);
    out[bytes] = '\0';
    *slots_[size] = reinterpret_cast<void*>(static_cast<uintptr_t>(bytes));
  }

  void** slots_[SU_JIT_NUM_OPTIONS] = {};
};

}  // namespace

StatusOr<std::shared_ptr<rt::Function>> FindFunction(SUfunction handle) {
  std::shared_ptr<rt::Function> function = Process().functions().Find(handle);
  if (function != nullptr) return function;
  return MakeError(supaErrorInvalidResourceHandle,
                   absl::StrFormat("Handle %p is no kernel of a loaded module.",
                                   static_cast<const void*>(handle)));
}

SUresult suModuleLoad(SUmodule* module, const char* file_name) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(module, "module"));
    SUPA_RETURN_IF_ERROR(NotNull(file_name, "file_name"));
    SUPA_ASSIGN_OR_RETURN(std::vector<std::byte> bytes, ReadFile(file_name));
    return Load(module, bytes, file_name, nullptr);
  });
}

SUresult suModuleLoadData(SUmodule* module, const void* image) {
  return api::suModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

SUresult suModuleLoadDataEx(SUmodule* module, const void* image, unsigned int num_options,
                            SUjit_option* options, void** option_values) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(module, "module"));
    JitOptions parsed;
    SUPA_RETURN_IF_ERROR(parsed.Parse(num_options, options, option_values));
    const auto start = std::chrono::steady_clock::now();
    std::string log;
    StatusOr<Bytes> bytes = BytesAt(image);
    Status status = bytes.ok() ? Load(module, *bytes, "in memory", &log) : bytes.status();
    const std::chrono::duration<float, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    parsed.Report(log, status, elapsed.count());
    return status;
  });
}

SUresult suModuleLoadFatBinary(SUmodule* module, const void* fat_binary) {
  return api::suModuleLoadDataEx(module, fat_binary, 0, nullptr, nullptr);
}

SUresult suModuleUnload(SUmodule module) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Module> found, FindModule(module));
    SUPA_RETURN_IF_ERROR(found->context().modules().Unload(found));
    Process().modules().Remove(module);
    Process().functions().RemoveIf(
        [&](const rt::Function& function) { return &function.module() == found.get(); });
    return absl::OkStatus();
  });
}

SUresult suModuleGetFunction(SUfunction* function, SUmodule module, const char* name) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(function, "function"));
    SUPA_RETURN_IF_ERROR(NotNull(name, "name"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Module> found, FindModule(module));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> kernel, found->FindFunction(name));
    *function = reinterpret_cast<SUfunction>(kernel.get());
    Process().functions().Insert(*function, std::move(kernel));
    return absl::OkStatus();
  });
}

SUresult suModuleGetGlobal(SUdeviceptr* dev_ptr, size_t* bytes, SUmodule module, const char* name) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(name, "name"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Module> found, FindModule(module));
    SUPA_ASSIGN_OR_RETURN(rt::Variable variable, found->FindVariable(name));
    if (dev_ptr != nullptr) *dev_ptr = variable.address;
    if (bytes != nullptr) *bytes = variable.size_bytes;
    return absl::OkStatus();
  });
}

SUresult suFuncGetAttribute(int* value, SUfunction_attribute attribute, SUfunction function) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(value, "value"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    SUPA_ASSIGN_OR_RETURN(*value, FunctionAttribute(*found, attribute));
    return absl::OkStatus();
  });
}

SUresult suFuncSetAttribute(SUfunction function, SUfunction_attribute attribute, int value) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    return SetFunctionAttribute(*found, attribute, value);
  });
}

SUresult suFuncSetCacheConfig(SUfunction function, SUfunc_cache config) {
  return CallDriver([&]() -> Status {
    if (static_cast<unsigned int>(config) > SU_FUNC_CACHE_PREFER_EQUAL) {
      return MakeError(supaErrorInvalidValue, absl::StrFormat("There is no cache preference %d.",
                                                              static_cast<int>(config)));
    }
    return FindFunction(function).status();
  });
}

SUresult suFuncSetSharedMemConfig(SUfunction function, SUsharedconfig config) {
  return CallDriver([&]() -> Status {
    if (static_cast<unsigned int>(config) > SU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no bank size %d.", static_cast<int>(config)));
    }
    return FindFunction(function).status();
  });
}

SUresult suFuncGetModule(SUmodule* module, SUfunction function) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(module, "module"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    // A kernel of the program itself has a module, too, which has no handle before this.
    *module = reinterpret_cast<SUmodule>(&found->module());
    Process().modules().Insert(*module, found->module().shared_from_this());
    return absl::OkStatus();
  });
}

SUresult suFuncGetName(const char** name, SUfunction function) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(name, "name"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    *name = found->info().name.c_str();  // lives as long as the image
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
