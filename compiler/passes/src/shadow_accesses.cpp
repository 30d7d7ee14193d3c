#include "opensupa/passes/shadow_accesses.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "annotations.h"
#include "device_rules.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "normalize_device.h"

namespace opensupa::cc {
namespace {

/// Variables that the module registers, but managed ones, which are the host's too. Shadows hold
/// nothing; constants with a value, such as constexpr ones, are no shadows.
std::set<const llvm::Value*> FindShadows(const llvm::Module& module) {
  const llvm::Function* registration = module.getFunction("__cudaRegisterVar");
  if (registration == nullptr) return {};
  std::set<const llvm::Value*> managed;
  for (const Annotation& annotation : ReadAnnotations(module)) {
    if (annotation.name == kManagedMetadata) managed.insert(annotation.target);
  }
  std::set<const llvm::Value*> registered;
  for (const llvm::User* user : registration->users()) {
    const auto* call = llvm::dyn_cast<llvm::CallInst>(user);
    if (call != nullptr) registered.insert(call->getArgOperand(1)->stripPointerCasts());
  }
  std::set<const llvm::Value*> shadows;
  for (const llvm::GlobalVariable& variable : module.globals()) {
    if (!registered.contains(&variable) || managed.contains(&variable)) continue;
    if (!variable.hasInitializer() || !llvm::isa<llvm::UndefValue>(variable.getInitializer())) {
      continue;
    }
    shadows.insert(&variable);
  }
  return shadows;
}

/// The memory that an instruction reads or writes, or null.
const llvm::Value* ReadAddress(const llvm::Instruction& instruction) {
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    return load->getPointerOperand();
  }
  const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&instruction);
  return copy != nullptr ? copy->getRawSource() : nullptr;
}
const llvm::Value* WrittenAddress(const llvm::Instruction& instruction) {
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    return store->getPointerOperand();
  }
  const auto* fill = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction);
  return fill != nullptr ? fill->getRawDest() : nullptr;
}

}  // namespace

std::vector<ShadowAccess> FindShadowAccesses(const llvm::Module& module) {
  const std::set<const llvm::Value*> shadows = FindShadows(module);
  std::vector<ShadowAccess> accesses;
  if (shadows.empty()) return accesses;
  std::set<std::pair<const llvm::Value*, std::string>> seen;
  const auto note = [&](const llvm::Instruction& instruction, const llvm::Value* address,
                        bool writes) {
    const llvm::Value* shadow = address == nullptr ? nullptr : llvm::getUnderlyingObject(address);
    if (!shadows.contains(shadow)) return;
    std::string place = PlaceOf(instruction);
    if (!seen.emplace(shadow, place).second) return;
    accesses.push_back({Quoted(*instruction.getFunction()), Quoted(*shadow), writes, place});
  };
  for (const llvm::Function& function : module) {
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      note(instruction, ReadAddress(instruction), /*writes=*/false);
      note(instruction, WrittenAddress(instruction), /*writes=*/true);
    }
  }
  return accesses;
}

std::string FormatShadowAccesses(const std::vector<ShadowAccess>& accesses, std::string_view name) {
  std::string text;
  for (const ShadowAccess& access : accesses) {
    const std::string place = access.place.empty() ? std::string(name) : access.place;
    absl::StrAppend(&text, place, ": warning: host function ", access.function,
                    access.writes ? " writes to " : " reads ", "the device variable ",
                    access.variable, ", of which the host has no value\n", place,
                    ": note: hint: use ",
                    access.writes ? "supaMemcpyToSymbol" : "supaMemcpyFromSymbol",
                    ", or make it __managed__\n");
  }
  return text;
}

}  // namespace opensupa::cc
