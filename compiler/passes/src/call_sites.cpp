#include "opensupa/passes/call_sites.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "ir_externs.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {
namespace {

bool IsOwnHeader(llvm::StringRef file) {
  return file.contains("include/opensupa/") || file.contains("include/supa/") ||
         file.contains("include/cuda/") || file.contains("cooperative_groups");
}

/// The innermost place outside the kernel language's headers, or else the innermost one.
const llvm::DILocation* ProgramLocation(const llvm::DILocation* location) {
  for (const llvm::DILocation* outer = location; outer != nullptr; outer = outer->getInlinedAt()) {
    if (!IsOwnHeader(outer->getFilename())) return outer;
  }
  return location;
}

bool HasSite(const llvm::CallInst& call) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee == nullptr) return false;
  const llvm::StringRef name = callee->getName();
  const IrExtern* entry = FindIrExtern({name.data(), name.size()});
  return entry != nullptr && entry->effect == ExternEffect::kConvergent;
}

}  // namespace

void InlineOwnWaits(llvm::Module& module) {
  std::set<const llvm::Function*> waiting;
  for (bool found = true; found;) {
    found = false;
    for (llvm::Function& function : module) {
      const llvm::DISubprogram* source = function.getSubprogram();
      if (source == nullptr || !IsOwnHeader(source->getFilename()) || waiting.contains(&function)) {
        continue;
      }
      for (const llvm::Instruction& instruction : llvm::instructions(function)) {
        const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
        if (call == nullptr || (!HasSite(*call) && !waiting.contains(call->getCalledFunction()))) {
          continue;
        }
        waiting.insert(&function);
        function.removeFnAttr(llvm::Attribute::NoInline);
        function.removeFnAttr(llvm::Attribute::OptimizeNone);
        function.addFnAttr(llvm::Attribute::AlwaysInline);
        found = true;
        break;
      }
    }
  }
}

void NoteCallSites(llvm::Module& module) {
  llvm::LLVMContext& context = module.getContext();
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (call == nullptr || !HasSite(*call)) continue;
      const llvm::DILocation* location = ProgramLocation(call->getDebugLoc().get());
      if (location == nullptr || location->getLine() == 0) continue;
      const std::string text =
          absl::StrCat(location->getFilename().str(), ":", location->getLine());
      call->setMetadata(kCallSiteMetadata,
                        llvm::MDNode::get(context, {llvm::MDString::get(context, text)}));
    }
  }
}

}  // namespace opensupa::cc
