#include "vector/live_vectors.h"

#include <algorithm>
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

  void AddMostIn(const BasicBlock& block, LiveVectors& most) const {
    Values live = LiveAtEnd(block);
    AddMost(live, most);
    for (auto one = block.rbegin(); one != block.rend(); ++one) {
      Step(*one, live);
      AddMost(live, most);
    }
  }

 private:
  bool IsVector(const llvm::Value* value) const {
    const auto* instruction = llvm::dyn_cast<Instruction>(value);
    if (instruction == nullptr || instruction->getType()->isIntegerTy(1)) return false;
    const LaneShape shape = shapes_.Of(instruction);
    return shape.varying() || (shape.by_row && shape.same_in_row() && IsSpread(*instruction));
  }

  /// Whether a value that is the same in all lanes of a row is put into all of them; what is loaded
  /// for one use is spread by the instruction that uses it.
  bool IsSpread(const Instruction& value) const {
    if (!value.getType()->isFloatingPointTy()) return false;
    if (llvm::isa<llvm::LoadInst>(value) && value.hasOneUse()) return false;
    return std::any_of(value.user_begin(), value.user_end(),
                       [this](const llvm::User* user) { return shapes_.Of(user).varying(); });
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

  void AddMost(const Values& live, LiveVectors& most) const {
    LiveVectors now;
    for (const Instruction* value : live) {
      const llvm::DataLayout& layout = value->getModule()->getDataLayout();
      const uint64_t bits = layout.getTypeSizeInBits(value->getType()).getFixedValue();
      const auto registers = static_cast<unsigned>(std::max<uint64_t>(bits / kElementBits, 1));
      now.all += registers;
      if (shapes_.Of(value).by_row) now.by_row += registers;
    }
    most.all = std::max(most.all, now.all);
    most.by_row = std::max(most.by_row, now.by_row);
  }

  const LaneShapes& shapes_;
  std::map<const BasicBlock*, Values> at_start_;
};

}  // namespace

LiveVectors MostLiveVectors(const llvm::Function& function, const llvm::LoopInfo& loops,
                            const LaneShapes& shapes) {
  const Liveness liveness(function, shapes);
  LiveVectors most;
  for (const BasicBlock& block : function) {
    const llvm::Loop* loop = loops.getLoopFor(&block);
    if (!loops.empty() && (loop == nullptr || !loop->isInnermost())) continue;
    liveness.AddMostIn(block, most);
  }
  return most;
}

}  // namespace opensupa::cc
