#include "kernel_limits.h"

#include "absl/strings/str_cat.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "opensupa/passes/kernel_info.h"

namespace opensupa::cc {
namespace {

constexpr uint32_t kMaxParameterBytes = 4096;
constexpr uint32_t kMaxThreadsPerBlock = 1024;
constexpr uint32_t kMaxBlocksPerCluster = 8;
constexpr uint32_t kMaxStaticSharedBytes = 48 << 10;

void Report(const llvm::Function& kernel, Violations& violations, const std::string& what,
            const std::string& hint) {
  violations.push_back(
      {"IR003", absl::StrCat("Kernel ", Quoted(kernel), " ", what, "."), PlaceOf(kernel), hint});
}

void CheckParameters(const llvm::Function& kernel, const binary::KernelInfo& info,
                     Violations& violations) {
  for (const llvm::Argument& argument : kernel.args()) {
    if (argument.hasByValAttr() || argument.getDereferenceableBytes() == 0) continue;
    Report(kernel, violations,
           absl::StrCat("takes its parameter number ", argument.getArgNo() + 1,
                        " by reference, and the host's variable is out of its reach"),
           "pass a value, or a pointer to memory that the device can use");
  }
  if (info.args_size_bytes <= kMaxParameterBytes) return;
  Report(kernel, violations,
         absl::StrCat("has ", info.args_size_bytes, " bytes of parameters, and a launch passes ",
                      kMaxParameterBytes, " at most"),
         "put the data in device, constant or managed memory and pass a pointer to it");
}

}  // namespace

void CheckKernelSignatures(const llvm::Module& module, Violations& violations) {
  for (const binary::KernelInfo& info : DescribeKernels(module)) {
    const llvm::Function& kernel = *module.getFunction(info.name);
    CheckParameters(kernel, info, violations);
    if (info.max_threads_per_block > kMaxThreadsPerBlock) {
      Report(kernel, violations,
             absl::StrCat("has launch bounds of ", info.max_threads_per_block,
                          " threads, and a block has ", kMaxThreadsPerBlock, " at most"),
             "give __launch_bounds__ the largest block that the kernel is launched with");
    }
    uint64_t cluster = 1;
    const std::vector<uint32_t> sizes = ClusterSize(kernel);
    for (const uint32_t blocks : sizes) cluster *= blocks;
    if (!sizes.empty() && (cluster == 0 || cluster > kMaxBlocksPerCluster)) {
      Report(kernel, violations,
             absl::StrCat("asks for clusters of ", cluster, " blocks, and a cluster has 1 to ",
                          kMaxBlocksPerCluster),
             "give __cluster_dims__ a smaller product");
    }
  }
}

void CheckSharedMemory(const llvm::Module& module, Violations& violations) {
  for (const binary::KernelInfo& info : DescribeKernels(module)) {
    if (info.static_shared_bytes <= kMaxStaticSharedBytes) continue;
    Report(*module.getFunction(info.name), violations,
           absl::StrCat("uses ", info.static_shared_bytes,
                        " bytes of static shared memory, and a block has ", kMaxStaticSharedBytes,
                        " at most"),
           "declare `extern __shared__` memory, give its size in the launch, and raise "
           "supaFuncAttributeMaxDynamicSharedMemorySize");
  }
}

}  // namespace opensupa::cc
