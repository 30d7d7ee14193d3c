#pragma once

#include <functional>

#include "llvm/IR/IntrinsicInst.h"
#include "vector/lane_values.h"

namespace opensupa::cc {

/// Emits copies of a few bytes for each lane, such as assignments of CUDA's vector types, as moves
/// of whole vectors where lanes touch neighbours: all of them, or those that fill a register, which
/// is asked for at run time.
class LaneCopies {
 public:
  LaneCopies(LaneValues& values, unsigned vector_bytes)
      : values_(values), vector_bytes_(vector_bytes) {}

  /// Emits `copy` for all lanes; `apart` emits it lane by lane. False, and nothing done, for copies
  /// that are not of that kind.
  bool Emit(const llvm::MemCpyInst& copy, const std::function<void()>& apart);

 private:
  /// Where the lanes' pieces are: the address of each register's worth, if `together` (i1, or null
  /// if that is known).
  struct Places {
    std::vector<llvm::Value*> addresses;
    llvm::Value* together = nullptr;
  };
  Places PlacesOf(llvm::Value* pointer, unsigned bytes);
  llvm::IRBuilder<>& builder() { return values_.builder(); }

  LaneValues& values_;
  const unsigned vector_bytes_;
};

}  // namespace opensupa::cc
