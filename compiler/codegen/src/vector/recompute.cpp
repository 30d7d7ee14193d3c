#include "vector/recompute.h"

#include <map>
#include <set>
#include <vector>

#include "llvm/IR/CFG.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/Local.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

using llvm::BasicBlock;
using llvm::Instruction;
using llvm::Value;

// Instructions that are rather repeated than kept.
constexpr unsigned kMostInstructions = 24;
constexpr unsigned kTooMany = 1000;

class Recomputer {
 public:
  Recomputer(llvm::Function& function, const LaneShapes& block_shapes)
      : function_(function), block_shapes_(block_shapes) {
    for (BasicBlock& block : function) {
      if (BarrierAtEndOf(block) != nullptr) {
        entries_.insert(block.getSingleSuccessor());
      }
    }
  }

  void Run() {
    llvm::SmallVector<llvm::WeakTrackingVH, 16> found;
    for (Instruction& instruction : llvm::instructions(function_)) {
      const unsigned cost = Cost(&instruction);
      if (cost > 0 && cost <= kMostInstructions && CrossesBarrier(instruction)) {
        found.push_back(&instruction);
      }
    }
    for (const llvm::WeakTrackingVH& one : found) ReplaceUses(*llvm::cast<Instruction>(one));
    llvm::RecursivelyDeleteTriviallyDeadInstructionsPermissive(found);
  }

 private:
  static bool IsPure(const Instruction& instruction) {
    if (const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) {
      return !binary->isIntDivRem() && binary->getOpcode() != Instruction::FDiv &&
             binary->getOpcode() != Instruction::FRem;
    }
    return llvm::isa<llvm::CmpInst, llvm::SelectInst, llvm::CastInst, llvm::GetElementPtrInst>(
        instruction);
  }

  /// Instructions that make `value` anew; 0 if it is there anyway.
  unsigned Cost(const Value* value) {
    const auto* instruction = llvm::dyn_cast<Instruction>(value);
    if (instruction == nullptr || llvm::isa<llvm::AllocaInst>(instruction) ||
        block_shapes_.IsUniform(instruction)) {
      return 0;
    }
    if (!IsPure(*instruction)) return kTooMany;
    const auto known = costs_.find(instruction);
    if (known != costs_.end()) return known->second;
    unsigned cost = 1;
    for (const Value* operand : instruction->operands()) {
      cost = std::min(cost + Cost(operand), kTooMany);
    }
    costs_[instruction] = cost;
    return cost;
  }

  static BasicBlock* BlockOf(const llvm::Use& use) {
    auto* user = llvm::cast<Instruction>(use.getUser());
    auto* phi = llvm::dyn_cast<llvm::PHINode>(user);
    return phi == nullptr ? user->getParent() : phi->getIncomingBlock(use);
  }

  /// True if a use of `instruction` lies behind a barrier.
  bool CrossesBarrier(const Instruction& instruction) const {
    const BasicBlock* home = instruction.getParent();
    std::set<const BasicBlock*> seen;
    std::vector<const BasicBlock*> work;
    for (const llvm::Use& use : instruction.uses()) {
      const BasicBlock* block = BlockOf(use);
      if (block != home && seen.insert(block).second) work.push_back(block);
    }
    while (!work.empty()) {
      const BasicBlock* block = work.back();
      work.pop_back();
      if (entries_.contains(block)) return true;
      for (const BasicBlock* before : llvm::predecessors(block)) {
        if (before != home && seen.insert(before).second) work.push_back(before);
      }
    }
    return false;
  }

  void ReplaceUses(Instruction& instruction) {
    std::vector<llvm::Use*> uses;
    for (llvm::Use& use : instruction.uses()) {
      // Copies made here are in their place.
      const auto* user = llvm::cast<Instruction>(use.getUser());
      if (!copies_.contains(user) && BlockOf(use) != instruction.getParent()) uses.push_back(&use);
    }
    for (llvm::Use* use : uses) use->set(CopyIn(instruction, *BlockOf(*use)));
  }

  /// `value` made anew at the start of `block`.
  Value* CopyIn(Value& value, BasicBlock& block) {
    if (Cost(&value) == 0) return &value;
    auto& instruction = llvm::cast<Instruction>(value);
    if (instruction.getParent() == &block) return &instruction;
    Instruction*& copy = made_[{&instruction, &block}];
    if (copy != nullptr) return copy;
    Instruction* made = instruction.clone();
    for (llvm::Use& operand : made->operands()) operand.set(CopyIn(*operand.get(), block));
    // Behind what it needs, which is at the start of the block too.
    Instruction*& last = last_[&block];
    if (last == nullptr) {
      made->insertBefore(block, block.getFirstInsertionPt());
    } else {
      made->insertAfter(last);
    }
    last = made;
    copies_.insert(made);
    copy = made;
    return made;
  }

  llvm::Function& function_;
  const LaneShapes& block_shapes_;
  std::set<const BasicBlock*> entries_;
  std::map<const Instruction*, unsigned> costs_;
  std::map<std::pair<const Instruction*, const BasicBlock*>, Instruction*> made_;
  std::map<const BasicBlock*, Instruction*> last_;
  std::set<const Instruction*> copies_;
};

}  // namespace

void RecomputeAfterBarriers(llvm::Function& function, const LaneShapes& block_shapes) {
  Recomputer(function, block_shapes).Run();
}

}  // namespace opensupa::cc
