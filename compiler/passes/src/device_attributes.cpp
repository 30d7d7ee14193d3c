#include "device_attributes.h"

#include "ir_externs.h"
#include "llvm/IR/Attributes.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/Support/ModRef.h"

namespace opensupa::cc {
namespace {

constexpr const char* kTargetAttributes[] = {"target-cpu",
                                             "target-features",
                                             "tune-cpu",
                                             "frame-pointer",
                                             "stack-protector-buffer-size",
                                             "uniform-work-group-size",
                                             "nvptx-f32ftz",
                                             "unsafe-fp-math"};

constexpr llvm::Attribute::AttrKind kHostProtections[] = {
    llvm::Attribute::StackProtect, llvm::Attribute::StackProtectStrong,
    llvm::Attribute::StackProtectReq, llvm::Attribute::UWTable};

void SetExternAttributes(llvm::Function& function, ExternEffect effect) {
  llvm::AttrBuilder attributes(function.getContext());
  attributes.addAttribute(llvm::Attribute::NoUnwind);
  switch (effect) {
    case ExternEffect::kPure:
      attributes.addAttribute(llvm::Attribute::WillReturn);
      attributes.addAttribute(llvm::Attribute::NoSync);
      attributes.addAttribute(llvm::Attribute::NoFree);
      attributes.addAttribute(llvm::Attribute::NoCallback);
      attributes.addAttribute(llvm::Attribute::Speculatable);
      attributes.addMemoryAttr(llvm::MemoryEffects::none());
      break;
    case ExternEffect::kMemory:
      attributes.addAttribute(llvm::Attribute::WillReturn);
      attributes.addAttribute(llvm::Attribute::NoSync);
      attributes.addAttribute(llvm::Attribute::NoFree);
      attributes.addMemoryAttr(llvm::MemoryEffects::argMemOnly());
      break;
    case ExternEffect::kSideEffect:
      break;
    case ExternEffect::kConvergent:
      attributes.addAttribute(llvm::Attribute::Convergent);
      break;
    case ExternEffect::kNoReturn:
      attributes.addAttribute(llvm::Attribute::NoReturn);
      attributes.addAttribute(llvm::Attribute::Cold);
      break;
  }
  function.setAttributes(llvm::AttributeList::get(function.getContext(),
                                                  llvm::AttributeList::FunctionIndex, attributes));
  if (effect == ExternEffect::kConvergent) return;
  for (llvm::User* user : function.users()) {
    if (auto* call = llvm::dyn_cast<llvm::CallBase>(user)) {
      call->removeFnAttr(llvm::Attribute::Convergent);
    }
  }
}

}  // namespace

void NormalizeAttributes(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (const char* name : kTargetAttributes) function.removeFnAttr(name);
    for (const llvm::Attribute::AttrKind kind : kHostProtections) function.removeFnAttr(kind);
    if (!function.isDeclaration()) continue;
    const llvm::StringRef name = function.getName();
    if (const IrExtern* entry = FindIrExtern({name.data(), name.size()})) {
      SetExternAttributes(function, entry->effect);
    }
  }
}

}  // namespace opensupa::cc
