#include "opensupa/core/image.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "opensupa/base/log.h"
#include "opensupa/base/options.h"
#include "opensupa/binary/device_abi.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

/// Options of the run-time compilation, as JSON.
StatusOr<std::string> CompileOptions(const std::string& more = "") {
  SUPA_ASSIGN_OR_RETURN(const int64_t level, options::GetInteger(options::kJitOptLevel));
  if (level < -1 || level > 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("Option ", options::kJitOptLevel.name, " is ", level,
                     ", which is neither a level from 0 to 3 nor -1."));
  }
  std::vector<std::string> members;
  if (level != -1) members.push_back(absl::StrCat("\"opt_level\":", level));
  if (options::GetBoolean(options::kWarpLockstep)) members.push_back("\"warp_lockstep\":true");
  const std::string dump_folder = options::Get(options::kJitDump);
  if (!dump_folder.empty()) {
    members.push_back(absl::StrCat("\"dump_folder\":", nlohmann::json(dump_folder).dump()));
  }
  if (!more.empty()) members.push_back(more);
  return absl::StrCat("{", absl::StrJoin(members, ","), "}");
}

constexpr char kUsualOptions[] = "{}";

std::string NameOf(const binary::FatBinary& fat_binary) {
  return fat_binary.source.empty() ? "device image" : fat_binary.source;
}

}  // namespace

std::shared_ptr<std::mutex> CodeStore::LockOf(const std::string& key) {
  std::lock_guard lock(locks_mutex_);
  std::shared_ptr<std::mutex>& entry = locks_[key];
  if (entry == nullptr) entry = std::make_shared<std::mutex>();
  return entry;
}

StatusOr<CacheKey> CodeStore::KeyOf(const CompilerLibrary::Input& bitcode, absl::string_view target,
                                    const std::string& more_options) {
  CacheKey key;
  key.kind = "compile";
  SUPA_ASSIGN_OR_RETURN(key.compiler, compiler_.Identity());
  SUPA_ASSIGN_OR_RETURN(key.options, CompileOptions(more_options));
  key.target = std::string(target);
  key.device_abi = binary::abi::kDeviceAbiVersion;
  key.input = binary::ContentHash(bitcode.bytes);
  return key;
}

StatusOr<CodeStore::Code> CodeStore::CompileForBlock(const CompilerLibrary::Input& bitcode,
                                                     absl::string_view target,
                                                     const std::string& kernel,
                                                     const hal::Dim3& block, bool may_compile) {
  const nlohmann::json wanted = {{"kernel", kernel}, {"block", {block.x, block.y, block.z}}};
  SUPA_ASSIGN_OR_RETURN(const CacheKey key,
                        KeyOf(bitcode, target, absl::StrCat("\"specialize\":", wanted.dump())));
  if (!may_compile) {
    std::optional<std::vector<std::byte>> found = cache_.Read(key);
    if (!found.has_value()) return absl::NotFoundError("The kernel cache does not hold it.");
    return Code{*std::move(found), ""};
  }
  return cache_.GetOrMake(key, bitcode.name, false, [&]() -> StatusOr<Code> {
    SUPA_ASSIGN_OR_RETURN(CompilerLibrary::Output output,
                          compiler_.Compile(bitcode, target, key.options));
    return Code{std::move(output.bytes), std::move(output.log)};
  });
}

StatusOr<CodeStore::Code> CodeStore::Compile(const CompilerLibrary::Input& bitcode,
                                             absl::string_view target, bool fresh) {
  SUPA_ASSIGN_OR_RETURN(const CacheKey key, KeyOf(bitcode, target, ""));
  std::shared_ptr<std::mutex> mutex = LockOf(key.FileName());
  std::lock_guard lock(*mutex);
  return cache_.GetOrMake(key, bitcode.name, fresh, [&]() -> StatusOr<Code> {
    SUPA_ASSIGN_OR_RETURN(CompilerLibrary::Output output,
                          compiler_.Compile(bitcode, target, key.options));
    return Code{std::move(output.bytes), std::move(output.log)};
  });
}

StatusOr<CodeStore::Code> CodeStore::Link(const std::vector<CompilerLibrary::Input>& fat_binaries) {
  CacheKey key;
  key.kind = "link";
  SUPA_ASSIGN_OR_RETURN(key.compiler, compiler_.Identity());
  std::vector<std::string> names;
  for (const CompilerLibrary::Input& input : fat_binaries) {
    absl::StrAppend(&key.input, key.input.empty() ? "" : ",", binary::ContentHash(input.bytes));
    names.push_back(input.name);
  }
  std::shared_ptr<std::mutex> mutex = LockOf(key.FileName());
  std::lock_guard lock(*mutex);
  return cache_.GetOrMake(key, absl::StrJoin(names, ", "), false, [&]() -> StatusOr<Code> {
    SUPA_ASSIGN_OR_RETURN(CompilerLibrary::Output output, compiler_.Link(fat_binaries));
    return Code{std::move(output.bytes), std::move(output.log)};
  });
}

