#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "opensupa/binary/code_object.h"
#include "opensupa/binary/device_abi.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::binary::testing {

inline std::vector<std::byte> BytesOf(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return std::vector<std::byte>(first, first + text.size());
}

/// A code object with one kernel, one variable and a relocation in each segment.
inline CodeObject SampleCodeObject() {
  CodeObject object;
  object.target = "x86-64-v3/reference";
  object.device_abi = abi::kDeviceAbiVersion;
  object.text.resize(256);
  abi::KernelDescriptor descriptor{};
  descriptor.abi_version = abi::kDeviceAbiVersion;
  descriptor.entry_offset_bytes = 64;
  descriptor.args_size_bytes = 24;
  std::memcpy(object.text.data() + 64, &descriptor, sizeof(descriptor));
  object.data = BytesOf("0123456789abcdef");
  object.data_offset_bytes = 4096;
  object.bss_bytes = 100;
  object.relocations = {{.offset_bytes = 248, .addend_bytes = -8},
                        {.offset_bytes = 4104, .addend_bytes = 4096}};
  object.kernels = {{.name = "_Z3addPf", .offset_bytes = 64, .size_bytes = 64}};
  object.variables = {{.name = "table", .offset_bytes = 4096, .size_bytes = 116}};
  return object;
}

/// A fat binary with every field set.
inline FatBinary SampleFatBinary() {
  FatBinary fat_binary;
  fat_binary.relocatable = true;
  fat_binary.producer = "OpenSUPA test";
  fat_binary.source = "add.su";
  fat_binary.architectures = {"br106", "generic"};
  fat_binary.bitcode = BytesOf("BC\xC0\xDE bitcode bitcode bitcode bitcode bitcode");
  KernelInfo kernel;
  kernel.name = "_Z3addPfi";
  kernel.params = {{.offset_bytes = 0, .size_bytes = 8}, {.offset_bytes = 8, .size_bytes = 4}};
  kernel.args_size_bytes = 12;
  kernel.static_shared_bytes = 1024;
  kernel.local_bytes_per_thread = 16;
  kernel.constant_bytes = 32;
  kernel.registers_per_thread = 40;
  kernel.max_threads_per_block = 256;
  kernel.min_blocks_per_multiprocessor = 2;
  kernel.cluster_dim = {4, 2, 1};
  fat_binary.kernels = {kernel};
  fat_binary.variables = {
      {.name = "table", .size_bytes = 64, .constant = true, .managed = false, .external = false},
      {.name = "other", .size_bytes = 4, .constant = false, .managed = true, .external = true}};
  fat_binary.native = {{"x86-64-v3/reference", Serialize(SampleCodeObject())}};
  return fat_binary;
}

}  // namespace opensupa::binary::testing
