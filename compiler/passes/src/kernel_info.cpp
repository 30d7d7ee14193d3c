#include "opensupa/passes/kernel_info.h"

#include <algorithm>
#include <map>
#include <set>

#include "device_rules.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/Module.h"
#include "normalize_device.h"
#include "register_estimate.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kGlobal = 1, kShared = 3, kConstant = 4;
constexpr char kAnnotations[] = "nvvm.annotations";

using Properties = std::map<std::string, uint64_t>;
using Annotations = std::map<const llvm::Function*, Properties>;

/// The three sizes of a cluster, or nothing.
std::vector<uint32_t> ClusterBlocks(const Properties& properties) {
  std::vector<uint32_t> blocks;
  for (const char* key : kClusterKeys) {
    const auto size = properties.find(key);
    if (size != properties.end()) blocks.push_back(static_cast<uint32_t>(size->second));
  }
  return blocks;
}

/// nvvm.annotations as function -> property -> value. Entries of functions that are gone are
/// skipped.
Annotations ReadKernelAnnotations(const llvm::Module& module) {
  Annotations result;
  const llvm::NamedMDNode* list = module.getNamedMetadata(kAnnotations);
  if (list == nullptr) return result;
  for (const llvm::MDNode* node : list->operands()) {
    if (node->getNumOperands() == 0) continue;
    const auto* function = llvm::mdconst::dyn_extract_or_null<llvm::Function>(node->getOperand(0));
    if (function == nullptr) continue;
    for (unsigned i = 1; i + 1 < node->getNumOperands(); i += 2) {
      const auto* key = llvm::dyn_cast_or_null<llvm::MDString>(node->getOperand(i));
      const auto* value =
          llvm::mdconst::dyn_extract_or_null<llvm::ConstantInt>(node->getOperand(i + 1));
      if (key == nullptr || value == nullptr) continue;
      result[function][key->getString().str()] = value->getZExtValue();
    }
  }
  return result;
}

uint64_t AlignTo(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

/// What one kernel can reach: functions through calls and through pointers that it could call, and
/// variables through all of these.
class Reach {
 public:
  explicit Reach(const llvm::Function& kernel) {
    Visit(kernel);
    // A call through a pointer may go to any function whose address is taken in the module.
    if (!calls_pointers_) return;
    for (const llvm::Function& function : *kernel.getParent()) {
      if (function.hasAddressTaken()) Visit(function);
    }
  }

  const std::set<const llvm::Function*>& functions() const { return functions_; }

  /// Bytes of the defined variables of `space`, placed one after the other in module order.
  uint64_t VariableBytes(const llvm::Module& module, unsigned space) const {
    const llvm::DataLayout& layout = module.getDataLayout();
    uint64_t size_bytes = 0;
    for (const llvm::GlobalVariable& variable : module.globals()) {
      if (variable.getAddressSpace() != space || !variables_.contains(&variable)) continue;
      size_bytes = AlignTo(size_bytes, layout.getPreferredAlign(&variable).value());
      size_bytes += layout.getTypeAllocSize(variable.getValueType());
    }
    return size_bytes;
  }

 private:
  void Visit(const llvm::Function& function) {
    std::vector<const llvm::Function*> work = {&function};
    while (!work.empty()) {
      const llvm::Function* next = work.back();
      work.pop_back();
      if (!functions_.insert(next).second) continue;
      for (const llvm::Instruction& instruction : llvm::instructions(*next)) {
        const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
        calls_pointers_ |= call != nullptr && call->isIndirectCall();
        for (const llvm::Use& use : instruction.operands()) {
          if (const auto* constant = llvm::dyn_cast<llvm::Constant>(use.get())) {
            Collect(*constant, work);
          }
        }
      }
    }
  }

  void Collect(const llvm::Constant& constant, std::vector<const llvm::Function*>& work) {
    if (const auto* function = llvm::dyn_cast<llvm::Function>(&constant)) {
      work.push_back(function);
      return;
    }
    if (const auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(&constant)) {
      if (!variables_.insert(variable).second || !variable->hasInitializer()) return;
      Collect(*variable->getInitializer(), work);
      return;
    }
    for (const llvm::Use& use : constant.operands()) {
      if (const auto* operand = llvm::dyn_cast<llvm::Constant>(use.get())) Collect(*operand, work);
    }
  }

  std::set<const llvm::Function*> functions_;
  std::set<const llvm::GlobalVariable*> variables_;
  bool calls_pointers_ = false;
};

/// Bytes of the fixed-size locals of all functions: an upper bound unless a function recurses.
uint64_t LocalBytes(const std::set<const llvm::Function*>& functions) {
  uint64_t size_bytes = 0;
  for (const llvm::Function* function : functions) {
    for (const llvm::Instruction& instruction : llvm::instructions(*function)) {
      const auto* local = llvm::dyn_cast<llvm::AllocaInst>(&instruction);
      if (local == nullptr) continue;
      const auto size = local->getAllocationSize(function->getParent()->getDataLayout());
      if (size.has_value()) size_bytes += AlignTo(size->getFixedValue(), 8);
    }
  }
  return size_bytes;
}

void DescribeParameters(const llvm::Function& kernel, binary::KernelInfo& info) {
  const llvm::DataLayout& layout = kernel.getParent()->getDataLayout();
  uint64_t offset_bytes = 0;
  for (const llvm::Argument& argument : kernel.args()) {
    llvm::Type* type = argument.hasByValAttr() ? argument.getParamByValType() : argument.getType();
    uint64_t alignment = layout.getABITypeAlign(type).value();
    if (argument.hasByValAttr()) {
      alignment = std::max(alignment, argument.getParamAlign().valueOrOne().value());
    }
    const uint64_t size_bytes = layout.getTypeAllocSize(type);
    offset_bytes = AlignTo(offset_bytes, alignment);
    info.params.push_back({static_cast<uint32_t>(offset_bytes), static_cast<uint32_t>(size_bytes)});
    offset_bytes += size_bytes;
  }
  info.args_size_bytes = static_cast<uint32_t>(offset_bytes);
}

uint64_t Product(const Properties& properties, const char* prefix) {
  uint64_t product = 0;
  for (const char* axis : {"x", "y", "z"}) {
    const auto found = properties.find(std::string(prefix) + axis);
    if (found != properties.end()) product = std::max<uint64_t>(product, 1) * found->second;
  }
  return product;
}

}  // namespace

