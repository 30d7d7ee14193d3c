#pragma once

#include <map>
#include <vector>

#include "llvm/IR/IRBuilder.h"
#include "vector/lane_shapes.h"

namespace opensupa::cc {

/// The vector function's values: what stands for each value of the scalar function.
///
/// A uniform value and lane 0 of a strided one are scalars; a varying one is a vector with an
/// element for each lane. Values live in stack slots, which are promoted in the end, so that blocks
/// can be run under masks in any order.
class LaneValues {
 public:
  LaneValues(llvm::Function& scalar, llvm::Function& vector, const LaneShapes& shapes,
             unsigned lanes);

  unsigned lanes() const { return lanes_; }
  llvm::IRBuilder<>& builder() { return builder_; }
  const LaneShapes& shapes() const { return shapes_; }

  /// Continues in `block`, where nothing computed before may be known.
  void StartBlock(llvm::BasicBlock* block);
  /// Makes an empty block at the end of the function.
  llvm::BasicBlock* NewBlock(const llvm::Twine& name);

  /// The value of all lanes, or of lane 0 of a strided value.
  llvm::Value* Scalar(llvm::Value* value);
  /// The value with an element for each lane.
  llvm::Value* Vector(llvm::Value* value);
  /// Scalar or Vector, as the shape of `value` asks.
  llvm::Value* Natural(llvm::Value* value);
  /// Sets what stands for `instruction`, in its natural form.
  void Define(llvm::Instruction& instruction, llvm::Value* value);
  /// What a phi gets from one edge: its natural form, and its vector form where both are kept.
  struct Incoming {
    llvm::PHINode* phi;
    llvm::Value* natural;
    llvm::Value* vector;
  };
  Incoming Read(llvm::PHINode& phi, llvm::Value* value);
  /// Gives a phi a value in the lanes of `mask` (all if null).
  void Give(const Incoming& incoming, llvm::Value* mask);

  /// i1 that says whether the stride of `shape` holds; null if it always does.
  llvm::Value* StrideHolds(const LaneShape& shape);

  /// Says what stands for an argument from here on.
  void SetArgument(const llvm::Argument& argument, llvm::Value* value) {
    arguments_[&argument] = value;
  }
  /// Where the value of `instruction` is kept, and the vector of a phi that is carried twice or
  /// null.
  llvm::AllocaInst* SlotOf(llvm::Instruction& instruction);
  llvm::AllocaInst* SecondSlotOf(llvm::Instruction& instruction) {
    return IsCarriedTwice(&instruction) ? VectorSlotOf(llvm::cast<llvm::PHINode>(instruction))
                                        : nullptr;
  }
  llvm::AllocaInst* NewSlot(llvm::Type* type, const llvm::Twine& name);
  /// Memory of the function's frame that stays memory, aligned to a cache line.
  llvm::AllocaInst* NewMemory(llvm::Type* type, const llvm::Twine& name);
  llvm::Type* Widen(llvm::Type* type) const;
  llvm::Value* Any(llvm::Value* mask);
  llvm::Value* All(llvm::Value* mask);
  /// `mask`, or all lanes for null.
  llvm::Value* MaskOrAll(llvm::Value* mask);
  llvm::Value* Bits(llvm::Value* mask);
  llvm::Constant* LaneNumbers(llvm::Type* type, int64_t stride) const;
  /// Forgets what was computed since `Mark`; for the arms of a branch inside a block.
  struct Known {
    std::map<llvm::Value*, llvm::Value*> scalars, vectors;
  };
  Known Mark() const { return known_; }
  void Return(Known known) { known_ = std::move(known); }
  /// Makes registers of the slots.
  void Promote();

 private:
  llvm::AllocaInst* VectorSlotOf(llvm::PHINode& phi);
  /// True for a phi whose stride may not hold, so that its vector is carried along.
  bool IsCarriedTwice(const llvm::Value* value) const;
  llvm::Value* Recompute(llvm::Instruction& instruction);

  llvm::Function& vector_;
  const LaneShapes& shapes_;
  const unsigned lanes_;
  llvm::IRBuilder<> builder_;
  llvm::IRBuilder<> entry_;
  std::map<const llvm::Value*, llvm::Value*> arguments_;
  std::map<const llvm::Instruction*, llvm::AllocaInst*> slots_;
  std::map<const llvm::Instruction*, llvm::AllocaInst*> vector_slots_;
  std::vector<llvm::AllocaInst*> all_slots_;
  Known known_;
};

}  // namespace opensupa::cc
