#include "device_rules.h"

#include "absl/strings/str_cat.h"
#include "ir_externs.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalAlias.h"
#include "llvm/IR/GlobalIFunc.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/passes/kernel_info.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kShared = 3, kConstant = 4;

void Report(Violations& violations, const char* rule, std::string message, std::string place = {},
            std::string hint = {}) {
  violations.push_back({rule, std::move(message), std::move(place), std::move(hint)});
}

void CheckTarget(const llvm::Module& module, Violations& violations) {
  if (module.getTargetTriple() != kDeviceTriple) {
    Report(violations, "IR001",
           absl::StrCat("The target triple is \"", module.getTargetTriple(), "\" and must be \"",
                        kDeviceTriple, "\"."));
  }
  if (module.getDataLayoutStr() != kDeviceDataLayout) {
    Report(violations, "IR001",
           absl::StrCat("The data layout is \"", module.getDataLayoutStr(), "\" and must be \"",
                        kDeviceDataLayout, "\"."));
  }
}

void CheckStamp(const llvm::Module& module, Violations& violations) {
  const uint64_t version = ModuleFlag(module, kVersionFlag, 0);
  if (version == binary::kDeviceIrVersion) return;
  Report(violations, "IR002",
         version == 0
             ? absl::StrCat("The module has no version stamp (module flag \"", kVersionFlag, "\").")
             : absl::StrCat("The module is device IR version ", version,
                            " and this compiler reads version ", binary::kDeviceIrVersion, "."));
}

void CheckKernels(const llvm::Module& module, Violations& violations) {
  for (const llvm::Function* kernel : DeviceKernels(module)) {
    if (kernel->isDeclaration()) {
      Report(violations, "IR003", absl::StrCat("Kernel ", Quoted(*kernel), " has no body."));
    }
    if (!kernel->getReturnType()->isVoidTy()) {
      Report(violations, "IR003", absl::StrCat("Kernel ", Quoted(*kernel), " returns a value."));
    }
    if (kernel->hasLocalLinkage()) {
      Report(violations, "IR003",
             absl::StrCat("Kernel ", Quoted(*kernel), " cannot be found by name: it is local."));
    }
  }
}

void CheckSharedVariable(const llvm::GlobalVariable& variable, Violations& violations) {
  if (variable.hasInitializer() && !llvm::isa<llvm::UndefValue>(variable.getInitializer())) {
    Report(violations, "IR009",
           absl::StrCat("Shared variable ", Quoted(variable), " has an initial value."));
  }
  const auto* array = llvm::dyn_cast<llvm::ArrayType>(variable.getValueType());
  const bool dynamic = array != nullptr && array->getNumElements() == 0;
  if (variable.isDeclaration() && !dynamic &&
      ModuleFlag(*variable.getParent(), kRelocatableFlag, 0) == 0) {
    Report(violations, "IR009",
           absl::StrCat("Shared variable ", Quoted(variable),
                        " is declared but not defined, and is no array of unknown size, so it "
                        "cannot be the dynamic part."));
  }
}

void CheckVariable(const llvm::GlobalVariable& variable, Violations& violations) {
  const unsigned space = variable.getAddressSpace();
  if (space == kShared) {
    CheckSharedVariable(variable, violations);
  } else if (space > kConstant || space == 2) {
    Report(violations, "IR004",
           absl::StrCat("Variable ", Quoted(variable), " is in address space ", space,
                        ", which no variable may be in."));
  }
  if (variable.isThreadLocal()) {
    Report(violations, "IR011", absl::StrCat("Variable ", Quoted(variable), " is thread_local."));
  }
  const bool linked = ModuleFlag(*variable.getParent(), kRelocatableFlag, 0) == 0;
  if (variable.isDeclaration() && space != kShared && linked && !variable.use_empty()) {
    Report(violations, "IR005",
           absl::StrCat("Variable ", Quoted(variable), " is declared but not defined."),
           PlaceOfUse(variable), "define it in this file, or compile and link with -fgpu-rdc");
  }
  if (variable.hasInitializer() && HoldsSharedAddress(*variable.getInitializer())) {
    Report(violations, "IR009",
           absl::StrCat("The initial value of ", Quoted(variable),
                        " holds the address of a shared variable."));
  }
}

