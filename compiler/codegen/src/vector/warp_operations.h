#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Instructions.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::cc {

inline constexpr llvm::StringLiteral kBarrierExtern = "__su_barrier";
inline constexpr llvm::StringLiteral kWarpExchangeExtern = "__su_warp_exchange";
inline constexpr llvm::StringLiteral kActiveMaskExtern = "__su_active_mask";
inline constexpr llvm::StringLiteral kMatrixMultiplyExtern = "__su_mma";
inline constexpr llvm::StringLiteral kMatrixMoveExtern = "__su_matrix_move";

/// Externs that stay calls until threads have become lanes.
bool IsLoweredLate(llvm::StringRef name);

/// `instruction` as a call of the block's barrier, or null.
const llvm::CallInst* AsBarrier(const llvm::Instruction& instruction);

/// Whether the threads of a block wait for each other in `loop`.
bool HasBarrier(const llvm::Loop& loop);

/// The barrier that is the last thing `block` does before its terminator, or null.
const llvm::CallInst* BarrierAtEndOf(const llvm::BasicBlock& block);

/// True for a call by which the threads of a warp exchange something.
bool IsWarpOperation(const llvm::Instruction& instruction);

/// A call by which a warp multiplies or moves matrices.
bool IsMatrixOperation(const llvm::Instruction& instruction);
bool IsMatrixMultiplication(const llvm::Instruction& instruction);
/// Bytes of an element of the fragments that `use`, an operand of such a call, points to; 0 for
/// other operands.
uint64_t FragmentElementBytes(const llvm::Use& use);

/// A call of `__su_warp_exchange` or `__su_active_mask`.
class WarpOperation {
 public:
  explicit WarpOperation(const llvm::CallInst& call) : call_(call) {}

  bool is_active_mask() const;
  llvm::Value* mask() const { return call_.getArgOperand(0); }
  llvm::Value* value() const { return call_.getArgOperand(2); }
  llvm::Value* parameter() const { return call_.getArgOperand(3); }
  /// The operation; false if it is only known when the program runs.
  bool GetOp(binary::abi::WarpOp& op) const;
  /// True if all lanes of one mask get the same result.
  bool gives_all_the_same() const;

 private:
  const llvm::CallInst& call_;
};

}  // namespace opensupa::cc
