#include "device_module.h"

#include <map>
#include <set>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "device_externs.h"
#include "device_library.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Metadata.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "math_intrinsics.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {
namespace {

constexpr char kVersionFlag[] = "supa.device_ir";
constexpr char kAnnotations[] = "nvvm.annotations";

absl::Status CheckVersion(const llvm::Module& module, const std::string& name) {
  const auto* stamp =
      llvm::mdconst::dyn_extract_or_null<llvm::ConstantInt>(module.getModuleFlag(kVersionFlag));
  if (stamp == nullptr) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "The device module %s carries no version stamp (module flag %s), so it is no portable "
        "device IR.",
        name, kVersionFlag));
  }
  if (stamp->getZExtValue() != binary::kDeviceIrVersion) {
    return absl::FailedPreconditionError(
        absl::StrFormat("The device module %s is of device IR version %d; this compiler knows "
                        "version %d only.",
                        name, stamp->getZExtValue(), binary::kDeviceIrVersion));
  }
  return absl::OkStatus();
}

bool IsKeptFunctionAttribute(const llvm::Attribute& attribute) {
  if (attribute.isStringAttribute()) {
    const llvm::StringRef name = attribute.getKindAsString();
    return name == "denormal-fp-math" || name == "denormal-fp-math-f32";
  }
  switch (attribute.getKindAsEnum()) {
    case llvm::Attribute::AlwaysInline:
    case llvm::Attribute::Cold:
    case llvm::Attribute::Hot:
    case llvm::Attribute::InlineHint:
    case llvm::Attribute::MinSize:
    case llvm::Attribute::MustProgress:
    case llvm::Attribute::NoInline:
    case llvm::Attribute::NoReturn:
    case llvm::Attribute::NoUnwind:
    case llvm::Attribute::OptimizeForSize:
      return true;
    default:
      return false;
  }
}

/// Function attributes of a device function or of a call. Memory effects go, since reading an index
/// becomes reading memory; so do convergence and everything about the device target.
llvm::AttributeList CleanAttributes(llvm::LLVMContext& context, const llvm::AttributeList& list) {
  llvm::AttrBuilder kept(context);
  const bool was_unoptimised = list.hasFnAttr(llvm::Attribute::OptimizeNone);
  for (const llvm::Attribute& attribute : list.getFnAttrs()) {
    // Clang at -O0 adds noinline to optnone; here only the backend's own level counts.
    if (was_unoptimised && attribute.hasAttribute(llvm::Attribute::NoInline)) continue;
    if (IsKeptFunctionAttribute(attribute)) kept.addAttribute(attribute);
  }
  kept.addAttribute(llvm::Attribute::NoUnwind);
  return list.removeFnAttributes(context).addFnAttributes(context, kept);
}

void CleanFunction(llvm::Function& function) {
  llvm::LLVMContext& context = function.getContext();
  if (!function.isIntrinsic()) {
    function.setAttributes(CleanAttributes(context, function.getAttributes()));
    function.setCallingConv(llvm::CallingConv::C);
  }
  function.setComdat(nullptr);
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
    if (call == nullptr) continue;
    const llvm::Function* callee = call->getCalledFunction();
    if (callee != nullptr && callee->isIntrinsic()) continue;
    call->setAttributes(CleanAttributes(context, call->getAttributes()));
    call->setCallingConv(llvm::CallingConv::C);
  }
}

void EraseNamedGlobal(llvm::Module& module, llvm::StringRef name) {
  if (llvm::GlobalVariable* variable = module.getNamedGlobal(name)) variable->eraseFromParent();
}

void DropAliases(llvm::Module& module) {
  for (llvm::GlobalAlias& alias : llvm::make_early_inc_range(module.aliases())) {
    alias.replaceAllUsesWith(alias.getAliasee());
    alias.eraseFromParent();
  }
}

