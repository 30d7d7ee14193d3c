#include "image_runner.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "gtest/gtest.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc::testing {

using binary::abi::BlockContext;
using binary::abi::BlockEntry;
using binary::abi::Dim3;
using binary::abi::KernelDescriptor;
using binary::abi::ThreadContext;

std::string DeviceHeader() {
  return "target datalayout = \"e-i64:64-i128:128-v16:16-v32:32-n16:32:64\"\n"
         "target triple = \"nvptx64-nvidia-cuda\"\n"
         "!llvm.module.flags = !{!9000}\n"
         "!9000 = !{i32 1, !\"supa.device_ir\", i32 1}\n";
}

std::string KernelAnnotations(const std::vector<std::string>& kernels) {
  std::string list;
  std::string nodes;
  for (size_t i = 0; i < kernels.size(); ++i) {
    const std::string node = "!" + std::to_string(9100 + i);
    list += (i == 0 ? "" : ", ") + node;
    nodes += node + " = !{ptr @" + kernels[i] + ", !\"kernel\", i32 1}\n";
  }
  return "!nvvm.annotations = !{" + list + "}\n" + nodes;
}

std::vector<std::byte> Assemble(const std::string& text) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  const auto module = llvm::parseAssemblyString(text, error, context);
  std::string buffer;
  llvm::raw_string_ostream stream(buffer);
  if (module == nullptr) {
    error.print("test", stream);
    ADD_FAILURE() << buffer;
    return {};
  }
  llvm::WriteBitcodeToFile(*module, stream);
  const auto* bytes = reinterpret_cast<const std::byte*>(buffer.data());
  return {bytes, bytes + buffer.size()};
}

std::string HostTargetName() {
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi2");
  return v4 ? "x86-64-v4/reference" : v3 ? "x86-64-v3/reference" : "x86-64-v2/reference";
}

CompileResult CompileBitcode(std::span<const std::byte> bitcode, const std::string& target,
                             const std::string& options) {
  const supacc_buffer input = {bitcode.data(), bitcode.size(), "test"};
  supacc_output output = {};
  CompileResult result;
  result.status = supacc_compile(&input, target.c_str(), options.c_str(), &output);
  const auto* bytes = static_cast<const std::byte*>(output.data);
  if (bytes != nullptr) result.bytes.assign(bytes, bytes + output.size_bytes);
  result.log = output.log == nullptr ? "(null log)" : output.log;
  supacc_release(&output);
  return result;
}

std::vector<std::byte> CompileText(const std::string& text, const std::vector<std::string>& kernels,
                                   const std::string& options) {
  const auto bitcode = Assemble(DeviceHeader() + text + KernelAnnotations(kernels));
  CompileResult result = CompileBitcode(bitcode, HostTargetName(), options);
  EXPECT_EQ(result.status, SUPACC_OK) << result.log;
  return std::move(result.bytes);
}

std::vector<std::byte> CompileFast(const std::string& text,
                                   const std::vector<std::string>& kernels) {
  const auto bitcode = Assemble(DeviceHeader() + text + KernelAnnotations(kernels));
  std::string target = HostTargetName();
  target = target.substr(0, target.find('/')) + "/fast";
  CompileResult result = CompileBitcode(bitcode, target);
  EXPECT_EQ(result.status, SUPACC_OK) << result.log;
  return std::move(result.bytes);
}

ImageRunner::ImageRunner(std::span<const std::byte> code_object) {
  auto parsed = binary::ParseCodeObject(code_object);
  if (!parsed.ok()) {
    ADD_FAILURE() << parsed.status();
    return;
  }
  code_ = *std::move(parsed);
  hooks_.size_bytes = sizeof(hooks_);
  hooks_.trap = [](ThreadContext*) { std::abort(); };
  image_bytes_ = std::max<size_t>(code_.ImageSizeBytes(), 1);
  void* mapped =
      mmap(nullptr, image_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    ADD_FAILURE() << "The image of " << image_bytes_ << " bytes could not be mapped.";
    return;
  }
  image_ = static_cast<std::byte*>(mapped);
  std::copy(code_.text.begin(), code_.text.end(), image_);
  std::copy(code_.data.begin(), code_.data.end(), image_ + code_.data_offset_bytes);
  for (const auto& relocation : code_.relocations) {
    const std::byte* value = image_ + relocation.addend_bytes;
    std::memcpy(image_ + relocation.offset_bytes, &value, sizeof(value));
  }
  if (mprotect(image_, code_.data_offset_bytes, PROT_READ | PROT_EXEC) != 0) {
    ADD_FAILURE() << "The image's text could not be made executable.";
  }
}

