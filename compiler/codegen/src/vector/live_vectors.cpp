#include "vector/live_vectors.h"

#include <map>
#include <set>

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {
namespace {

using llvm::BasicBlock;
using llvm::Instruction;
using Values = std::set<const Instruction*>;

constexpr unsigned kElementBits = 32;

class Liveness {
 public:
  Liveness(const llvm::Function& function, const LaneShapes& shapes) : shapes_(shapes) {
    bool changed = true;
    while (changed) {
      changed = false;
      for (const BasicBlock* block : llvm::post_order(&function)) {
        Values live = LiveAtEnd(*block);
        for (auto one = block->rbegin(); one != block->rend(); ++one) Step(*one, live);
        if (at_start_[block] == live) continue;
        at_start_[block] = std::move(live);
        changed = true;
      }
    }
  }

  unsigned MostIn(const BasicBlock& block) const {
    Values live = LiveAtEnd(block);
    unsigned most = Registers(live);
    for (auto one = block.rbegin(); one != block.rend(); ++one) {
      Step(*one, live);
      most = std::max(most, Registers(live));
    }
    return most;
  }

 private:
  bool IsVector(const llvm::Value* value) const {
    const auto* instruction = llvm::dyn_cast<Instruction>(value);
    return instruction != nullptr && shapes_.Of(instruction).varying() &&
           !instruction->getType()->isIntegerTy(1);
  }

  void Step(const Instruction& instruction, Values& live) const {
    live.erase(&instruction);
    if (llvm::isa<llvm::PHINode>(instruction)) return;
    for (const llvm::Value* operand : instruction.operands()) {
      if (IsVector(operand)) live.insert(llvm::cast<Instruction>(operand));
    }
  }

  Values LiveAtEnd(const BasicBlock& block) const {
    Values live;
    for (const BasicBlock* next : llvm::successors(&block)) {
      const auto found = at_start_.find(next);
      if (found != at_start_.end()) live.insert(found->second.begin(), found->second.end());
      for (const llvm::PHINode& phi : next->phis()) {
        const llvm::Value* value = phi.getIncomingValueForBlock(&block);
        if (IsVector(value)) live.insert(llvm::cast<Instruction>(value));
      }
    }
    return live;
  }

  static unsigned Registers(const Values& live) {
    unsigned registers = 0;
    for (const Instruction* value : live) {
      const llvm::DataLayout& layout = value->getModule()->getDataLayout();
      const uint64_t bits = layout.getTypeSizeInBits(value->getType()).getFixedValue();
      registers += static_cast<unsigned>(std::max<uint64_t>(bits / kElementBits, 1));
    }
    return registers;
  }

  const LaneShapes& shapes_;
  std::map<const BasicBlock*, Values> at_start_;
};

}  // namespace

unsigned MostLiveVectors(const llvm::Function& function, const llvm::LoopInfo& loops,
                         const LaneShapes& shapes) {
  const Liveness liveness(function, shapes);
  unsigned most = 0;
  for (const BasicBlock& block : function) {
    const llvm::Loop* loop = loops.getLoopFor(&block);
    if (!loops.empty() && (loop == nullptr || !loop->isInnermost())) continue;
    most = std::max(most, liveness.MostIn(block));
  }
  return most;
}

}  // namespace opensupa::cc
