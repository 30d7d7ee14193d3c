#include "vector/part_choices.h"

#include <map>
#include <vector>

#include "llvm/IR/CFG.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

using llvm::Instruction;
using llvm::Value;

// Blocks with more instructions than this are not worth being there several times.
constexpr size_t kMostInstructions = 200;

class ChoiceFinder {
 public:
  ChoiceFinder(const std::set<Instruction*>& live, const LaneShapes& shapes,
               const LaneShapes& block_shapes)
      : live_(live), shapes_(shapes), block_shapes_(block_shapes) {}

  void Add(Value* pointer) {
    if (shapes_.IsUniform(pointer)) return;
    is_shared_ = LeadsToShared(pointer);
    seen_.clear();
    Follow(pointer);
  }

  Instruction* MostWanted() const {
    Instruction* best = nullptr;
    for (const auto& [value, count] : wanted_) {
      if (best == nullptr || count > wanted_.at(best)) best = value;
    }
    return best;
  }

 private:
  /// Looks for operations of `value` whose lanes depend on a uniform operand.
  void Follow(Value* value) {
    auto* instruction = llvm::dyn_cast<Instruction>(value);
    if (instruction == nullptr || shapes_.IsUniform(value) || live_.contains(instruction) ||
        !seen_.insert(instruction).second) {
      return;
    }
    if (!llvm::isa<llvm::BinaryOperator, llvm::CastInst, llvm::GetElementPtrInst>(instruction)) {
      return;
    }
    if (auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(instruction)) {
      for (Value* operand : binary->operands()) {
        if (shapes_.IsUniform(operand) && Depends(*binary)) Want(operand);
      }
    }
    for (Value* operand : instruction->operands()) Follow(operand);
  }

  bool Depends(const llvm::BinaryOperator& binary) const {
    switch (binary.getOpcode()) {
      case Instruction::And:
      case Instruction::Or:
      case Instruction::Xor:
      case Instruction::LShr:
        return true;
      case Instruction::Add:
      case Instruction::Sub:
        // Shared memory is cut into aligned vectors.
        return is_shared_;
      default:
        return false;
    }
  }

  /// Counts the value from which `operand` is made, with constants.
  void Want(Value* operand) {
    auto* instruction = llvm::dyn_cast<Instruction>(operand);
    while (instruction != nullptr && !live_.contains(instruction)) {
      if (!llvm::isa<llvm::BinaryOperator, llvm::CastInst>(instruction)) return;
      Instruction* next = nullptr;
      for (Value* part : instruction->operands()) {
        if (llvm::isa<llvm::ConstantInt>(part)) continue;
        if (next != nullptr) return;
        next = llvm::dyn_cast<Instruction>(part);
        if (next == nullptr) return;
      }
      instruction = next;
    }
    if (instruction == nullptr || !instruction->getType()->isIntegerTy() ||
        instruction->getType()->getIntegerBitWidth() > 64 ||
        instruction->getType()->getIntegerBitWidth() < 8 || !block_shapes_.IsUniform(instruction)) {
      return;
    }
    ++wanted_[instruction];
  }

  const std::set<Instruction*>& live_;
  const LaneShapes& shapes_;
  const LaneShapes& block_shapes_;
  bool is_shared_ = false;
  std::set<const Instruction*> seen_;
  std::map<Instruction*, unsigned> wanted_;
};

using Blocks = std::set<const llvm::BasicBlock*>;

/// Those of `blocks` that run after `from`, and itself.
Blocks BlocksFrom(const llvm::BasicBlock& from, const Blocks& blocks) {
  Blocks reached;
  std::vector<const llvm::BasicBlock*> work;
  const auto reach = [&](const llvm::BasicBlock* block) {
    if (blocks.contains(block) && reached.insert(block).second) work.push_back(block);
  };
  reach(&from);
  while (!work.empty()) {
    const llvm::BasicBlock* block = work.back();
    work.pop_back();
    if (BarrierAtEndOf(*block) != nullptr) continue;
    for (const llvm::BasicBlock* next : llvm::successors(block)) reach(next);
  }
  return reached;
}

/// The only block from which `block` is entered without a barrier, or null.
const llvm::BasicBlock* OnlyWayTo(const llvm::BasicBlock& block, const Blocks& blocks) {
  const llvm::BasicBlock* only = nullptr;
  for (const llvm::BasicBlock* before : llvm::predecessors(&block)) {
    if (!blocks.contains(before) || BarrierAtEndOf(*before) != nullptr) continue;
    if (only != nullptr) return nullptr;
    only = before;
  }
  return only;
}

/// Adds the phis of `block` that are constants; false if there are none.
bool AddPhis(const llvm::BasicBlock& block, const Blocks& blocks, PartFacts& facts) {
  const llvm::BasicBlock* before = OnlyWayTo(block, blocks);
  if (before == nullptr) return false;
  bool found = false;
  for (const llvm::PHINode& phi : block.phis()) {
    if (!phi.getType()->isIntegerTy() || facts.ConstantOf(&phi, block) != nullptr) continue;
    const llvm::ConstantInt* constant =
        facts.ConstantOf(phi.getIncomingValueForBlock(before), *before);
    if (constant == nullptr) continue;
    Blocks after = BlocksFrom(block, blocks);
    // Else it is what it is only the first time.
    if (after.contains(before)) return found;
    facts.known.push_back({&phi, constant, std::move(after)});
    found = true;
  }
  return found;
}

}  // namespace

Instruction* FindChoice(const std::set<const llvm::BasicBlock*>& blocks,
                        const std::set<Instruction*>& live, const LaneShapes& shapes,
                        const LaneShapes& block_shapes) {
  size_t instructions = 0;
  for (const llvm::BasicBlock* block : blocks) instructions += block->size();
  if (instructions > kMostInstructions) return nullptr;
  ChoiceFinder finder(live, shapes, block_shapes);
  for (const llvm::BasicBlock* block : blocks) {
    for (const Instruction& instruction : *block) {
      if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
        finder.Add(const_cast<Value*>(load->getPointerOperand()));
      } else if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
        finder.Add(const_cast<Value*>(store->getPointerOperand()));
      }
    }
  }
  return finder.MostWanted();
}

PartFacts FindFacts(const Blocks& blocks, const llvm::BasicBlock& entry,
                    const std::set<Instruction*>& live, const Instruction* choice,
                    const llvm::ConstantInt* constant) {
  PartFacts facts;
  facts.live = &live;
  if (choice != nullptr) {
    Blocks before = blocks;
    for (const llvm::BasicBlock* block : BlocksFrom(*choice->getParent(), blocks)) {
      before.erase(block);
    }
    facts.known.push_back({choice, constant, std::move(before)});
  }
  bool changed = true;
  while (changed) {
    changed = false;
    for (const llvm::BasicBlock* block : blocks) {
      if (block != &entry) changed |= AddPhis(*block, blocks, facts);
    }
  }
  return facts;
}

}  // namespace opensupa::cc
