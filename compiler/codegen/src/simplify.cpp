#include "simplify.h"

#include "device_externs.h"
#include "kernel_entries.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Transforms/Scalar/InferAddressSpaces.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Utils/LowerAtomic.h"
#include "optimize.h"
#include "unroll_barriers.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kGenericAddressSpace = 0;
constexpr unsigned kSharedAddressSpace = 3;
constexpr llvm::StringLiteral kSharedAtomicMetadata = "supa.shared_atomic";
constexpr size_t kMostInlinedInstructions = 600;

bool IsConstantOfTheThread(ExternKind kind) {
  return kind != ExternKind::kHook && kind != ExternKind::kExpanded;
}

/// Tells the optimiser what externs do.
void DescribeExterns(llvm::Module& module) {
  for (llvm::Function& function : module) {
    if (function.isIntrinsic()) continue;
    const DeviceExtern* entry = FindDeviceExtern(function.getName().str());
    if (entry == nullptr || !IsConstantOfTheThread(entry->kind)) {
      // Taken away again where nothing convergent is called.
      function.addFnAttr(llvm::Attribute::Convergent);
      continue;
    }
    function.setDoesNotAccessMemory();
    function.setWillReturn();
    function.addFnAttr(llvm::Attribute::NoSync);
    function.addFnAttr(llvm::Attribute::Speculatable);
  }
}

/// Functions of the math library are inlined, since lanes can only share what they see.
void InlineMathLibrary(llvm::Module& module) {
  for (llvm::Function& function : module) {
    const llvm::StringRef name = function.getName();
    if (function.isDeclaration() || !name.starts_with("__su_")) continue;
    if (!name.ends_with("_f32") && !name.ends_with("_f64")) continue;
    if (function.getInstructionCount() > kMostInlinedInstructions) continue;
    function.removeFnAttr(llvm::Attribute::NoInline);
    function.addFnAttr(llvm::Attribute::AlwaysInline);
  }
}

/// Gives threads that write a parameter passed by value their own copy.
void CopyWrittenParameters(llvm::Function& kernel) {
  const llvm::DataLayout& layout = kernel.getParent()->getDataLayout();
  for (llvm::Argument& argument : kernel.args()) {
    if (!argument.hasByValAttr() || IsOnlyRead(argument)) continue;
    llvm::Type* type = argument.getParamByValType();
    llvm::BasicBlock& entry = kernel.getEntryBlock();
    llvm::IRBuilder<> builder(&entry, entry.getFirstInsertionPt());
    llvm::AllocaInst* copy = builder.CreateAlloca(type, layout.getAllocaAddrSpace(), nullptr,
                                                  argument.getName() + ".copy");
    const llvm::Align align = argument.getParamAlign().valueOrOne();
    copy->setAlignment(std::max(align, layout.getABITypeAlign(type)));
    llvm::Value* address = copy;
    if (copy->getType() != argument.getType()) {
      address = builder.CreateAddrSpaceCast(copy, argument.getType());
    }
    argument.replaceAllUsesWith(address);
    builder.CreateMemCpy(address, copy->getAlign(), &argument, align,
                         layout.getTypeAllocSize(type));
  }
}

/// What the optimiser has found out about memory does not hold for externs as they will be lowered.
void ForgetEffects(llvm::Module& module) {
  const auto forget = [&](llvm::AttributeList list) {
    return list.removeFnAttribute(module.getContext(), llvm::Attribute::Memory)
        .removeFnAttribute(module.getContext(), llvm::Attribute::Speculatable)
        .removeFnAttribute(module.getContext(), llvm::Attribute::NoSync)
        .removeFnAttribute(module.getContext(), llvm::Attribute::Convergent);
  };
  for (llvm::Function& function : module) {
    if (function.isIntrinsic()) continue;
    function.setAttributes(forget(function.getAttributes()));
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr) continue;
      const llvm::Function* callee = call->getCalledFunction();
      if (callee != nullptr && callee->isIntrinsic()) continue;
      call->setAttributes(forget(call->getAttributes()));
    }
  }
}

void UnrollBarrierLoops(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::LCSSAPass());
  passes.addPass(UnrollBarrierLoopsPass());
  RunOnFunctions(module, machine, std::move(passes));
}

void InferSharedPointers(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::InferAddressSpacesPass(kGenericAddressSpace));
  RunOnFunctions(module, machine, std::move(passes));
}

}  // namespace

void SimplifyKernels(llvm::Module& module, const std::vector<KernelSource>& kernels,
                     llvm::TargetMachine& machine, int opt_level) {
  if (opt_level == 0) return;
  for (const KernelSource& kernel : kernels) CopyWrittenParameters(*kernel.function);
  DescribeExterns(module);
  InlineMathLibrary(module);
  SimplifyModule(module, machine, opt_level);
  InferSharedPointers(module, machine);
  ForgetEffects(module);
}

void SimplifyForBlock(llvm::Module& module, const Specialization& wanted,
                      llvm::TargetMachine& machine, int opt_level) {
  SetBlockSize(module, wanted);
  if (opt_level == 0) return;
  DescribeExterns(module);
  SimplifyModule(module, machine, opt_level);
  UnrollBarrierLoops(module, machine);
  SimplifyModule(module, machine, opt_level);
  ForgetEffects(module);
}

void MarkSharedAtomics(llvm::Module& module) {
  const llvm::Function* map = module.getFunction("__su_cluster_map_shared");
  if (map != nullptr && !map->use_empty()) return;
  const auto is_shared = [](const llvm::Instruction& instruction) {
    if (const auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
      return update->getPointerAddressSpace() == kSharedAddressSpace && !update->isVolatile();
    }
    const auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction);
    return exchange != nullptr && exchange->getPointerAddressSpace() == kSharedAddressSpace &&
           !exchange->isVolatile();
  };
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      if (!is_shared(instruction)) continue;
      instruction.setMetadata(kSharedAtomicMetadata, llvm::MDNode::get(module.getContext(), {}));
    }
  }
}

void LowerSharedAtomics(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction :
         llvm::make_early_inc_range(llvm::instructions(function))) {
      if (instruction.getMetadata(kSharedAtomicMetadata) == nullptr) continue;
      if (auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
        llvm::lowerAtomicRMWInst(update);
      } else if (auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction)) {
        llvm::lowerAtomicCmpXchgInst(exchange);
      }
    }
  }
}

}  // namespace opensupa::cc
