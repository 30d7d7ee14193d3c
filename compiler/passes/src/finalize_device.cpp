#include "opensupa/passes/finalize_device.h"

#include <set>

#include "atomic_scopes.h"
#include "device_attributes.h"
#include "device_rules.h"
#include "ir_externs.h"
#include "kernel_limits.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "managed_device.h"
#include "normalize_device.h"
#include "opensupa/passes/bitcode.h"
#include "opensupa/passes/call_sites.h"
#include "opensupa/passes/kernel_info.h"
#include "opensupa/passes/verify_device_ir.h"
#include "run_passes.h"
#include "shared_initializers.h"

namespace opensupa::cc {
namespace {

void Stamp(llvm::Module& module, bool relocatable, int opt_level) {
  module.setModuleFlag(llvm::Module::Error, kVersionFlag, binary::kDeviceIrVersion);
  module.setModuleFlag(llvm::Module::Max, kRelocatableFlag, uint32_t{relocatable});
  module.setModuleFlag(llvm::Module::Max, binary::kOptLevelModuleFlag,
                       static_cast<uint32_t>(opt_level));
}

/// Flags that clang writes for NVPTX and for the host's ABI, which mean nothing to a backend here.
void DropForeignFlags(llvm::Module& module) {
  llvm::NamedMDNode* flags = module.getModuleFlagsMetadata();
  if (flags == nullptr) return;
  const std::set<llvm::StringRef> foreign = {"SDK Version", "wchar_size", "nvvm-reflect-ftz",
                                             "frame-pointer", "nvvm-reflect-prec-sqrt"};
  std::vector<llvm::MDNode*> kept;
  for (llvm::MDNode* flag : flags->operands()) {
    const auto* name = llvm::dyn_cast<llvm::MDString>(flag->getOperand(1));
    if (name == nullptr || !foreign.contains(name->getString())) kept.push_back(flag);
  }
  flags->clearOperands();
  for (llvm::MDNode* flag : kept) flags->addOperand(flag);
}

/// Variables of inline and template definitions may go when no code uses them; the host registers
/// them all the same.
void KeepHostVisible(llvm::Module& module) {
  for (llvm::GlobalVariable& variable : module.globals()) {
    if (IsHostVisible(variable) && variable.isDiscardableIfUnused()) {
      variable.setLinkage(llvm::GlobalValue::WeakODRLinkage);
    }
  }
}

void CleanUp(llvm::Module& module, int opt_level) {
  llvm::ModulePassManager passes;
  passes.addPass(llvm::AlwaysInlinerPass(/*InsertLifetime=*/true));
  if (opt_level > 0) {
    llvm::FunctionPassManager functions;
    functions.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
    functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
    functions.addPass(llvm::SimplifyCFGPass());
    functions.addPass(llvm::InstCombinePass());
    functions.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
    functions.addPass(llvm::SimplifyCFGPass());
    passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(functions)));
  }
  passes.addPass(llvm::GlobalDCEPass());
  RunPasses(module, std::move(passes));
}

}  // namespace

void RunPasses(llvm::Module& module, llvm::ModulePassManager passes) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  passes.run(module, modules);
}

void HideInternals(llvm::Module& module) {
  const std::vector<llvm::Function*> kernels = DeviceKernels(module);
  std::set<const llvm::GlobalValue*> kept(kernels.begin(), kernels.end());
  for (const llvm::GlobalVariable& variable : module.globals()) {
    if (IsHostVisible(variable)) kept.insert(&variable);
  }
  llvm::internalizeModule(
      module, [&kept](const llvm::GlobalValue& value) { return kept.contains(&value); });
}

absl::StatusOr<binary::FatBinary> Describe(llvm::Module& module, const FinalizeOptions& options) {
  // Checked before the debug information goes, so that messages can name lines.
  if (absl::Status status = CheckDeviceIr(module); !status.ok()) return status;
  NoteCallSites(module);
  Violations violations;
  if (!options.relocatable) CheckSharedMemory(module, violations);
  if (!violations.empty()) return absl::InvalidArgumentError(FormatViolations(violations));
  if (!options.debug) llvm::StripDebugInfo(module);
  binary::FatBinary result;
  result.relocatable = options.relocatable;
  result.producer = options.producer;
  result.source = options.source;
  result.architectures = options.architectures;
  result.kernels = DescribeKernels(module);
  result.variables = DescribeVariables(module);
  result.bitcode = WriteBitcode(module);
  return result;
}

absl::StatusOr<binary::FatBinary> FinalizeDevice(llvm::Module& module,
                                                 const FinalizeOptions& options) {
  DropForeignFlags(module);
  ReplaceTargetCode(module);
  ApplyAtomicScopes(module);
  MakeSharedInitializersLocal(module);
  ReplaceAnnotations(module);
  Violations violations;
  CheckKernelSignatures(module, violations);
  if (!violations.empty()) return absl::InvalidArgumentError(FormatViolations(violations));
  NormalizeAttributes(module);
  KeepHostVisible(module);
  if (!options.relocatable) {
    if (absl::Status status = RedirectManagedVariables(module); !status.ok()) return status;
    HideInternals(module);
  }
  InlineOwnWaits(module);
  CleanUp(module, options.opt_level);
  Stamp(module, options.relocatable, options.opt_level);
  return Describe(module, options);
}

}  // namespace opensupa::cc
