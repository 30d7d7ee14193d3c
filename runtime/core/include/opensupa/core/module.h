#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>
#include "absl/strings/string_view.h"

#include "absl/container/flat_hash_map.h"
#include "opensupa/core/image.h"
#include "opensupa/core/kernel_variants.h"
#include "opensupa/hal/hal.h"

namespace opensupa::rt {

class Context;
class Module;

/// A kernel as loaded in one context.
class Function {
 public:
  Function(Module& module, const binary::KernelInfo& info, hal::KernelHandle handle);
  ~Function();

  Context& context() const;
  Module& module() const { return module_; }
  const binary::KernelInfo& info() const { return info_; }
  /// The code for blocks of any size.
  hal::KernelHandle handle() const { return handle_; }
  /// The code for a launch with that block size.
  hal::KernelHandle HandleFor(const hal::Dim3& block);
  KernelVariants& variants() { return variants_; }
  /// True for the code for any or for one block size.
  bool HasHandle(hal::KernelHandle handle) const;
  /// What the device of its context runs.
  const std::string& code_target() const { return code_target_; }
  /// Most threads of a block: the device's limit or the kernel's launch bound.
  uint32_t max_threads_per_block() const { return max_threads_per_block_; }

  /// Largest dynamic shared memory a launch may ask for; raised with an attribute.
  std::atomic<uint32_t> max_dynamic_shared_bytes;
  std::atomic<int> shared_carveout{-1};
  /// Whether clusters of more than kPortableClusterBlocks blocks are allowed.
  std::atomic<bool> large_clusters{false};
  static constexpr uint32_t kPortableClusterBlocks = 8;

 private:
  Module& module_;
  const binary::KernelInfo& info_;
  const hal::KernelHandle handle_;
  const std::string code_target_;
  const bool has_variants_;
  KernelVariants variants_;
  uint32_t max_threads_per_block_;
};

/// A device variable as loaded in one context.
struct Variable {
  uint64_t address = 0;
  uint64_t size_bytes = 0;
};

/// An image loaded in one context. Thread safe.
class Module : public std::enable_shared_from_this<Module> {
 public:
  static StatusOr<std::shared_ptr<Module>> Load(Context& context, std::shared_ptr<Image> image,
                                                std::string* log);
  Module(Context& context, std::shared_ptr<Image> image, hal::ProgramId program);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  Context& context() const { return context_; }
  const std::shared_ptr<Image>& image() const { return image_; }
  /// Stays when the context goes.
  hal::Device& device() const { return *device_; }

  /// supaErrorSymbolNotFound when there is no such kernel. The pointer keeps the module loaded.
  StatusOr<std::shared_ptr<Function>> FindFunction(absl::string_view name);
  StatusOr<Variable> FindVariable(absl::string_view name) const;
  /// Name of the kernel behind `handle`, empty when it is none of this module.
  std::string KernelName(hal::KernelHandle handle) const;

 private:
  Status RegisterVariables();

  Context& context_;
  std::shared_ptr<hal::Device> device_;
  std::shared_ptr<Image> image_;
  hal::ProgramId program_;
  absl::flat_hash_map<std::string, Variable> variables_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, std::unique_ptr<Function>> functions_;
};

/// The modules of one context, and what the program's own kernels and variables are in it. Thread
/// safe; looking up a kernel that is loaded takes a shared lock only.
class ModuleSet {
 public:
  explicit ModuleSet(Context& context) : context_(context) {}

  /// The kernel behind a host stub, loaded at need. supaErrorInvalidDeviceFunction.
  StatusOr<std::shared_ptr<Function>> FunctionOfStub(const void* stub);
  /// The variable behind a host shadow, loaded at need. supaErrorInvalidSymbol.
  StatusOr<Variable> VariableOfShadow(const void* shadow);

  /// A module of its own for an image that the program loads by hand.
  StatusOr<std::shared_ptr<Module>> Load(std::shared_ptr<Image> image, std::string* log);
  /// Waits for the context's work and forgets the module.
  Status Unload(const std::shared_ptr<Module>& module);
  /// Forgets what was loaded of a registered image that goes away.
  void UnloadImage(const std::shared_ptr<Image>& image);
  void Clear();

  std::string KernelName(hal::KernelHandle handle) const;

 private:
  StatusOr<std::shared_ptr<Module>> ModuleOfImage(const std::shared_ptr<Image>& image);

  Context& context_;
  std::mutex load_mutex_;  // one load of a registered image at a time; taken before mutex_
  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<const void*, std::shared_ptr<Function>> stubs_;
  absl::flat_hash_map<const void*, Variable> shadows_;
  absl::flat_hash_map<const Image*, std::shared_ptr<Module>> by_image_;
  std::vector<std::shared_ptr<Module>> loaded_;
};

}  // namespace opensupa::rt
