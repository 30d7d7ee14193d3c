#pragma once

#include <functional>
#include <vector>

#include "llvm/IR/IntrinsicInst.h"
#include "vector/lane_memory.h"
#include "vector/lane_values.h"
#include "vector/matrix_product.h"

namespace opensupa::cc {

/// Emits the instructions of one scalar block for all lanes, or for those of a mask.
class LaneInstructions {
 public:
  /// `groups` are those of the scalar function.
  LaneInstructions(LaneValues& values, const MatrixTarget& matrices, MatrixGroups groups)
      : values_(values), memory_(values), matrices_(matrices), groups_(std::move(groups)) {}

  /// False for an instruction that has no vector form; `reason` says what.
  static bool CanEmit(const llvm::Instruction& instruction, const LaneShapes& shapes,
                      const char** reason);

  /// Whether the vector form of `instruction` is as good for several rows as for one.
  static bool IsForRows(const llvm::Instruction& instruction, const LaneShapes& shapes);

  /// True for one that costs little and does nothing but give a value, or ends a block.
  static bool IsCheap(const llvm::Instruction& instruction);

  /// Emits `instruction`, which is neither a phi nor a terminator, for the lanes of `mask` (all if
  /// null), of which at least one is set.
  void Emit(llvm::Instruction& instruction, llvm::Value* mask);

  /// Where the engine looks for the index of the calling thread, and the indices of the threads: x,
  /// y, z and linear, each of lane 0 or of every lane.
  struct ThreadIndex {
    llvm::Value* context;
    llvm::Value* indices[4];
  };
  void SetThreadIndex(const ThreadIndex& index) {
    thread_ = index;
    memory_.SetContext(index.context);
  }
  /// Says what is known where the code that is emitted from now on begins.
  void SetFacts(PartFacts facts) { memory_.SetFacts(std::move(facts)); }
  /// Call it where the function begins. Stores of `streaming`, which must live on, bypass the
  /// caches when the grid is large.
  void SetStreaming(const StreamingStores& streaming) { memory_.SetStreaming(streaming); }

  // What lanes do one after the other.

  /// Calls `emit(lane)` for the code that each lane of `mask` (all if null) runs, of which at least
  /// one is set.
  void ForEachLane(llvm::Value* mask, const std::function<void(llvm::Value* lane)>& emit);
  /// The value of one lane, for such code; what must be there before is emitted now.
  using OfLane = std::function<llvm::Value*(llvm::Value* lane)>;
  OfLane SpreadOut(llvm::Value* value);
  /// Memory for what all lanes get for `instruction`, one piece for each member of a structure;
  /// none if nobody wants it.
  std::vector<llvm::AllocaInst*> ResultMemory(llvm::Instruction& instruction);
  void StoreResult(llvm::Instruction& instruction, llvm::Value* result, llvm::Value* lane,
                   const std::vector<llvm::AllocaInst*>& memory);
  llvm::Value* LoadResult(llvm::Type* type, const std::vector<llvm::AllocaInst*>& memory);

 private:
  void EmitScalar(llvm::Instruction& instruction, llvm::Value* mask);
  void EmitWide(llvm::Instruction& instruction);
  void EmitMatrices(llvm::CallInst& call, llvm::Value* mask);
  void EmitDivision(llvm::BinaryOperator& division, llvm::Value* mask);
  void EmitIntrinsic(llvm::IntrinsicInst& call);
  void EmitLaneByLane(llvm::Instruction& instruction, llvm::Value* mask);
  void NameThread(llvm::Value* lane);
  llvm::Type* InMemory(llvm::Type* type);

  llvm::IRBuilder<>& builder() { return values_.builder(); }

  LaneValues& values_;
  LaneMemory memory_;
  const MatrixTarget matrices_;
  const MatrixGroups groups_;
  ThreadIndex thread_ = {};
};

}  // namespace opensupa::cc
