#pragma once

#include "vector/lane_values.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {

/// Emits what the threads of a warp exchange, where the lanes of a vector are a whole warp. Lanes
/// that are named by the operation but do not run it now are not waited for.
class WarpEmitter {
 public:
  explicit WarpEmitter(LaneValues& values) : values_(values) {}

  /// Null if `call` can be emitted, else the reason why not.
  static const char* WhyNot(const llvm::CallInst& call, const LaneShapes& shapes, unsigned lanes);

  /// Emits `call` for the lanes of `mask` (all if null), of which at least one is set.
  void Emit(llvm::CallInst& call, llvm::Value* mask);

 private:
  llvm::IRBuilder<>& builder() { return values_.builder(); }
  llvm::Value* Lanes(llvm::Value* bits);
  llvm::Value* Shuffle(const llvm::CallInst& call, binary::abi::WarpOp op, llvm::Value* mask);
  llvm::Value* SourceLanes(binary::abi::WarpOp op, llvm::Value* parameter);
  llvm::Value* Permute(llvm::Value* value, llvm::Value* source);
  llvm::Value* MatchAny(llvm::Value* value, llvm::Value* group);
  llvm::Value* MatchAll(llvm::Value* value, llvm::Value* group);
  llvm::Value* Reduce(binary::abi::WarpOp op, llvm::Value* value, llvm::Value* group);
  llvm::Value* First(llvm::Value* value, llvm::Value* group);

  LaneValues& values_;
};

}  // namespace opensupa::cc
