#include "thread_twins.h"

#include "device_externs.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

namespace opensupa::cc {
namespace {

bool RepetitionShows(const llvm::Instruction& instruction) {
  return instruction.isAtomic() || instruction.isVolatile();
}

}  // namespace

DistinctDimensions FindDistinctDimensions(const Reachability& reachability,
                                          const llvm::Function& kernel) {
  DistinctDimensions used{false, false, false};
  for (const llvm::Function* function : reachability.From(kernel)) {
    if (!function->isDeclaration()) {
      for (const llvm::Instruction& instruction : llvm::instructions(*function)) {
        if (RepetitionShows(instruction)) return {};
      }
      continue;
    }
    const llvm::StringRef name = function->getName();
    const DeviceExtern* entry = FindDeviceExtern({name.data(), name.size()});
    if (entry == nullptr) continue;  // a math function
    if (name == "__su_tid_x") {
      used.x = true;
    } else if (name == "__su_tid_y") {
      used.y = true;
    } else if (name == "__su_tid_z") {
      used.z = true;
    } else if (entry->kind != ExternKind::kBlockField && entry->kind != ExternKind::kSharedBase) {
      return {};
    }
  }
  return used;
}

}  // namespace opensupa::cc
