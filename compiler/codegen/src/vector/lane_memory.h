#pragma once

#include <optional>

#include "llvm/IR/IntrinsicInst.h"
#include "vector/lane_split.h"
#include "vector/lane_values.h"
#include "vector/lane_windows.h"
#include "vector/streaming_stores.h"

namespace opensupa::cc {

/// Emits loads and stores of all lanes: one access where lanes touch neighbours or the same place,
/// gathers and scatters elsewhere. Where that depends on an index not wrapping, both are there.
class LaneMemory {
 public:
  explicit LaneMemory(LaneValues& values) : values_(values), splitter_(values) {}

  /// Emit the access for the lanes of `mask` (all if null), of which at least one is set. False,
  /// and nothing done, for accesses that each lane must make by itself.
  bool EmitLoad(llvm::LoadInst& load, llvm::Value* mask);
  bool EmitStore(llvm::StoreInst& store, llvm::Value* mask);
  /// Asks for the memory that lanes are close together in; elsewhere does nothing.
  void EmitPrefetch(llvm::IntrinsicInst& prefetch);
  /// Whether `access`, at addresses of `shape`, is one that touches neighbours in plain memory.
  static bool IsContiguous(const LaneShape& shape, const llvm::Instruction& access,
                           llvm::Type& element);
  /// For each row the address that `pointer`, the same in all lanes of a row, has there, or in a
  /// row with lanes of `mask` for rows without any.
  LaneValues::Scalars AddressesOfRows(llvm::Value& pointer, llvm::Value* mask);
  /// See LaneInstructions.
  void SetStreaming(const StreamingStores& streaming);

  /// Says where the threads of the vector find their block's fields.
  void SetContext(llvm::Value* context) { context_ = context; }
  /// Says what is known where the code that is emitted from now on begins.
  void SetFacts(PartFacts facts) { splitter_.SetFacts(std::move(facts)); }

 private:
  /// An access whose lanes are at constant distances from each other.
  struct Near {
    LaneWindows windows;
    llvm::Value* first;  // address of lane 0 if the lanes are neighbours and need no windows
    llvm::Value* holds;  // i1: whether it is so, or null if it always is
  };
  std::optional<Near> FindNear(const llvm::Instruction& access, llvm::Value* pointer,
                               llvm::Type* element, llvm::Align align, llvm::Value* mask);
  llvm::Value* IsWithinShared(const LaneWindows& windows, llvm::Value* base);
  bool OwnsSharedMemory(const llvm::Function& function);
  /// Emits `together` if the stride holds, else `apart`; null where one cannot be reached.
  template <typename Together, typename Apart>
  llvm::Value* ByStride(llvm::Value* holds, Together together, Apart apart);
  struct Neighbours {
    llvm::Value* are;    // i1
    llvm::Value* first;  // address of lane 0
  };
  struct NarrowIndex {
    llvm::Value* base = nullptr;
    llvm::Value* narrow = nullptr;
    bool is_signed = false;
  };
  NarrowIndex FindNarrowIndex(const llvm::Instruction& access, llvm::Value* pointer, int64_t bytes);
  Neighbours AskByIndex(const NarrowIndex& index, llvm::Type* element, llvm::Value* mask);
  bool MayTurnOutContiguous(llvm::Value* pointer);
  Neighbours AskForNeighbours(const llvm::Instruction& access, llvm::Value* pointer,
                              llvm::Type* element, llvm::Value* mask);
  llvm::Value* LoadRows(llvm::LoadInst& load, llvm::Value* mask);
  void StoreRows(llvm::StoreInst& store, llvm::Value* mask);
  llvm::Value* LastActive(llvm::Value* value, llvm::Value* mask);
  llvm::Value* StoreTogether(const llvm::StoreInst& store, llvm::Value* wide, llvm::Value* first,
                             llvm::Value* mask);
  bool MayStream(const llvm::StoreInst& store);

  llvm::IRBuilder<>& builder() { return values_.builder(); }

  LaneValues& values_;
  const StreamingStores* streaming_ = nullptr;
  llvm::Value* keep_ = nullptr;  // 0 if stores of streaming_ bypass the caches, else 1
  LaneSplitter splitter_;
  llvm::Value* context_ = nullptr;
  std::optional<bool> owns_shared_;
};

}  // namespace opensupa::cc