StatusOr<bool> CodeStore::WantsOwnCode() {
  const StatusOr<std::string> compile_options = CompileOptions();
  SUPA_RETURN_IF_ERROR(compile_options.status());
  return *compile_options != kUsualOptions;
}

Status Image::CannotUse(const Status& status, absl::string_view name) {
  const supaError_t code = status.code() == absl::StatusCode::kFailedPrecondition
                               ? supaErrorUnsupportedPtxVersion
                               : supaErrorInvalidKernelImage;
  return WithContext(WithCode(status, code), absl::StrCat("loading the device image ", name));
}

Image::Image(binary::LazyFatBinary fat_binary, std::vector<std::byte> bytes)
    : bytes_(std::move(bytes)), fat_binary_(std::move(fat_binary)) {
  for (const binary::KernelInfo& kernel : fat_binary_.head().kernels) {
    kernels_[kernel.name] = &kernel;
  }
}

StatusOr<std::shared_ptr<Image>> Image::Parse(std::span<const std::byte> bytes,
                                              absl::string_view name, CodeStore& store) {
  std::vector<std::byte> own(bytes.begin(), bytes.end());
  StatusOr<binary::LazyFatBinary> parsed = binary::LazyFatBinary::Open(own);
  if (!parsed.ok()) return CannotUse(parsed.status(), name);
  if (parsed->head().relocatable) return Link({bytes}, store);
  return std::make_shared<Image>(*std::move(parsed), std::move(own));
}

StatusOr<std::shared_ptr<Image>> Image::Link(const std::vector<std::span<const std::byte>>& images,
                                             CodeStore& store) {
  std::vector<CompilerLibrary::Input> inputs;
  for (std::span<const std::byte> image : images) {
    StatusOr<binary::LazyFatBinary> parsed = binary::LazyFatBinary::Open(image);
    if (!parsed.ok()) return CannotUse(parsed.status(), "to be linked");
    inputs.push_back({image, NameOf(parsed->head())});
  }
  SUPA_ASSIGN_OR_RETURN(CodeStore::Code linked, store.Link(inputs));
  StatusOr<binary::LazyFatBinary> parsed = binary::LazyFatBinary::Open(linked.bytes);
  if (!parsed.ok()) return CannotUse(parsed.status(), "that the linker made");
  return std::make_shared<Image>(*std::move(parsed), std::move(linked.bytes));
}

const binary::KernelInfo* Image::FindKernel(absl::string_view name) const {
  auto it = kernels_.find(name);
  return it == kernels_.end() ? nullptr : it->second;
}

StatusOr<std::vector<std::byte>> Image::FindOrMake(absl::string_view target, Source source,
                                                   CodeStore& store, std::string* log) {
  SUPA_ASSIGN_OR_RETURN(const bool own_code, CodeStore::WantsOwnCode());
  if (source == Source::kAny && (!own_code || !has_portable_code())) {
    auto native = fat_binary_.Native(std::string(target));
    if (!absl::IsNotFound(native.status())) return native;
  }
  const std::string name = NameOf(fat_binary());
  if (!has_portable_code()) {
    return MakeError(supaErrorNoKernelImageForDevice,
                     absl::StrCat("The device image of '", name, "' holds no code for ", target,
                                  " and none to compile."));
  }
  SUPA_ASSIGN_OR_RETURN(const std::vector<std::byte> bitcode, fat_binary_.Bitcode());
  SUPA_ASSIGN_OR_RETURN(CodeStore::Code made,
                        store.Compile({bitcode, name}, target, source == Source::kCompiler));
  if (log != nullptr) *log = std::move(made.log);
  return std::move(made.bytes);
}

StatusOr<std::vector<std::byte>> Image::CodeForBlock(absl::string_view target,
                                                     const std::string& kernel,
                                                     const hal::Dim3& block, CodeStore& store,
                                                     bool may_compile) const {
  SUPA_ASSIGN_OR_RETURN(const std::vector<std::byte> bitcode, fat_binary_.Bitcode());
  SUPA_ASSIGN_OR_RETURN(
      CodeStore::Code made,
      store.CompileForBlock({bitcode, NameOf(fat_binary())}, target, kernel, block, may_compile));
  return std::move(made.bytes);
}

StatusOr<std::shared_ptr<const std::vector<std::byte>>> Image::CodeFor(absl::string_view target,
                                                                       Source source,
                                                                       CodeStore& store,
                                                                       std::string* log) {
  std::lock_guard lock(mutex_);
  if (auto it = code_.find(target); source == Source::kAny && it != code_.end()) {
    return it->second;
  }
  SUPA_ASSIGN_OR_RETURN(std::vector<std::byte> found, FindOrMake(target, source, store, log));
  auto code = std::make_shared<const std::vector<std::byte>>(std::move(found));
  code_.insert_or_assign(std::string(target), code);
  return code;
}

}  // namespace opensupa::rt
