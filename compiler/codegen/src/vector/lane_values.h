#pragma once

#include <map>
#include <vector>

#include "llvm/IR/IRBuilder.h"
#include "vector/lane_facts.h"
#include "vector/lane_shapes.h"

namespace opensupa::cc {

/// The vector function's values: what stands for each value of the scalar function.
///
/// A uniform value and lane 0 of a strided one are scalars, one for each row if rows differ; a
/// varying one is a vector with an element for each lane. Values live in stack slots, which are
/// promoted in the end, so that blocks can be run under masks in any order.
class LaneValues {
 public:
  /// One value, or one for each row.
  using Scalars = llvm::SmallVector<llvm::Value*, 1>;

  /// A vector is `rows` rows, each of an equal part of the `lanes`.
  LaneValues(llvm::Function& scalar, llvm::Function& vector, const LaneShapes& shapes,
             unsigned lanes, unsigned rows);

  unsigned lanes() const { return lanes_; }
  unsigned rows() const { return rows_; }
  unsigned row_lanes() const { return lanes_ / rows_; }
  llvm::IRBuilder<>& builder() { return builder_; }
  const LaneShapes& shapes() const { return shapes_; }
  /// Who is told what is emitted; null at first.
  LaneFacts* facts() const { return facts_; }
  void SetFacts(LaneFacts* facts) { facts_ = facts; }

  /// Continues in `block`, where nothing computed before may be known.
  void StartBlock(llvm::BasicBlock* block);
  /// Makes an empty block at the end of the function.
  llvm::BasicBlock* NewBlock(const llvm::Twine& name);

  /// The value of all lanes, or of lane 0 of a strided value, in one row.
  llvm::Value* Scalar(llvm::Value* value, unsigned row = 0);
  /// The value with an element for each lane.
  llvm::Value* Vector(llvm::Value* value);
  /// What stands for a varying `value`.
  llvm::Value* Natural(llvm::Value* value);
  /// Sets what stands for `instruction`: a vector if it is varying, else a scalar for all rows or
  /// one for each.
  void Define(llvm::Instruction& instruction, llvm::Value* value) {
    Define(instruction, Scalars{value});
  }
  void Define(llvm::Instruction& instruction, const Scalars& values);
  /// How many scalars stand for a value that is not varying.
  unsigned ScalarsOf(const llvm::Value* value) const {
    return shapes_.Of(value).by_row ? rows_ : 1;
  }
  /// What a phi gets from one edge: its natural form, and its vector form where both are kept.
  struct Incoming {
    llvm::PHINode* phi;
    Scalars natural;
    llvm::Value* vector;
  };
  Incoming Read(llvm::PHINode& phi, llvm::Value* value);
  /// Gives a phi a value in the lanes of `mask` (all if null).
  void Give(const Incoming& incoming, llvm::Value* mask);
  /// Says that no lane needs what the phis of `block` had, so that nothing is kept for it.
  void ForgetPhis(const llvm::BasicBlock& block);

  /// i1 that says whether the stride of `shape` holds; null if it always does.
  llvm::Value* StrideHolds(const LaneShape& shape);

  /// Says what stands from here on for an argument, or for a uniform value that is like one.
  void SetArgument(const llvm::Value& argument, const Scalars& values) {
    arguments_[&argument] = values;
  }
  /// Where the value of `instruction` is kept: its natural form, and the vector of a phi that is
  /// carried twice or null.
  const std::vector<llvm::AllocaInst*>& SlotsOf(llvm::Instruction& instruction);
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
  /// For each lane its number in its row, times `stride`.
  llvm::Constant* LaneNumbers(llvm::Type* type, int64_t stride) const;
  /// The part of a vector that is one of its rows; null stays null.
  llvm::Value* Row(llvm::Value* vector, unsigned row);
  /// A vector of rows, one after the other.
  llvm::Value* JoinRows(llvm::ArrayRef<llvm::Value*> rows);
  /// A vector with the same value in all lanes of a row; one for all rows or one for each.
  llvm::Value* SpreadOverRows(const Scalars& values);
  /// Forgets what was computed since `Mark`; for the arms of a branch inside a block.
  struct Known {
    std::map<llvm::Value*, Scalars> scalars;
    std::map<llvm::Value*, llvm::Value*> vectors;
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
  llvm::Value* Fold(llvm::Value* mask, llvm::Instruction::BinaryOps operation);

  llvm::Function& vector_;
  const LaneShapes& shapes_;
  const unsigned lanes_;
  const unsigned rows_;
  LaneFacts* facts_ = nullptr;
  llvm::IRBuilder<> builder_;
  llvm::IRBuilder<> entry_;
  std::map<const llvm::Value*, Scalars> arguments_;
  std::map<const llvm::Instruction*, std::vector<llvm::AllocaInst*>> slots_;
  std::map<const llvm::Instruction*, llvm::AllocaInst*> vector_slots_;
  std::vector<llvm::AllocaInst*> all_slots_;
  Known known_;
};

}  // namespace opensupa::cc