std::vector<llvm::Function*> DeviceKernels(const llvm::Module& module) {
  std::map<std::string, llvm::Function*> kernels;
  for (const auto& [function, properties] : ReadKernelAnnotations(module)) {
    const auto kernel = properties.find("kernel");
    if (kernel == properties.end() || kernel->second == 0) continue;
    kernels.emplace(function->getName().str(), const_cast<llvm::Function*>(function));
  }
  std::vector<llvm::Function*> result;
  for (const auto& [name, function] : kernels) result.push_back(function);
  return result;
}

bool IsHostVisible(const llvm::GlobalVariable& variable) {
  const unsigned space = variable.getAddressSpace();
  return (space == kGlobal || space == kConstant) && !variable.isDeclaration() &&
         !variable.hasLocalLinkage() && variable.isExternallyInitialized();
}

std::vector<uint32_t> ClusterSize(const llvm::Function& kernel) {
  const Annotations annotations = ReadKernelAnnotations(*kernel.getParent());
  const auto found = annotations.find(&kernel);
  return found == annotations.end() ? std::vector<uint32_t>() : ClusterBlocks(found->second);
}

std::vector<binary::KernelInfo> DescribeKernels(const llvm::Module& module) {
  const Annotations annotations = ReadKernelAnnotations(module);
  std::vector<binary::KernelInfo> result;
  for (const llvm::Function* kernel : DeviceKernels(module)) {
    const Reach reach(*kernel);
    const auto& properties = annotations.at(kernel);
    const auto min_blocks = properties.find("minctasm");
    binary::KernelInfo info;
    info.name = kernel->getName().str();
    DescribeParameters(*kernel, info);
    info.static_shared_bytes = static_cast<uint32_t>(reach.VariableBytes(module, kShared));
    info.constant_bytes = static_cast<uint32_t>(reach.VariableBytes(module, kConstant));
    info.local_bytes_per_thread = static_cast<uint32_t>(LocalBytes(reach.functions()));
    info.registers_per_thread = EstimateRegisters(*kernel);
    info.max_threads_per_block = static_cast<uint32_t>(Product(properties, "maxntid"));
    info.min_blocks_per_multiprocessor =
        min_blocks == properties.end() ? 0 : static_cast<uint32_t>(min_blocks->second);
    const std::vector<uint32_t> cluster = ClusterBlocks(properties);
    std::copy(cluster.begin(), cluster.end(), info.cluster_dim.begin());
    result.push_back(std::move(info));
  }
  return result;
}

std::vector<binary::VariableInfo> DescribeVariables(const llvm::Module& module) {
  std::set<const llvm::Value*> managed;
  if (const llvm::NamedMDNode* list = module.getNamedMetadata(kManagedMetadata)) {
    for (const llvm::MDNode* node : list->operands()) {
      managed.insert(llvm::mdconst::dyn_extract_or_null<llvm::GlobalVariable>(node->getOperand(0)));
    }
  }
  const bool relocatable = ModuleFlag(module, kRelocatableFlag, 0) != 0;
  std::vector<binary::VariableInfo> result;
  for (const llvm::GlobalVariable& variable : module.globals()) {
    const unsigned space = variable.getAddressSpace();
    const bool expected = relocatable && variable.isDeclaration() && !variable.use_empty() &&
                          (space == kGlobal || space == kConstant);
    if (!IsHostVisible(variable) && !expected) continue;
    if (variable.getName().ends_with(binary::kManagedSlotSuffix)) continue;
    binary::VariableInfo info;
    info.name = variable.getName().str();
    info.size_bytes = module.getDataLayout().getTypeAllocSize(variable.getValueType());
    info.constant = space == kConstant;
    info.managed = managed.contains(&variable);
    info.external = expected;
    result.push_back(std::move(info));
  }
  return result;
}

}  // namespace opensupa::cc
