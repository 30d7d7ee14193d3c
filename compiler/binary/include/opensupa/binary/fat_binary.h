#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace opensupa::binary {

inline constexpr uint32_t kWrapperMagic = 0x53555041;  // "SUPA"
inline constexpr uint32_t kWrapperVersion = 1;
inline constexpr uint32_t kDeviceIrVersion = 1;
/// Module flag of the device IR that holds the optimisation level, 0 to 3, the source was compiled
/// for.
inline constexpr char kOptLevelModuleFlag[] = "supa.opt_level";
inline constexpr int kDefaultOptLevel = 3;
/// Ends the name of the variable that holds the address of a __managed__ variable.
inline constexpr char kManagedSlotSuffix[] = ".managed";

/// What a host object's .supaFatBinSegment section holds.
struct FatBinaryWrapper {
  uint32_t magic;
  uint32_t version;
  const void* fat_binary;
  void* reserved;
};

/// What the runtime must know of a kernel without compiling it.
struct KernelInfo {
  struct Param {
    uint32_t offset_bytes;
    uint32_t size_bytes;
  };
  std::string name;  // mangled device name
  std::vector<Param> params;
  uint32_t args_size_bytes = 0;
  uint32_t static_shared_bytes = 0;
  uint32_t local_bytes_per_thread = 0;
  uint32_t constant_bytes = 0;
  uint32_t registers_per_thread = 0;   // estimate
  uint32_t max_threads_per_block = 0;  // __launch_bounds__; 0 = none
  uint32_t min_blocks_per_multiprocessor = 0;
  std::array<uint32_t, 3> cluster_dim = {0, 0, 0};  // __cluster_dims__ in blocks; 0 = none
};

struct VariableInfo {
  std::string name;
  uint64_t size_bytes = 0;
  bool constant = false;
  bool managed = false;
  bool external = false;  // declared here, defined in another translation unit (rdc only)
};

/// One device image: portable IR for every device, beside native code objects for some targets.
struct FatBinary {
  struct NativeImage {
    std::string target;                  // CodeObject::target
    std::vector<std::byte> code_object;  // a serialised CodeObject
  };
  uint32_t ir_version = kDeviceIrVersion;
  bool relocatable = false;  // -fgpu-rdc: must be linked with the other images of its shared object
  std::string producer;      // compiler name and version
  std::string source;        // name of the translation unit, for messages
  std::vector<std::string> architectures;  // --supa-gpu-arch values, informative
  std::vector<std::byte> bitcode;          // portable device IR (LLVM bitcode), uncompressed here
  std::vector<KernelInfo> kernels;
  std::vector<VariableInfo> variables;
  std::vector<NativeImage> native;
};

/// Serialises: header {magic "SUPAFATB", version, total size, checksum (XXH3) of the body}, then
/// the body, whose large parts are zstd frames. The total size stands in the header since a loaded
/// program knows only the start address.
std::vector<std::byte> Serialize(const FatBinary& fat_binary);

/// Size that the header at `data` claims, in bytes, after checking the magic; for blobs that are
/// known by address only.
absl::StatusOr<uint64_t> FatBinarySize(const void* data);

/// Parses and checks every length and the checksum. kDataLoss for truncated or corrupt bytes and
/// for bytes that are no fat binary, kFailedPrecondition for a format or IR version this build does
/// not know (both versions are named).
absl::StatusOr<FatBinary> ParseFatBinary(std::span<const std::byte> bytes);

/// A fat binary whose large parts are expanded only when they are asked for, since a program that
/// starts needs one of them. Refers to the bytes it was opened on, which must outlive it. Thread
/// safe.
class LazyFatBinary {
 public:
  /// Checks and fails as ParseFatBinary does, except for the content of the large parts.
  static absl::StatusOr<LazyFatBinary> Open(std::span<const std::byte> bytes);

  /// Everything but the large parts: `bitcode` and `native` are empty.
  const FatBinary& head() const { return head_; }
  bool has_bitcode() const { return bitcode_.raw_bytes != 0; }
  bool HasNative(std::string_view target) const;
  /// kDataLoss when the part is corrupt, for both; kNotFound when there is no code for `target`.
  absl::StatusOr<std::vector<std::byte>> Bitcode() const;
  absl::StatusOr<std::vector<std::byte>> Native(std::string_view target) const;

 private:
  struct Part {
    std::string name;  // a native image's target
    uint64_t raw_bytes = 0;
    std::span<const std::byte> frame;
  };
  FatBinary head_;
  Part bitcode_;
  std::vector<Part> native_;
};

/// Finds a native image for `target`, or null.
const FatBinary::NativeImage* FindNative(const FatBinary& fat_binary, std::string_view target);

/// 128-bit content hash as 32 hex digits, for cache keys.
std::string ContentHash(std::span<const std::byte> bytes);

}  // namespace opensupa::binary
