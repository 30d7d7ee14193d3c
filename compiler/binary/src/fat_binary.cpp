#include "opensupa/binary/fat_binary.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "byte_stream.h"

namespace opensupa::binary {
namespace {

constexpr ContainerFormat kFormat{"SUPAFATB", 2, "fat binary"};

constexpr char kBitcodeField[] = "device IR";
constexpr char kNativeField[] = "native image";
constexpr size_t kMinNativeBytes = 20;

constexpr uint32_t kConstant = 1u << 0;
constexpr uint32_t kManaged = 1u << 1;
constexpr uint32_t kExternal = 1u << 2;

void WriteKernel(ByteWriter& writer, const KernelInfo& kernel) {
  writer.String(kernel.name);
  writer.U32(static_cast<uint32_t>(kernel.params.size()));
  for (const KernelInfo::Param& param : kernel.params) {
    writer.U32(param.offset_bytes);
    writer.U32(param.size_bytes);
  }
  writer.U32(kernel.args_size_bytes);
  writer.U32(kernel.static_shared_bytes);
  writer.U32(kernel.local_bytes_per_thread);
  writer.U32(kernel.constant_bytes);
  writer.U32(kernel.registers_per_thread);
  writer.U32(kernel.max_threads_per_block);
  writer.U32(kernel.min_blocks_per_multiprocessor);
  for (const uint32_t blocks : kernel.cluster_dim) writer.U32(blocks);
}

KernelInfo ReadKernel(ByteReader& reader) {
  KernelInfo kernel;
  kernel.name = reader.String("kernel name");
  uint32_t param_count = reader.Count("kernel parameter count", 8);
  kernel.params.reserve(param_count);
  for (uint32_t i = 0; i < param_count && reader.ok(); ++i) {
    KernelInfo::Param param;
    param.offset_bytes = reader.U32("kernel parameter offset");
    param.size_bytes = reader.U32("kernel parameter size");
    kernel.params.push_back(param);
  }
  kernel.args_size_bytes = reader.U32("kernel argument size");
  kernel.static_shared_bytes = reader.U32("kernel shared size");
  kernel.local_bytes_per_thread = reader.U32("kernel local size");
  kernel.constant_bytes = reader.U32("kernel constant size");
  kernel.registers_per_thread = reader.U32("kernel register count");
  kernel.max_threads_per_block = reader.U32("kernel thread limit");
  kernel.min_blocks_per_multiprocessor = reader.U32("kernel block minimum");
  for (uint32_t& blocks : kernel.cluster_dim) blocks = reader.U32("kernel cluster size");
  // The runtime copies each argument to its offset in a buffer of args_size_bytes.
  for (const KernelInfo::Param& param : kernel.params) {
    if (uint64_t{param.offset_bytes} + param.size_bytes > kernel.args_size_bytes) {
      reader.Fail(absl::StrCat("The fat binary is corrupt: a parameter of kernel '", kernel.name,
                               "' ends at byte ", uint64_t{param.offset_bytes} + param.size_bytes,
                               " of an argument buffer of ", kernel.args_size_bytes, " bytes."));
    }
  }
  return kernel;
}

void WriteVariable(ByteWriter& writer, const VariableInfo& variable) {
  writer.String(variable.name);
  writer.U64(variable.size_bytes);
  writer.U32((variable.constant ? kConstant : 0u) | (variable.managed ? kManaged : 0u) |
             (variable.external ? kExternal : 0u));
}

VariableInfo ReadVariable(ByteReader& reader) {
  VariableInfo variable;
  variable.name = reader.String("variable name");
  variable.size_bytes = reader.U64("variable size");
  uint32_t flags = reader.U32("variable flags");
  if ((flags & ~(kConstant | kManaged | kExternal)) != 0) {
    reader.Fail(absl::StrCat("The fat binary is corrupt: variable '", variable.name,
                             "' has the unknown flags ", absl::Hex(flags), "."));
  }
  variable.constant = (flags & kConstant) != 0;
  variable.managed = (flags & kManaged) != 0;
  variable.external = (flags & kExternal) != 0;
  return variable;
}

/// Everything before the large parts.
FatBinary ReadHead(ByteReader& reader) {
  FatBinary result;
  result.ir_version = reader.U32("device IR version");
  if (reader.ok() && result.ir_version != kDeviceIrVersion) {
    reader.FailOtherVersion(
        absl::StrCat("The fat binary holds device IR version ", result.ir_version,
                     ", and this build of OpenSUPA reads version ", kDeviceIrVersion,
                     " only; compile it again with the brcc of this build."));
  }
  result.relocatable = reader.Flag("relocatable flag");
  result.producer = reader.String("producer");
  result.source = reader.String("source name");
  uint32_t architecture_count = reader.Count("architecture count", 4);
  for (uint32_t i = 0; i < architecture_count && reader.ok(); ++i) {
    result.architectures.push_back(reader.String("architecture"));
  }
  uint32_t kernel_count = reader.Count("kernel count", 36);
  for (uint32_t i = 0; i < kernel_count && reader.ok(); ++i) {
    result.kernels.push_back(ReadKernel(reader));
  }
  uint32_t variable_count = reader.Count("variable count", 16);
  for (uint32_t i = 0; i < variable_count && reader.ok(); ++i) {
    result.variables.push_back(ReadVariable(reader));
  }
  return result;
}

}  // namespace

std::vector<std::byte> Serialize(const FatBinary& fat_binary) {
  ByteWriter writer;
  writer.U32(fat_binary.ir_version);
  writer.U32(fat_binary.relocatable ? 1 : 0);
  writer.String(fat_binary.producer);
  writer.String(fat_binary.source);
  writer.U32(static_cast<uint32_t>(fat_binary.architectures.size()));
  for (const std::string& architecture : fat_binary.architectures) writer.String(architecture);
  writer.U32(static_cast<uint32_t>(fat_binary.kernels.size()));
  for (const KernelInfo& kernel : fat_binary.kernels) WriteKernel(writer, kernel);
  writer.U32(static_cast<uint32_t>(fat_binary.variables.size()));
  for (const VariableInfo& variable : fat_binary.variables) WriteVariable(writer, variable);
  writer.Compressed(fat_binary.bitcode);
  writer.U32(static_cast<uint32_t>(fat_binary.native.size()));
  for (const FatBinary::NativeImage& image : fat_binary.native) {
    writer.String(image.target);
    writer.Compressed(image.code_object);
  }
  return WrapContainer(kFormat, std::move(writer).Take());
}

absl::StatusOr<uint64_t> FatBinarySize(const void* data) {
  if (data == nullptr) {
    return absl::DataLossError("The address given as a fat binary is null.");
  }
  return ContainerSize(kFormat, data);
}

absl::StatusOr<FatBinary> ParseFatBinary(std::span<const std::byte> bytes) {
  absl::StatusOr<std::span<const std::byte>> body = OpenContainer(kFormat, bytes);
  if (!body.ok()) return std::move(body).status();
  ByteReader reader(*body, kFormat.object);
  FatBinary result = ReadHead(reader);
  result.bitcode = reader.Compressed(kBitcodeField);
  const uint32_t native_count = reader.Count("native image count", kMinNativeBytes);
  for (uint32_t i = 0; i < native_count && reader.ok(); ++i) {
    FatBinary::NativeImage image;
    image.target = reader.String("native image target");
    image.code_object = reader.Compressed(kNativeField);
    result.native.push_back(std::move(image));
  }
  reader.ExpectEnd();
  if (!reader.ok()) return reader.status();
  return result;
}

absl::StatusOr<LazyFatBinary> LazyFatBinary::Open(std::span<const std::byte> bytes) {
  absl::StatusOr<std::span<const std::byte>> body = OpenContainer(kFormat, bytes);
  if (!body.ok()) return std::move(body).status();
  ByteReader reader(*body, kFormat.object);
  LazyFatBinary result;
  result.head_ = ReadHead(reader);
  const ByteReader::Frame bitcode = reader.Unexpanded(kBitcodeField);
  result.bitcode_ = {"", bitcode.raw_bytes, bitcode.bytes};
  const uint32_t native_count = reader.Count("native image count", kMinNativeBytes);
  for (uint32_t i = 0; i < native_count && reader.ok(); ++i) {
    std::string target = reader.String("native image target");
    const ByteReader::Frame code = reader.Unexpanded(kNativeField);
    result.native_.push_back({std::move(target), code.raw_bytes, code.bytes});
  }
  reader.ExpectEnd();
  if (!reader.ok()) return reader.status();
  return result;
}

absl::StatusOr<std::vector<std::byte>> LazyFatBinary::Bitcode() const {
  ByteReader reader({}, kFormat.object);
  std::vector<std::byte> bytes = reader.Expand({bitcode_.raw_bytes, bitcode_.frame}, kBitcodeField);
  if (!reader.ok()) return reader.status();
  return bytes;
}

bool LazyFatBinary::HasNative(std::string_view target) const {
  return std::any_of(native_.begin(), native_.end(),
                     [&](const Part& part) { return part.name == target; });
}

absl::StatusOr<std::vector<std::byte>> LazyFatBinary::Native(std::string_view target) const {
  for (const Part& part : native_) {
    if (part.name != target) continue;
    ByteReader reader({}, kFormat.object);
    std::vector<std::byte> bytes = reader.Expand({part.raw_bytes, part.frame}, kNativeField);
    if (!reader.ok()) return reader.status();
    return bytes;
  }
  return absl::NotFoundError(absl::StrCat("The device image of '", head_.source,
                                          "' holds no native code for ",
                                          absl::string_view(target.data(), target.size()), "."));
}

const FatBinary::NativeImage* FindNative(const FatBinary& fat_binary, std::string_view target) {
  for (const FatBinary::NativeImage& image : fat_binary.native) {
    if (image.target == target) return &image;
  }
  return nullptr;
}

std::string ContentHash(std::span<const std::byte> bytes) {
  XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return absl::StrFormat("%016x%016x", hash.high64, hash.low64);
}

}  // namespace opensupa::binary
