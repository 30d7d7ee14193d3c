#pragma once

#include <vector>

#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {

/// Kernels of a device module, in the order of their names: functions that nvvm.annotations mark.
std::vector<llvm::Function*> DeviceKernels(const llvm::Module& module);

/// True if the host can name `variable`: it is in global or constant memory and external.
bool IsHostVisible(const llvm::GlobalVariable& variable);

/// Blocks in a cluster of the kernel along x, y and z as __cluster_dims__ says; empty without it.
std::vector<uint32_t> ClusterSize(const llvm::Function& kernel);

/// Describes every kernel: parameters as C lays out a struct of them, launch bounds, static shared
/// and constant bytes of the variables that the kernel can reach, an estimate of stack and
/// registers.
std::vector<binary::KernelInfo> DescribeKernels(const llvm::Module& module);

/// Describes the variables that the host can name, and in a relocatable module those that it
/// expects from other translation units.
std::vector<binary::VariableInfo> DescribeVariables(const llvm::Module& module);

}  // namespace opensupa::cc
