#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>
#include "absl/strings/string_view.h"

#include "absl/container/flat_hash_map.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/core/compiler_library.h"
#include "opensupa/core/kernel_cache.h"
#include "opensupa/hal/types.h"

namespace opensupa::rt {

/// Where native code comes from when a fat binary does not hold it: the kernel cache, else the
/// compiler. Thread safe; the same thing is never compiled twice at one time in one process.
class CodeStore {
 public:
  CodeStore(std::filesystem::path cache_folder, uint64_t cache_max_bytes)
      : cache_(std::move(cache_folder), cache_max_bytes) {}

  using Code = KernelCache::Made;

  /// Code object of `bitcode` for `target`. `fresh` passes the cache over and replaces its file.
  StatusOr<Code> Compile(const CompilerLibrary::Input& bitcode, absl::string_view target,
                         bool fresh);
  /// The same for one kernel and blocks of one size. kNotFound if it is not in the cache and may
  /// not be compiled.
  StatusOr<Code> CompileForBlock(const CompilerLibrary::Input& bitcode, absl::string_view target,
                                 const std::string& kernel, const hal::Dim3& block,
                                 bool may_compile);
  /// Whether the options want code other than what brcc puts beside the portable code.
  static StatusOr<bool> WantsOwnCode();
  /// One fat binary from relocatable ones.
  StatusOr<Code> Link(const std::vector<CompilerLibrary::Input>& fat_binaries);

  KernelCache& cache() { return cache_; }
  CompilerLibrary& compiler() { return compiler_; }

 private:
  KernelCache cache_;
  CompilerLibrary compiler_;
  std::mutex locks_mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>, std::less<>> locks_;
  std::shared_ptr<std::mutex> LockOf(const std::string& key);
  StatusOr<CacheKey> KeyOf(const CompilerLibrary::Input& bitcode, absl::string_view target,
                           const std::string& more_options);
};

/// One device image of the process: a parsed fat binary with the native code made from it so far.
/// Thread safe.
class Image {
 public:
  /// kDataLoss, kFailedPrecondition as ParseFatBinary says. `name` is for messages. A relocatable
  /// image is linked on its own.
  static StatusOr<std::shared_ptr<Image>> Parse(std::span<const std::byte> bytes,
                                                absl::string_view name, CodeStore& store);
  /// The error of a program whose fat binary cannot be read; `name` is for the message.
  static Status CannotUse(const Status& status, absl::string_view name);
  /// Several relocatable images as one.
  static StatusOr<std::shared_ptr<Image>> Link(
      const std::vector<std::span<const std::byte>>& images, CodeStore& store);

  /// `bytes` holds what `fat_binary` refers to, unless that stays elsewhere.
  Image(binary::LazyFatBinary fat_binary, std::vector<std::byte> bytes);

  /// The host's storage of a __managed__ variable.
  struct ManagedStorage {
    void* storage = nullptr;
    uint64_t size_bytes = 0;
  };
  using ManagedVariables = std::map<std::string, ManagedStorage, std::less<>>;
  /// Tells where the program keeps its managed variables; before the image is used.
  void SetManaged(ManagedVariables variables) { managed_ = std::move(variables); }
  const ManagedVariables& managed() const { return managed_; }

  /// Everything but the code.
  const binary::FatBinary& fat_binary() const { return fat_binary_.head(); }
  /// True when code can be made for any target.
  bool has_portable_code() const { return fat_binary_.has_bitcode(); }
  /// Null when the image has no such kernel.
  const binary::KernelInfo* FindKernel(absl::string_view name) const;

  /// True when the image brings code for `target` that nothing has to be compiled for.
  bool HasNativeCode(absl::string_view target) const {
    return fat_binary_.HasNative(std::string(target));
  }

  enum class Source { kAny, kCompiler };
  /// Native code for `target`. kCompiler passes over code that is there already, for the case that
  /// a device refused it.
  StatusOr<std::shared_ptr<const std::vector<std::byte>>> CodeFor(absl::string_view target,
                                                                  Source source, CodeStore& store,
                                                                  std::string* log);
  /// Native code of one kernel for blocks of one size; as CodeStore::CompileForBlock says.
  StatusOr<std::vector<std::byte>> CodeForBlock(absl::string_view target, const std::string& kernel,
                                                const hal::Dim3& block, CodeStore& store,
                                                bool may_compile) const;

 private:
  StatusOr<std::vector<std::byte>> FindOrMake(absl::string_view target, Source source,
                                              CodeStore& store, std::string* log);

  const std::vector<std::byte> bytes_;
  const binary::LazyFatBinary fat_binary_;
  absl::flat_hash_map<absl::string_view, const binary::KernelInfo*> kernels_;
  ManagedVariables managed_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const std::vector<std::byte>>, std::less<>> code_;
};

}  // namespace opensupa::rt