ImageRunner::~ImageRunner() {
  if (image_ != nullptr) munmap(image_, image_bytes_);
}

const KernelDescriptor* ImageRunner::Descriptor(std::string_view kernel) const {
  for (const auto& symbol : code_.kernels) {
    if (symbol.name == kernel) {
      return reinterpret_cast<const KernelDescriptor*>(image_ + symbol.offset_bytes);
    }
  }
  return nullptr;
}

void* ImageRunner::Variable(std::string_view name) const {
  for (const auto& symbol : code_.variables) {
    if (symbol.name == name) return image_ + symbol.offset_bytes;
  }
  return nullptr;
}

void ImageRunner::RunBlock(const KernelDescriptor& kernel, BlockContext& block) {
  const auto* entry = reinterpret_cast<const std::byte*>(&kernel) + kernel.entry_offset_bytes;
  const auto run = reinterpret_cast<BlockEntry>(reinterpret_cast<uintptr_t>(entry));
  ThreadContext thread = {};
  thread.block = &block;
  if ((kernel.flags & binary::abi::kKernelPlainLoop) != 0) {
    run(&thread);
    return;
  }
  for (uint32_t z = 0; z < block.block_dim.z; ++z) {
    for (uint32_t y = 0; y < block.block_dim.y; ++y) {
      for (uint32_t x = 0; x < block.block_dim.x; ++x) {
        thread.thread_idx = {x, y, z};
        thread.linear_tid = x + block.block_dim.x * (y + block.block_dim.y * z);
        run(&thread);
      }
    }
  }
}

void ImageRunner::Launch(std::string_view kernel, Dim3 grid, Dim3 block,
                         std::span<const std::byte> args, uint32_t dynamic_shared_bytes) {
  const KernelDescriptor* descriptor = Descriptor(kernel);
  if (descriptor == nullptr) {
    ADD_FAILURE() << "There is no kernel " << kernel << ".";
    return;
  }
  EXPECT_EQ(descriptor->args_size_bytes, args.size());
  constexpr size_t kSharedAlignBytes = 128;
  const size_t shared_bytes = descriptor->static_shared_bytes + dynamic_shared_bytes;
  constexpr size_t kMarginBytes = binary::abi::kSharedMarginBytes;
  std::vector<std::byte> shared(kMarginBytes + shared_bytes + 2 * kSharedAlignBytes);
  const auto misaligned = reinterpret_cast<uintptr_t>(shared.data()) % kSharedAlignBytes;
  BlockContext context = {};
  context.grid_dim = grid;
  context.block_dim = block;
  context.dynamic_shared_bytes = dynamic_shared_bytes;
  context.shared_base = shared.data() + kMarginBytes + (kSharedAlignBytes - misaligned);
  context.shared_bytes = static_cast<uint32_t>(shared_bytes);
  context.args = args.data();
  context.hooks = &hooks_;
  context.stream_stores = stream_stores_ ? 1 : 0;
  const bool strips = (descriptor->flags & binary::abi::kKernelStrips) != 0;
  for (uint32_t z = 0; z < grid.z; ++z) {
    for (uint32_t y = 0; y < grid.y; ++y) {
      for (uint32_t x = 0; x < grid.x; x += context.strip_blocks) {
        context.block_idx = {x, y, z};
        context.strip_blocks = strips ? std::min(strip_blocks_, grid.x - x) : 1;
        RunBlock(*descriptor, context);
      }
    }
  }
}

}  // namespace opensupa::cc::testing
