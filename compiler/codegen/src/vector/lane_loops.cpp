#include "vector/lane_loops.h"

#include <algorithm>
#include <map>
#include <vector>

#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ValueMapper.h"
#include "vector/induction.h"

namespace opensupa::cc {
namespace {

using llvm::Instruction;
using llvm::Value;

constexpr size_t kMostInstructions = 60;
// Computations for each access, up to which accesses are what takes the time.
constexpr unsigned kMostWorkPerAccess = 2;
constexpr int64_t kMostStepBytes = 16;

bool IsHarmless(const Instruction& instruction) {
  if (instruction.isAtomic() || instruction.isVolatile() ||
      llvm::isa<llvm::AllocaInst>(instruction)) {
    return false;
  }
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
  return call == nullptr || llvm::isa<llvm::IntrinsicInst>(call);
}

/// The constant by which `value` grows from one iteration of `loop` to the next, if that is known
/// and not 0; 0 for others.
int64_t ConstantStepOf(const Value* value, const llvm::Loop& loop, const llvm::DataLayout& layout) {
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(value)) {
    return ConstantStepOf(cast->getOperand(0), loop, layout);
  }
  if (const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(value)) {
    if (gep->getNumIndices() != 1 || !loop.isLoopInvariant(gep->getPointerOperand())) return 0;
    return ConstantStepOf(gep->getOperand(1), loop, layout) *
           static_cast<int64_t>(
               layout.getTypeAllocSize(gep->getSourceElementType()).getFixedValue());
  }
  if (const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(value)) {
    if (binary->getOpcode() != Instruction::Add) return 0;
    for (unsigned i = 0; i < 2; ++i) {
      if (loop.isLoopInvariant(binary->getOperand(1 - i))) {
        return ConstantStepOf(binary->getOperand(i), loop, layout);
      }
    }
    return 0;
  }
  const auto* phi = llvm::dyn_cast<llvm::PHINode>(value);
  const auto* step =
      phi == nullptr ? nullptr : llvm::dyn_cast_or_null<llvm::ConstantInt>(StepOf(*phi, loop));
  return step == nullptr ? 0 : step->getSExtValue();
}

/// What the loop does in one iteration.
struct Work {
  size_t instructions = 0;
  unsigned walks = 0;    // accesses in small steps
  unsigned others = 0;   // to other places of the lane's own
  unsigned shared = 0;   // to neighbours or one place, which vectors do at once
  unsigned compute = 0;  // without what finds addresses and ends the loop
};

bool Measure(const llvm::Loop& loop, const LaneShapes& shapes, Work& work) {
  for (const llvm::BasicBlock* block : loop.blocks()) {
    work.instructions += block->size();
    for (const Instruction& instruction : *block) {
      if (!IsHarmless(instruction)) return false;
      if (const Value* pointer = llvm::getLoadStorePointerOperand(&instruction)) {
        const llvm::DataLayout& layout = instruction.getModule()->getDataLayout();
        const int64_t step = ConstantStepOf(pointer, loop, layout);
        if (!shapes.Of(pointer).varying()) {
          ++work.shared;
        } else if (step != 0 && std::abs(step) <= kMostStepBytes) {
          ++work.walks;
        } else {
          ++work.others;
        }
      } else if (instruction.getType()->isFloatingPointTy() &&
                 !llvm::isa<llvm::PHINode>(instruction)) {
        ++work.compute;
      } else if (instruction.getOpcode() == Instruction::Mul || instruction.isBitwiseLogicOp() ||
                 instruction.isShift()) {
        ++work.compute;
      }
    }
  }
  return true;
}

/// Values of the loop that its exit gets.
std::vector<Instruction*> ResultsOf(const llvm::Loop& loop) {
  std::vector<Instruction*> results;
  for (const llvm::PHINode& phi : loop.getExitBlock()->phis()) {
    auto* value = llvm::dyn_cast<Instruction>(phi.getIncomingValueForBlock(loop.getExitingBlock()));
    const bool is_new = std::find(results.begin(), results.end(), value) == results.end();
    if (value != nullptr && loop.contains(value) && is_new) results.push_back(value);
  }
  return results;
}

class LoopEmitter {
 public:
  LoopEmitter(const llvm::Loop& loop, LaneValues& values, LaneInstructions& instructions)
      : loop_(loop), values_(values), instructions_(instructions) {}

