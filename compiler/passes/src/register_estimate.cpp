#include "register_estimate.h"

#include <algorithm>
#include <map>
#include <set>

#include "llvm/IR/CFG.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {
namespace {

using ValueSet = std::set<const llvm::Value*>;

constexpr uint32_t kFewest = 16, kMost = 255, kReserved = 8;
/// Above this many instructions the estimate is the maximum, since the exact count would take long.
constexpr size_t kLargestFunction = 20000;

bool NeedsRegister(const llvm::Value& value) {
  return (llvm::isa<llvm::Instruction>(value) && !llvm::isa<llvm::AllocaInst>(value)) ||
         llvm::isa<llvm::Argument>(value);
}

class Liveness {
 public:
  explicit Liveness(const llvm::Function& function)
      : function_(function), layout_(function.getParent()->getDataLayout()) {}

  uint32_t MostAliveWords() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const llvm::BasicBlock& block : llvm::reverse(function_)) {
        ValueSet alive = AliveAtEnd(block);
        Walk(block, alive);
        ValueSet& at_start = alive_at_start_[&block];
        if (alive != at_start) {
          at_start = std::move(alive);
          changed = true;
        }
      }
    }
    return most_words_;
  }

 private:
  ValueSet AliveAtEnd(const llvm::BasicBlock& block) {
    ValueSet alive;
    for (const llvm::BasicBlock* next : llvm::successors(&block)) {
      const ValueSet& at_start = alive_at_start_[next];
      alive.insert(at_start.begin(), at_start.end());
      for (const llvm::PHINode& phi : next->phis()) {
        const llvm::Value* incoming = phi.getIncomingValueForBlock(&block);
        if (NeedsRegister(*incoming)) alive.insert(incoming);
      }
    }
    return alive;
  }

  void Walk(const llvm::BasicBlock& block, ValueSet& alive) {
    Count(alive);
    for (const llvm::Instruction& instruction : llvm::reverse(block)) {
      alive.erase(&instruction);
      if (llvm::isa<llvm::PHINode>(instruction)) continue;
      for (const llvm::Use& use : instruction.operands()) {
        if (NeedsRegister(*use.get())) alive.insert(use.get());
      }
      Count(alive);
    }
  }

  void Count(const ValueSet& alive) {
    uint64_t words = 0;
    for (const llvm::Value* value : alive) {
      if (!value->getType()->isSized()) continue;
      words += (layout_.getTypeSizeInBits(value->getType()).getFixedValue() + 31) / 32;
    }
    most_words_ = std::max<uint32_t>(most_words_, static_cast<uint32_t>(words));
  }

  const llvm::Function& function_;
  const llvm::DataLayout& layout_;
  std::map<const llvm::BasicBlock*, ValueSet> alive_at_start_;
  uint32_t most_words_ = 0;
};

}  // namespace

uint32_t EstimateRegisters(const llvm::Function& kernel) {
  if (kernel.getInstructionCount() > kLargestFunction) return kMost;
  return std::clamp(Liveness(kernel).MostAliveWords() + kReserved, kFewest, kMost);
}

}  // namespace opensupa::cc