void CheckDeclaration(const llvm::Function& function, Violations& violations) {
  if (function.isIntrinsic() || function.use_empty()) return;
  const llvm::StringRef name = function.getName();
  const IrExtern* entry = FindIrExtern({name.data(), name.size()});
  if (entry != nullptr) {
    if (function.getFunctionType() == ExternType(entry->signature, function.getContext())) return;
    Report(violations, "IR005",
           absl::StrCat("Extern `", name.str(), "` is declared with the wrong type."));
  } else if (name.starts_with(kExternPrefix)) {
    Report(violations, "IR005",
           absl::StrCat("`", name.str(), "` is no extern of device IR version ",
                        binary::kDeviceIrVersion, "."));
  } else if (ModuleFlag(*function.getParent(), kRelocatableFlag, 0) == 0) {
    Report(violations, "IR005",
           absl::StrCat("Device function ", Quoted(function),
                        " is called but not defined in this translation unit; -fgpu-rdc links "
                        "several."),
           PlaceOfUse(function),
           name == "__dynamic_cast" || name.starts_with("__cxa_")
               ? "device code has no exceptions and no run-time type information"
               : "define it in this file, or compile and link with -fgpu-rdc (-rdc=true)");
  }
}

}  // namespace

bool HoldsSharedAddress(const llvm::Constant& constant) {
  if (const auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(&constant)) {
    return variable->getAddressSpace() == kShared;
  }
  if (llvm::isa<llvm::GlobalValue>(constant)) return false;
  for (const llvm::Use& use : constant.operands()) {
    const auto* operand = llvm::dyn_cast<llvm::Constant>(use.get());
    if (operand != nullptr && HoldsSharedAddress(*operand)) return true;
  }
  return false;
}

uint64_t ModuleFlag(const llvm::Module& module, llvm::StringRef name, uint64_t missing) {
  const auto* value = llvm::mdconst::extract_or_null<llvm::ConstantInt>(module.getModuleFlag(name));
  return value == nullptr ? missing : value->getZExtValue();
}

std::string Quoted(const llvm::Value& value) {
  return absl::StrCat("`", llvm::demangle(value.getName().str()), "`");
}

std::string PlaceOf(const llvm::Instruction& instruction) {
  const llvm::DebugLoc& location = instruction.getDebugLoc();
  if (!location) return "";
  return absl::StrCat(location->getFilename().str(), ":", location.getLine(), ":",
                      location.getCol());
}

std::string PlaceOf(const llvm::Function& function) {
  const llvm::DISubprogram* program = function.getSubprogram();
  if (program == nullptr) return "";
  return absl::StrCat(program->getFilename().str(), ":", program->getLine(), ":1");
}

std::string PlaceOfUse(const llvm::Value& value) {
  for (const llvm::User* user : value.users()) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(user);
    std::string place = instruction != nullptr                ? PlaceOf(*instruction)
                        : llvm::isa<llvm::ConstantExpr>(user) ? PlaceOfUse(*user)
                                                              : "";
    if (!place.empty()) return place;
  }
  return "";
}

void CheckModuleRules(const llvm::Module& module, Violations& violations) {
  CheckTarget(module, violations);
  CheckStamp(module, violations);
  CheckKernels(module, violations);
  for (const llvm::GlobalVariable& variable : module.globals()) {
    const llvm::StringRef name = variable.getName();
    if (name == "llvm.global_ctors" || name == "llvm.global_dtors") {
      Report(violations, "IR011",
             "The module has global constructors or destructors, which devices do not run.");
    } else if (!name.starts_with("llvm.")) {
      CheckVariable(variable, violations);
    }
  }
  for (const llvm::GlobalIFunc& ifunc : module.ifuncs()) {
    Report(violations, "IR011", absl::StrCat(Quoted(ifunc), " is an ifunc."));
  }
  if (!module.getModuleInlineAsm().empty()) {
    Report(violations, "IR007", "The module has assembly outside functions.");
  }
  for (const llvm::Function& function : module) {
    if (function.isDeclaration()) CheckDeclaration(function, violations);
  }
}

}  // namespace opensupa::cc