  void Emit(Value* mask) {
    FindInputs();
    const std::vector<Instruction*> results = ResultsOf(loop_);
    std::vector<std::vector<llvm::AllocaInst*>> memory;
    for (Instruction* result : results) memory.push_back(instructions_.ResultMemory(*result));
    instructions_.ForEachLane(mask, [&](Value* lane) {
      llvm::ValueToValueMapTy map;
      EmitForLane(lane, map);
      for (size_t i = 0; i < results.size(); ++i) {
        instructions_.StoreResult(*results[i], map.lookup(results[i]), lane, memory[i]);
      }
    });
    for (size_t i = 0; i < results.size(); ++i) {
      values_.Define(*results[i], instructions_.LoadResult(results[i]->getType(), memory[i]));
    }
  }

 private:
  void FindInputs() {
    const auto add = [&](Value* value) {
      const bool has_place = llvm::isa<Instruction, llvm::Argument>(value);
      if (has_place && !inputs_.contains(value)) inputs_[value] = instructions_.SpreadOut(value);
    };
    for (llvm::PHINode& phi : loop_.getHeader()->phis()) add(&phi);
    for (llvm::BasicBlock* block : loop_.blocks()) {
      for (Instruction& instruction : *block) {
        for (Value* operand : instruction.operands()) {
          auto* inner = llvm::dyn_cast<Instruction>(operand);
          const bool is_start = llvm::isa<llvm::PHINode>(instruction) && block == loop_.getHeader();
          if (!is_start && (inner == nullptr || !loop_.contains(inner))) add(operand);
        }
      }
    }
  }

  void EmitForLane(Value* lane, llvm::ValueToValueMapTy& map) {
    llvm::IRBuilder<>& builder = values_.builder();
    std::map<const Value*, Value*> starts;
    for (const auto& [value, of_lane] : inputs_) {
      auto* phi = llvm::dyn_cast<llvm::PHINode>(value);
      const bool is_start = phi != nullptr && phi->getParent() == loop_.getHeader();
      if (is_start) {
        starts[value] = of_lane(lane);
      } else {
        map[value] = of_lane(lane);
      }
    }
    llvm::BasicBlock* before = builder.GetInsertBlock();
    for (llvm::BasicBlock* block : loop_.blocks()) {
      map[block] = values_.NewBlock(block->getName() + ".lane");
    }
    llvm::BasicBlock* left = values_.NewBlock("lane.left");
    map[loop_.getExitBlock()] = left;
    builder.CreateBr(llvm::cast<llvm::BasicBlock>(map[loop_.getHeader()]));
    std::vector<Instruction*> copies;
    for (llvm::BasicBlock* block : loop_.blocks()) {
      builder.SetInsertPoint(llvm::cast<llvm::BasicBlock>(map[block]));
      for (Instruction& instruction : *block) {
        Instruction* copy = instruction.clone();
        builder.Insert(copy, instruction.getName());
        map[&instruction] = copy;
        copies.push_back(copy);
      }
    }
    for (llvm::PHINode& phi : loop_.getHeader()->phis()) {
      auto* copy = llvm::cast<llvm::PHINode>(map.lookup(&phi));
      while (copy->getNumIncomingValues() > 0) copy->removeIncomingValue(0u, false);
      copy->addIncoming(phi.getIncomingValueForBlock(loop_.getLoopLatch()), loop_.getLoopLatch());
    }
    for (Instruction* copy : copies) {
      llvm::RemapInstruction(copy, map,
                             llvm::RF_NoModuleLevelChanges | llvm::RF_IgnoreMissingLocals);
    }
    for (llvm::PHINode& phi : loop_.getHeader()->phis()) {
      llvm::cast<llvm::PHINode>(map.lookup(&phi))->addIncoming(starts.at(&phi), before);
    }
    builder.SetInsertPoint(left);
  }

  const llvm::Loop& loop_;
  LaneValues& values_;
  LaneInstructions& instructions_;
  std::map<Value*, LaneInstructions::OfLane> inputs_;
};

}  // namespace

bool PaysLaneByLane(const llvm::Loop& loop, const LaneShapes& shapes) {
  if (!loop.isInnermost() || loop.getExitingBlock() == nullptr || loop.getExitBlock() == nullptr ||
      loop.getLoopLatch() == nullptr) {
    return false;
  }
  Work work;
  if (!Measure(loop, shapes, work) || work.instructions > kMostInstructions) return false;
  const unsigned own = work.walks + work.others;
  if (work.walks == 0 || own < 2 || work.shared != 0 || work.compute > kMostWorkPerAccess * own) {
    return false;
  }
  const std::vector<Instruction*> results = ResultsOf(loop);
  return std::all_of(results.begin(), results.end(), [&](const Instruction* result) {
    return shapes.Of(result).varying() && result->getType()->isSingleValueType();
  });
}

void EmitLoopLaneByLane(const llvm::Loop& loop, LaneValues& values, LaneInstructions& instructions,
                        Value* mask) {
  LoopEmitter(loop, values, instructions).Emit(mask);
}

}  // namespace opensupa::cc