absl::Status CheckInitialisers(const llvm::Module& module) {
  const llvm::GlobalVariable* constructors = module.getNamedGlobal("llvm.global_ctors");
  if (constructors == nullptr || !constructors->hasInitializer() ||
      constructors->getInitializer()->isNullValue()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrFormat(
      "The device module %s has variables with dynamic initialisers, which devices cannot run; "
      "give them constant initialisers.",
      module.getName().str()));
}

absl::Status CheckInlineAssembly(const llvm::Module& module) {
  for (const llvm::Function& function : module) {
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr || !call->isInlineAsm()) continue;
      const auto* assembly = llvm::cast<llvm::InlineAsm>(call->getCalledOperand());
      // An empty text is a compiler barrier and needs no assembler.
      if (assembly->getAsmString().empty()) continue;
      return absl::InvalidArgumentError(absl::StrFormat(
          "Function %s contains inline device assembly (\"%s\"), which portable device code cannot "
          "have.",
          function.getName().str(), assembly->getAsmString()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDeclarations(const llvm::Module& module) {
  std::set<std::string> undefined;
  std::set<std::string> device_intrinsics;
  for (const llvm::Function& function : module) {
    if (!function.isDeclaration() || function.use_empty()) continue;
    const std::string name = function.getName().str();
    if (function.isIntrinsic()) {
      if (function.getName().starts_with("llvm.nvvm.")) device_intrinsics.insert(name);
      continue;
    }
    if (FindDeviceExtern(name) == nullptr) undefined.insert(name);
  }
  for (const llvm::GlobalVariable& variable : module.globals()) {
    const bool dynamic_shared = variable.getAddressSpace() == 3;
    if (!variable.isDeclaration() || variable.use_empty() || dynamic_shared) continue;
    undefined.insert(variable.getName().str());
  }
  if (!device_intrinsics.empty()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "The device module %s uses intrinsics of one device target, which portable device IR may "
        "not: %s.",
        module.getName().str(), absl::StrJoin(device_intrinsics, ", ")));
  }
  if (!undefined.empty()) {
    return absl::NotFoundError(
        absl::StrFormat("The device module %s uses symbols that nothing defines: %s.",
                        module.getName().str(), absl::StrJoin(undefined, ", ")));
  }
  return absl::OkStatus();
}

/// Only kernels and variables that the host can name keep their symbols.
void Internalize(llvm::Module& module, const std::vector<KernelSource>& kernels) {
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.setVisibility(llvm::GlobalValue::DefaultVisibility);
  }
  for (const KernelSource& kernel : kernels) {
    kernel.function->setLinkage(llvm::GlobalValue::ExternalLinkage);
  }
  for (llvm::GlobalVariable& variable : module.globals()) {
    variable.setComdat(nullptr);
    if (variable.isDeclaration() || variable.hasLocalLinkage()) continue;
    const bool host_visible = variable.getAddressSpace() == 1 || variable.getAddressSpace() == 4;
    variable.setLinkage(host_visible ? llvm::GlobalValue::ExternalLinkage
                                     : llvm::GlobalValue::InternalLinkage);
  }
}

void DropUnreachable(llvm::Module& module) {
  llvm::ModuleAnalysisManager analyses;
  llvm::FunctionAnalysisManager function_analyses;
  llvm::PassBuilder builder;
  builder.registerModuleAnalyses(analyses);
  builder.registerFunctionAnalyses(function_analyses);
  analyses.registerPass(
      [&] { return llvm::FunctionAnalysisManagerModuleProxy(function_analyses); });
  function_analyses.registerPass(
      [&] { return llvm::ModuleAnalysisManagerFunctionProxy(analyses); });
  llvm::GlobalDCEPass().run(module, analyses);
}

}  // namespace

