#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "opensupa/binary/code_object.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::cc::testing {

/// Result of a supacc call: the status code, the bytes and the log.
struct CompileResult {
  int status = 0;
  std::vector<std::byte> bytes;
  std::string log;
};

/// Text of a module's start that portable device IR needs: layout, triple and version stamp.
std::string DeviceHeader();

/// Marks functions as kernels: the annotations of a module's end.
std::string KernelAnnotations(const std::vector<std::string>& kernels);

/// Assembles LLVM text to bitcode; a test failure if it is wrong.
std::vector<std::byte> Assemble(const std::string& text);

/// Best level that this host can run, for instance "x86-64-v3/reference".
std::string HostTargetName();

/// supacc_compile on `bitcode`.
CompileResult CompileBitcode(std::span<const std::byte> bitcode, const std::string& target,
                             const std::string& options = "");

/// Device code loaded into this process, with an engine just good enough for tests: it runs the
/// threads of a block one after the other on the caller's stack.
class ImageRunner {
 public:
  /// A test failure if the bytes are no code object or cannot be mapped.
  explicit ImageRunner(std::span<const std::byte> code_object);
  ~ImageRunner();
  ImageRunner(const ImageRunner&) = delete;
  ImageRunner& operator=(const ImageRunner&) = delete;

  const binary::CodeObject& code() const { return code_; }
  const binary::abi::KernelDescriptor* Descriptor(std::string_view kernel) const;

  /// Address of a device variable, or null.
  void* Variable(std::string_view name) const;

  /// Hooks that device code gets; tests may replace single ones.
  binary::abi::Hooks& hooks() { return hooks_; }

  /// How many blocks kernels that know strips run in one call, and whether stores may bypass the
  /// caches.
  void SetGridMemory(uint32_t strip_blocks, bool stream_stores) {
    strip_blocks_ = strip_blocks;
    stream_stores_ = stream_stores;
  }

  void Launch(std::string_view kernel, binary::abi::Dim3 grid, binary::abi::Dim3 block,
              std::span<const std::byte> args, uint32_t dynamic_shared_bytes = 0);

  /// Launches one thread for each of `threads` in one block, with C-like argument packing.
  template <typename... Args>
  void Run(std::string_view kernel, uint32_t threads, const Args&... args) {
    std::vector<std::byte> buffer;
    (Pack(buffer, args), ...);
    Launch(kernel, {1, 1, 1}, {threads, 1, 1}, buffer);
  }

  template <typename T>
  static void Pack(std::vector<std::byte>& buffer, const T& value) {
    buffer.resize((buffer.size() + alignof(T) - 1) / alignof(T) * alignof(T));
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    buffer.insert(buffer.end(), bytes, bytes + sizeof(T));
  }

 private:
  void RunBlock(const binary::abi::KernelDescriptor& kernel, binary::abi::BlockContext& block);

  binary::CodeObject code_;
  binary::abi::Hooks hooks_ = {};
  uint32_t strip_blocks_ = 1;
  bool stream_stores_ = false;
  std::byte* image_ = nullptr;
  size_t image_bytes_ = 0;
};

/// As CompileText, for the engine that runs threads as lanes of vectors.
std::vector<std::byte> CompileFast(const std::string& text,
                                   const std::vector<std::string>& kernels);

/// Assembles and compiles for this host; a test failure with the log if that fails.
std::vector<std::byte> CompileText(const std::string& text, const std::vector<std::string>& kernels,
                                   const std::string& options = "");

}  // namespace opensupa::cc::testing