absl::StatusOr<std::unique_ptr<llvm::Module>> LoadDeviceModule(std::span<const std::byte> bitcode,
                                                               const std::string& name,
                                                               llvm::LLVMContext& context) {
  const llvm::StringRef bytes(reinterpret_cast<const char*>(bitcode.data()), bitcode.size());
  auto parsed = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bytes, name), context);
  if (!parsed) {
    return absl::InvalidArgumentError(
        absl::StrFormat("The device module %s (%d bytes) is no valid LLVM bitcode: %s.", name,
                        bitcode.size(), llvm::toString(parsed.takeError())));
  }
  std::unique_ptr<llvm::Module> module = std::move(*parsed);
  module->setModuleIdentifier(name);
  SUPA_RETURN_IF_ERROR(CheckVersion(*module, name));
  return module;
}

int RecordedOptLevel(const llvm::Module& module) {
  const auto* flag = llvm::mdconst::dyn_extract_or_null<llvm::ConstantInt>(
      module.getModuleFlag(binary::kOptLevelModuleFlag));
  if (flag == nullptr) return binary::kDefaultOptLevel;
  return static_cast<int>(std::min<uint64_t>(flag->getZExtValue(), 3));
}

std::vector<KernelSource> FindKernels(llvm::Module& module) {
  std::set<const llvm::Function*> marked;
  std::map<const llvm::Function*, uint64_t> bounds;
  if (const llvm::NamedMDNode* annotations = module.getNamedMetadata(kAnnotations)) {
    for (const llvm::MDNode* node : annotations->operands()) {
      if (node->getNumOperands() == 0) continue;
      const auto* function =
          llvm::mdconst::dyn_extract_or_null<llvm::Function>(node->getOperand(0));
      if (function == nullptr) continue;
      for (unsigned i = 1; i + 1 < node->getNumOperands(); i += 2) {
        const auto* key = llvm::dyn_cast<llvm::MDString>(node->getOperand(i));
        const auto* value =
            llvm::mdconst::dyn_extract_or_null<llvm::ConstantInt>(node->getOperand(i + 1));
        if (key == nullptr || value == nullptr) continue;
        if (key->getString() == "kernel") marked.insert(function);
        if (key->getString().starts_with("maxntid")) {
          uint64_t& bound = bounds[function];
          bound = (bound == 0 ? 1 : bound) * value->getZExtValue();
        }
      }
    }
  }
  std::vector<KernelSource> kernels;
  for (llvm::Function& function : module) {
    const bool is_kernel =
        marked.contains(&function) || function.getCallingConv() == llvm::CallingConv::PTX_Kernel;
    if (!is_kernel || function.isDeclaration()) continue;
    kernels.push_back({&function, static_cast<uint32_t>(bounds[&function])});
  }
  return kernels;
}

absl::Status PrepareDeviceModule(llvm::Module& module, const std::vector<KernelSource>& kernels,
                                 Lines lines) {
  SUPA_RETURN_IF_ERROR(CheckInitialisers(module));
  if (lines == Lines::kKeep) {
    llvm::stripNonLineTableDebugInfo(module);
  } else {
    llvm::StripDebugInfo(module);
  }
  for (const char* list : {"llvm.used", "llvm.compiler.used", "llvm.global_ctors"}) {
    EraseNamedGlobal(module, list);
  }
  for (const char* list : {kAnnotations, "nvvmir.version", "llvm.module.flags", "llvm.ident"}) {
    if (llvm::NamedMDNode* node = module.getNamedMetadata(list)) node->eraseFromParent();
  }
  DropAliases(module);
  Internalize(module, kernels);
  DropUnreachable(module);
  SUPA_RETURN_IF_ERROR(ReplaceMathIntrinsics(module));
  SUPA_RETURN_IF_ERROR(LinkDeviceLibrary(module));
  Internalize(module, kernels);
  DropUnreachable(module);
  for (llvm::Function& function : module) CleanFunction(function);
  SUPA_RETURN_IF_ERROR(CheckInlineAssembly(module));
  return CheckDeclarations(module);
}

}  // namespace opensupa::cc
